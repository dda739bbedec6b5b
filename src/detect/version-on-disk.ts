/** Which version a file is of, as far as the names and the package.json around it say; nothing is executed. */
import { existsSync } from 'node:fs'
import { pathsOf } from './paths.ts'
import { readHead } from './read-head.ts'

const installerFolder = /[\\/](?:versions|Caskroom[\\/]claude-code(?:@[^\\/]+)?)[\\/](\d+\.\d+\.\d+[^\\/]*)/
const versionFolder = /[\\/]v?(\d+\.\d+\.\d+)(?=[\\/])/g

/** A file of an npm package lies at most this deep in it: `bin/claude.exe`. */
const depth = 2

const packageVersion = (file: string): string | null => {
  try {
    const { name, version } = JSON.parse(readHead(file).toString()) as { name?: unknown; version?: unknown }
    // The SDK's platform packages count the SDK's versions, not Claude's.
    return typeof name === 'string' && name.startsWith('@anthropic-ai/claude-code') && typeof version === 'string' ? version : null
  } catch {
    return null
  }
}

/** @param platform How the path is spelled. */
export const claudeVersionOnDisk = (realPath: string, platform: NodeJS.Platform = process.platform): string | null => {
  const { dirname, join } = pathsOf(platform)
  for (let folder = dirname(realPath), level = 0; level < depth; level++, folder = dirname(folder)) {
    const file = join(folder, 'package.json')
    if (existsSync(file)) return packageVersion(file)
  }
  return installerFolder.exec(realPath)?.[1] ?? null
}

/** Version managers and Homebrew name a folder after the version. */
export const nodeVersionOnDisk = (realPath: string): string | null => [...realPath.matchAll(versionFolder)].at(-1)?.[1] ?? null
