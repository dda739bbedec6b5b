/**
 * Where an app may carry its own Claude: in the `node_modules` at or above the folders of its entry script and its
 * config, unpacked beside its archive, in Electron's resources. A folder counts only if the caller names it.
 */
import { existsSync, realpathSync } from 'node:fs'
import { outsideAsar, pathsOf } from './paths.ts'
import type { Surroundings } from './surroundings.ts'

const scope = '@anthropic-ai'

/** Names of the packages that hold the native file. Of the two for Linux the one fits whose loader is there. */
export const platformPackages = (stem: 'claude-agent-sdk' | 'claude-code', { platform, arch }: Surroundings): string[] => {
  const name = `${stem}-${platform}-${arch}`
  return platform === 'linux' ? [name, `${name}-musl`] : [name]
}

export const nativeName = ({ platform }: Surroundings): string => (platform === 'win32' ? 'claude.exe' : 'claude')

/** Every `node_modules` that has packages of Anthropic, from a folder upwards, as Node would look. */
export function* scopesAbove(folder: string, { platform }: Surroundings): Generator<string> {
  const { basename, dirname, join } = pathsOf(platform)
  for (let at = folder, last = ''; at !== last; last = at, at = dirname(at)) {
    const candidate = basename(at) === 'node_modules' ? join(at, scope) : join(at, 'node_modules', scope)
    if (existsSync(candidate)) yield candidate
  }
}

/** pnpm keeps the platform package beside the real folder of the SDK, not beside the link to it. */
const realScope = (inScope: string, { platform }: Surroundings): string[] => {
  const { dirname, join } = pathsOf(platform)
  try {
    const real = dirname(realpathSync.native(join(inScope, 'claude-agent-sdk')))
    return real === realpathSync.native(inScope) ? [] : [real]
  } catch {
    return []
  }
}

function* inScope(folder: string, surroundings: Surroundings): Generator<string> {
  const { join } = pathsOf(surroundings.platform)
  const file = nativeName(surroundings)
  for (const one of [folder, ...realScope(folder, surroundings)]) {
    for (const name of platformPackages('claude-agent-sdk', surroundings)) yield join(one, name, file)
  }
  for (const name of platformPackages('claude-code', surroundings)) yield join(folder, name, file)
  yield join(folder, 'claude-code', 'bin', 'claude.exe')
  yield join(folder, 'claude-code', 'cli.js')
}

function* inResources(folder: string, surroundings: Surroundings): Generator<string> {
  const { join } = pathsOf(surroundings.platform)
  for (const part of ['app.asar.unpacked', 'app', '.']) yield* inScope(join(folder, part, 'node_modules', scope), surroundings)
  for (const part of ['.', 'bin']) yield join(folder, part, nativeName(surroundings))
}

export function* bundledPlaces(folders: readonly string[], surroundings: Surroundings): Generator<string> {
  const { isAbsolute } = pathsOf(surroundings.platform)
  for (const folder of folders.filter(isAbsolute)) {
    for (const found of scopesAbove(outsideAsar(folder), surroundings)) yield* inScope(found, surroundings)
  }
  const resources = surroundings.electron?.resourcesPath
  if (resources !== undefined) yield* inResources(resources, surroundings)
}
