import { type Stats, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { breather, type Clock } from '../clock.ts'
import { readEnvFile } from '../config/env-file.ts'
import type { LaunchKind } from '../config/launch-mode.ts'
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
import { type Prepared, type PrepareRequest, refuse } from './deps.ts'
import { findClaude, findNode, lacks } from './find-executables.ts'

export interface PrepareContext {
  readonly clock: Clock
  /** undefined: there is none here. */
  readonly launchers: Readonly<Record<LaunchKind, Launcher | undefined>>
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

/**
 * Chooses the address, finds the executables and sets up the surroundings of one run. Nothing is executed on the way,
 * but for a Claude that is required.
 */
export const prepareWith =
  (context: PrepareContext) =>
  async (request: PrepareRequest): Promise<Prepared> => {
    const { clock } = context
    // the first looks and the launch take some milliseconds each
    const breathe = breather(clock)
    const service = unpacked(request.service)
    checkScript(service)
    checkFolder(service)
    const launcher = context.launchers[service.launch] ?? notElectron()
    const { env: base, platform, ports } = context
    const [address, { node, claude, path, home, isFuseOff }] = await Promise.all([
      chooseAddress(request, ports),
      findExecutables(service, context, breathe),
    ])
    await breathe()
    const runsOnNode = 'script' in service.run && service.launch !== 'utilityProcess'
    if (runsOnNode) checkNode(service, node, isFuseOff)
    const instanceId = context.newInstanceId()
    const surroundings = environmentFor({
      base: { ...home, ...base, ...(path !== undefined && { [pathVariable(base, platform)]: path }) },
      own: { ...fileVariables(service.envFile), ...compileCache(service, context), ...leash(service), ...service.env },
      address,
      instanceId,
      node,
      claude,
      runsOnNode,
      platform,
    })
    const env = await withNode(node, withClaude(claude, surroundings, platform), context)
    await breathe()
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

const findExecutables = async (service: ServiceSpec, { env, platform, baseDir }: PrepareContext, breathe: () => Promise<void>) => {
  const surroundings = await withFuses(currentSurroundings({ env, platform }))
  const [claude, path] = await Promise.all([findClaude(service, baseDir, surroundings), childPath(surroundings)])
  // an app that was started by a service manager may have none, and Claude keeps its settings there
  const home: Record<string, string> = platform === 'win32' || surroundings.home === '' ? {} : { HOME: surroundings.home }
  await breathe()
  const node = findNode(service, surroundings)
  return { node, claude, path, home, isFuseOff: surroundings.electron?.runAsNode === false }
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

/** Electron-builder leaves a file that it unpacks where the archive has it, too: the one outside is read by everybody. */
const unpacked = (service: ServiceSpec): ServiceSpec => {
  if (!('script' in service.run) || !isInsideAsar(service.run.script)) return service
  const script = outsideAsar(service.run.script)
  return statsOf(script)?.isFile() ? { ...service, run: { script } } : service
}

const notElectron = (): never => {
  throw refuse({
    code: 'ERR_INVALID_OPTIONS',
    reason: 'UTILITY_PROCESS_MISUSE',
    message: "launch 'utilityProcess' exists in Electron's main process only, and this is none.",
    hint: "Leave `launch` out: it is utilityProcess in Electron's main process, and fork elsewhere.",
  })
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

const checkScript = ({ run, launch }: ServiceSpec): void => {
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
        : isInsideAsar(run.script) && launch !== 'utilityProcess'
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

const checkNode = ({ run }: ServiceSpec, node: FoundExecutable | null, isFuseOff: boolean): void => {
  if (node === null) throw refuse(isFuseOff ? fuseOff : noNode)
  if (!('script' in run) || !isInsideAsar(run.script) || node.env.ELECTRON_RUN_AS_NODE === '1') return
  throw refuse({
    code: 'ERR_SCRIPT_MISSING',
    reason: 'PATH_INSIDE_ASAR',
    message: `${run.script} lies inside an Electron archive, which ${node.path} cannot read.`,
    hint: `List it in asarUnpack, and it is run from ${outsideAsar(run.script)}; or leave \`launch\` and \`node.path\` out: Electron itself reads archives.`,
  })
}

const noNode: Omit<LaunchFailure, 'transient'> = {
  code: 'ERR_EXECUTABLE_NOT_FOUND',
  reason: 'NODE_NOT_IN_PATH',
  message: 'No Node was found to run the script with.',
  hint: 'Install Node, or name it with --node-path.',
}

const fuseOff: Omit<LaunchFailure, 'transient'> = {
  code: 'ERR_EXECUTABLE_NOT_FOUND',
  reason: 'RUN_AS_NODE_FUSE_OFF',
  message: "A fork needs Electron's RunAsNode fuse, which is off in this app, and no other Node was found.",
  hint: 'Leave `launch` out (utilityProcess needs no fuse), turn the fuse on, or name a Node with the node path option.',
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
  // by Electron itself
  if (service.launch === 'utilityProcess') return { command: process.execPath, execArgv: [], script }
  const [command, ...before] = node?.run ?? ['node']
  const preloads = service.launch === 'fork' ? ['--require', readableBy(node, preload())] : []
  return { command, execArgv: [...before, ...preloads, ...loaders(script, node), ...service.node.execArgv], script }
}

/** As a part of an app that is packed; whoever packs it may leave out what only a plain Node would have to read. */
const readableBy = (node: FoundExecutable | null, path: string): string => {
  if (!isInsideAsar(path) || node?.env.ELECTRON_RUN_AS_NODE === '1') return path
  const outside = outsideAsar(path)
  if (statsOf(outside)?.isFile()) return outside
  throw refuse({
    code: 'ERR_INVALID_OPTIONS',
    reason: 'PATH_INSIDE_ASAR',
    message: `${path}, which a forked child loads first, lies inside an Electron archive, and ${node?.path ?? 'that Node'} cannot read it.`,
    hint: 'List node_modules/jarvis-supervise/dist/*.cjs in asarUnpack; or leave `launch` and `node.path` out: Electron itself reads archives.',
  })
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
