import { resolve } from 'node:path'
import { findConfig, loadConfig } from '../config/load.ts'
import type { ServiceOptions } from '../config/options.ts'
import { invalidOptions } from '../config/service.ts'
import { isSeveral, severalProblems } from '../config/several.ts'
import { workingDirectory } from '../config/working-directory.ts'
import { type ParsedArguments, usageError } from './arguments.ts'
import { merge, overrides, subject } from './start-options.ts'

/** A service as the command line, or the config here, names it. */
export interface NamedService {
  readonly options: ServiceOptions
  readonly baseDir: string
  readonly key?: string
  readonly stateDir?: string | undefined
}

/** @throws SupervisorError where nothing is named, or more than one thing. A config is code: it is run. */
export const namedService = async (args: ParsedArguments): Promise<NamedService> => {
  const found = await findNamedService(args)
  if (found !== undefined) return found
  throw usageError(
    'There is nothing to start: no script, no command, and no jarvis.config file here.',
    'Write: jarvis-supervise start server.js',
  )
}

/** The same; undefined where nothing is named. */
export const findNamedService = async (args: ParsedArguments): Promise<NamedService | undefined> => {
  const line = { ...overrides(args), ...subject(args) }
  const here = workingDirectory()
  const named = args.values.config as string | undefined
  if (line.script !== undefined || line.command !== undefined) {
    if (named !== undefined) throw usageError('--config and a script or command exclude each other; give one.')
    return { options: merge({}, line), baseDir: here }
  }
  const file = named === undefined ? findConfig(here) : resolve(named)
  if (file === undefined) return undefined
  const { config, dir } = await loadConfig(file)
  if (!isSeveral(config)) return { options: merge(config, line), baseDir: dir }
  const problems = severalProblems(config)
  if (problems.length > 0) throw invalidOptions(problems)
  const [[key, options] = ['', {}], another] = Object.entries(config.services)
  if (another !== undefined) throw usageError(`${file} has ${Object.keys(config.services).length} services; this version supervises one.`)
  // an only service is the one behind it
  const behind = config.gateway === undefined ? options : { ...options, gateway: config.gateway }
  return { options: merge(behind, line), baseDir: dir, key, stateDir: config.stateDir }
}
