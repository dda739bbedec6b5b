import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, extname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { messageOf, SupervisorError } from '../errors.ts'
import { contain } from './contain.ts'
import type { Config } from './options.ts'
import { isRecord } from './shape.ts'

const extensions = ['ts', 'mts', 'js', 'mjs', 'cjs', 'json'] as const

export interface LoadedConfig {
  readonly file: string
  /** What relative paths in it are relative to. */
  readonly dir: string
  readonly config: Config
}

/** The config in `dir`, if there is one. Two of them contradict each other. */
export const findConfig = (dir: string): string | undefined => {
  const found = extensions.map((extension) => join(dir, `jarvis.config.${extension}`)).filter((file) => existsSync(file))
  if (found.length > 1) throw invalid(`${found.join(' and ')} are both there`, 'Keep one, or name it with --config.')
  return found[0]
}

/** A config only says what to run: nothing in it takes long. */
const defaultTimeoutMs = 10_000

/**
 * Loads a config file. A config is code: it is run, and kept from ending this process and from writing on stdout.
 * @param timeoutMs How long that may take. Default 10 000.
 */
export const loadConfig = async (path: string, timeoutMs = defaultTimeoutMs): Promise<LoadedConfig> => {
  const file = resolve(path)
  const stats = statSync(file, { throwIfNoEntry: false })
  if (stats === undefined) throw invalid(`the config ${file} is not there`, 'Check the path, or write one: see the README.')
  if (!stats.isFile()) throw invalid(`the config ${file} is not a file`, 'Name the file itself.')
  const config = await evaluate(file, timeoutMs)
  if (!isRecord(config))
    throw invalid(
      `the config ${file} exports ${config === undefined ? 'nothing' : Array.isArray(config) ? 'a list' : config === null ? 'null' : `a ${typeof config}`}, not an object`,
      'Export the options as default.',
    )
  return { file, dir: dirname(file), config: config as unknown as Config }
}

const evaluate = async (file: string, timeoutMs: number): Promise<unknown> => {
  const refusal = (doing: string): Error =>
    invalid(`the config ${file} ${doing}, and exports nothing`, 'Let it export its options as default.')
  const failed = (error: unknown): never => {
    throw invalid(`the config ${file} could not be loaded: ${messageOf(error)}`, 'Correct the file.', error)
  }
  return contain(() => run(file).catch(failed), { timeoutMs, refusal })
}

const run = async (file: string): Promise<unknown> => {
  if (extname(file) === '.json') return JSON.parse(readFileSync(file, 'utf8'))
  if (!/\.m?ts$/.test(file) || (process.features as { typescript?: unknown }).typescript) return exported(await importFile(file))
  const { createJiti } = await import('jiti')
  return await createJiti(file, { moduleCache: false }).import(file, { default: true })
}

/** As written: a bundler must not turn it into require(), which cannot load every ES module. */
const importFile = (file: string): Promise<Record<string, unknown>> => import(/* @vite-ignore */ pathToFileURL(file).href)

/** CommonJS that sets `exports.default` arrives wrapped once more. */
const exported = (namespace: Record<string, unknown>): unknown => {
  const value = namespace.default
  return isRecord(value) && value.__esModule === true ? value.default : value
}

const invalid = (message: string, hint: string, cause?: unknown): SupervisorError =>
  new SupervisorError('ERR_INVALID_OPTIONS', `Invalid configuration: ${message}`, { hint, cause })
