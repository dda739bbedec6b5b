import { type Stats, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Clock } from '../clock.ts'
import { readEnvFile } from '../config/env-file.ts'
import type { ServiceSpec } from '../config/service.ts'
import { childPath } from '../detect/child-path.ts'
import type { FoundExecutable } from '../detect/found.ts'
import { withFuses } from '../detect/node.ts'
import { isInsideAsar, outsideAsar } from '../detect/paths.ts'
import { currentSurroundings } from '../detect/surroundings.ts'
import { errnoOf, messageOf } from '../errors.ts'
import { preload } from '../launch/fork.ts'
import type { Launcher, LaunchFailure, LaunchSpec } from '../launch/launcher.ts'
import { environmentFor, insert, pathVariable, withLastOnPath } from '../launch/surroundings.ts'
import { isTypeScript, stripsTypes, tsxArguments } from '../launch/typescript.ts'
import { chooseAddress, type PortsInUse } from './choose-address.ts'
import { LaunchRefused, type Prepared, type PrepareRequest, refuse } from './deps.ts'
import { findClaude, findNode, lacks } from './find-executables.ts'

export interface PrepareContext {
  readonly clock: Clock
  readonly launchers: Readonly<Record<'fork' | 'spawn', Launcher>>
  readonly ports: PortsInUse
  /** The supervisor's own environment, as it was when it was made. */
  readonly env: NodeJS.ProcessEnv
  readonly platform: NodeJS.Platform
  /** Folder of the config or of the caller: what lies beside it counts as bundled. */
  readonly baseDir: string
  readonly stateDir: string
  /** Where a `node` is put for a PATH that has none; made when it is needed. */
  readonly shimDir: string
  readonly warn: (message: string) => void
  readonly newInstanceId: () => string
}

const longLookMs = 2

/**
 * Chooses the address, finds the executables and sets up the surroundings of one run. Nothing is executed on the way,
 * but for a Claude that is required.
 */
export const prepareWith =
  (context: PrepareContext) =>
  async (request: PrepareRequest): Promise<Prepared> => {
    const { service } = request
    const { clock } = context
    const began = clock.now()
    checkScript(service)
    checkFolder(service)
    const { env: base, platform, ports } = context
    const [address, { node, claude, path }] = await Promise.all([chooseAddress(request, ports), findExecutables(service, context)])
    // the first looks and the launch take some milliseconds each: whoever else lives on this thread gets a turn between them
    if (clock.now() - began > longLookMs) await new Promise((resolve) => setImmediate(resolve))
    const launcher = context.launchers[service.launch]
    const runsOnNode = 'script' in service.run
    if (runsOnNode && node === null) throw new LaunchRefused(noNode)
    const instanceId = context.newInstanceId()
    const surroundings = environmentFor({
      base: path === undefined ? base : { ...base, [pathVariable(base, platform)]: path },
      own: { ...fileVariables(service.envFile), ...compileCache(service, context), ...leash(service), ...service.env },
      address,
      instanceId,
      node,
      claude,
      runsOnNode,
      platform,
    })
    const env = await withNode(node, withClaude(claude, surroundings, platform), context)
    const insertions = { address, claudePath: claude?.path ?? null, nodePath: node?.path ?? null }
    const spec: LaunchSpec = {
      ...whatToRun(service, node),
      args: insert(service.args, insertions),
      cwd: service.cwd,
      env,
      instanceId,
    }
    return { spec, launcher, address }
  }

const findExecutables = async (service: ServiceSpec, { env, platform, baseDir }: PrepareContext) => {
  const surroundings = await withFuses(currentSurroundings({ env, platform }))
  const [claude, path] = await Promise.all([findClaude(service, baseDir, surroundings), childPath(surroundings)])
  return { node: findNode(service, surroundings), claude, path }
}

type Env = Record<string, string>

/** Some backends look for a `claude` by themselves, with `which`. */
const withClaude = (claude: FoundExecutable | null, env: Env, platform: NodeJS.Platform): Env =>
  claude !== null && basename(claude.path) === 'claude' && lacks('claude', env, platform)
    ? withLastOnPath(env, dirname(claude.path), platform)
    : env

/** For what the child starts; the child itself is started by path. */
const withNode = async (node: FoundExecutable | null, env: Env, { shimDir, platform, warn }: PrepareContext): Promise<Env> => {
  if (node === null || !lacks('node', env, platform)) return env
  const { provideNode } = await import('../launch/node-shim.ts')
  const folder = await provideNode(node, shimDir, platform)
  if (typeof folder === 'string') return withLastOnPath(env, folder, platform)
  warn(folder.problem)
  return env
}

