import { accessSync, closeSync, constants, fstatSync, openSync, readSync, realpathSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { ProjectFacts } from '../evidence.ts'
import { meetsEngines } from './engines.ts'

/** Longer is no package.json that anybody has written. */
const manifestLimit = 1024 * 1024
const shownLetters = 100

/**
 * Of the project that a script belongs to; without a script, the one around the working directory.
 *
 * @param nodeVersion Of the Node that is to run it: `20.20.0`, `v20.20.0`.
 */
export const projectFacts = (script: string | null, cwd: string, nodeVersion: string | null): ProjectFacts => {
  const found = nearest(script === null ? real(cwd) : dirname(real(resolve(cwd, script))))
  const manifest = manifestIn(found?.text)
  const engines = textIn(fieldOf(manifest.engines, 'node'))
  return {
    dir: found?.dir ?? null,
    type: manifest.type === 'module' || manifest.type === 'commonjs' ? manifest.type : null,
    engines: engines?.slice(0, shownLetters) ?? null,
    enginesMet: engines === null || nodeVersion === null ? null : meetsEngines(nodeVersion, engines),
    cwdWritable: isWritable(cwd),
  }
}

/** As Node looks for it: from where the script really is, and not beyond a node_modules. */
const nearest = (from: string): { readonly dir: string; readonly text: string } | undefined => {
  for (let dir = from; basename(dir) !== 'node_modules'; dir = dirname(dir)) {
    const text = readManifest(join(dir, 'package.json'))
    if (text !== undefined) return { dir, text }
    if (dirname(dir) === dir) return undefined
  }
  return undefined
}

/** undefined: it is not there, or is no ordinary file of an ordinary size. */
const readManifest = (path: string): string | undefined => {
  try {
    // a pipe would wait for somebody who writes
    const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    try {
      const status = fstatSync(file)
      if (!status.isFile() || status.size > manifestLimit) return undefined
      const buffer = Buffer.alloc(status.size)
      return buffer.toString('utf8', 0, readSync(file, buffer, 0, status.size, 0))
    } finally {
      closeSync(file)
    }
  } catch {
    return undefined
  }
}

/** A torn one has nothing to say; that it is torn, Node says. */
const manifestIn = (text: string | undefined): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse((text ?? '').replace(/^\uFEFF/, ''))
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && name in value ? (value as Readonly<Record<string, unknown>>)[name] : undefined

const textIn = (value: unknown): string | null => (typeof value === 'string' ? value : null)

const real = (path: string): string => {
  try {
    return realpathSync(path)
  } catch {
    return resolve(path)
  }
}

const isWritable = (dir: string): boolean => {
  try {
    accessSync(dir, constants.W_OK)
    return true
  } catch {
    return false
  }
}