/** undefined: nothing is there, or what leads there is a file itself. */
const statsOf = (path: string): Stats | undefined => {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch (error) {
    if (errnoOf(error) === 'ENOTDIR') return undefined
    throw error
  }
}

const checkScript = ({ run }: ServiceSpec): void => {
  if (!('script' in run)) return
  const stats = statsOf(run.script)
  if (stats?.isFile()) return
  const seen = stats === undefined ? 'is not there' : stats.isDirectory() ? 'is a folder' : 'is not a file'
  throw refuse({
    code: 'ERR_SCRIPT_MISSING',
    reason: 'ENTRY_MISSING',
    message: `The script ${run.script} ${seen}.`,
    hint:
      stats !== undefined
        ? 'Name the script itself.'
        : isInsideAsar(run.script)
          ? `A plain Node reads no archive: list it in asarUnpack, and name ${outsideAsar(run.script)}.`
          : 'Build it, or correct the path.',
  })
}

const checkFolder = ({ cwd }: ServiceSpec): void => {
  if (statsOf(cwd)?.isDirectory()) return
  if (isInsideAsar(cwd)) {
    throw refuse({
      code: 'ERR_INVALID_OPTIONS',
      reason: 'PATH_INSIDE_ASAR',
      message: `The working directory ${cwd} lies inside an Electron archive, which is a file to the system.`,
      hint: `Name a folder outside of it as \`cwd\`: ${outsideAsar(cwd)}, if it is unpacked.`,
    })
  }
  throw refuse({
    code: 'ERR_INVALID_OPTIONS',
    reason: 'CWD_MISSING',
    message: `The working directory ${cwd} is not there.`,
    hint: 'Create it, or correct `cwd`.',
  })
}

const noNode: LaunchFailure = {
  code: 'ERR_EXECUTABLE_NOT_FOUND',
  reason: 'NODE_NOT_IN_PATH',
  message: 'No Node was found to run the script with.',
  hint: 'Install Node, or name it with --node-path.',
  transient: false,
}

const fileVariables = (file: string | undefined): Record<string, string | undefined> => {
  try {
    return readEnvFile(file)
  } catch (error) {
    throw refuse({
      code: 'ERR_INVALID_OPTIONS',
      message: `The envFile ${file} cannot be read: ${messageOf(error)}.`,
      hint: 'Create it, or correct `envFile`.',
    })
  }
}

/** Node keeps compiled code where this variable says; a value of the user's own wins. */
const compileCache = ({ node }: ServiceSpec, { env, stateDir }: PrepareContext): Record<string, string> =>
  node.compileCache && env.NODE_COMPILE_CACHE === undefined ? { NODE_COMPILE_CACHE: join(stateDir, 'compile-cache') } : {}

/** Whose death a forked child does not survive; read, and removed, by what it loads before its script. */
const leash = ({ launch, dieWithParent }: ServiceSpec): Record<string, string> =>
  launch === 'fork' ? { JARVIS_DIE_WITH_PARENT: dieWithParent ? String(process.pid) : '0' } : {}

const whatToRun = (service: ServiceSpec, node: FoundExecutable | null): Pick<LaunchSpec, 'command' | 'execArgv' | 'script'> => {
  if ('command' in service.run) return { command: service.run.command, execArgv: [], script: undefined }
  const { script } = service.run
  const [command, ...before] = node?.run ?? ['node']
  const preloads = service.launch === 'fork' ? ['--require', preload] : []
  return { command, execArgv: [...before, ...preloads, ...loaders(script, node), ...service.node.execArgv], script }
}

const loaders = (script: string, node: FoundExecutable | null): string[] => {
  if (!isTypeScript(script)) return []
  const tsx = tsxArguments(script)
  if (tsx !== undefined) return tsx
  if (node?.version && stripsTypes(node.version)) return []
  throw refuse({
    code: 'ERR_LAUNCH_FAILED',
    reason: 'TYPESCRIPT_ENTRY',
    message: `${script} is TypeScript, which Node ${node?.version ?? ''} cannot run, and tsx is not installed beside it.`,
    hint: 'In production name the compiled JavaScript; in development: npm install --save-dev tsx',
  })
}
