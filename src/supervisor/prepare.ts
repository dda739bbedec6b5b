import { existsSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { parseEnv } from 'node:util'
import type { ServiceSpec } from '../config/service.ts'
import { lookForClaude, resolveClaude } from '../detect/claude.ts'
import type { Found, FoundExecutable } from '../detect/found.ts'
import { lookForNode } from '../detect/node.ts'
import { onPath } from '../detect/paths.ts'
import { isSupervisorError, messageOf } from '../errors.ts'
import { preload } from '../launch/fork.ts'
import type { Launcher, LaunchFailure, LaunchSpec } from '../launch/launcher.ts'
import { type Address, environmentFor, insert } from '../launch/surroundings.ts'
import { isTypeScript, stripsTypes, tsxArguments } from '../launch/typescript.ts'
import type { PortOwners } from '../ports/owners.ts'
import { pickPort } from '../ports/pick.ts'
import { LaunchRefused, type Prepared, type PrepareRequest } from './deps.ts'

export interface PrepareContext {
  readonly launchers: Readonly<Record<'fork' | 'spawn', Launcher>>
  readonly owners: PortOwners | null
  /** The supervisor's own environment, as it was when it was made. */
  readonly env: NodeJS.ProcessEnv
  readonly platform: NodeJS.Platform
  /** Folder of the config or of the caller: what lies beside it counts as bundled. */
  readonly baseDir: string
  readonly stateDir: string
  readonly newInstanceId: () => string
}

/**
 * Chooses the address, finds the executables and sets up the surroundings of one run. Nothing is executed on the way,
 * but for a Claude that is required.
 */
export const prepareWith =
  (context: PrepareContext) =>
  async ({ service, previous, port }: PrepareRequest): Promise<Prepared> => {
    checkScript(service)
    checkFolder(service)
    const [address, claude] = await Promise.all([chooseAddress(service, previous, port, context), findClaude(service, context)])
    const node = findNode(service)
    // the looks and the launch take some milliseconds each: whoever else lives on this thread gets a turn between them
    await new Promise((resolve) => setImmediate(resolve))
    const launcher = context.launchers[service.launch]
    const runsOnNode = 'script' in service.run
    if (runsOnNode && node === null) throw new LaunchRefused(noNode)
    const instanceId = context.newInstanceId()
    const env = environmentFor({
      base: context.env,
      own: { ...fileVariables(service.envFile), ...compileCache(service, context), ...service.env },
      address,
      instanceId,
      node,
      claude,
      missingNodeFolder: missingNodeFolder(node, context),
      runsOnNode,
      platform: context.platform,
    })
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

const refuse = (failure: Partial<LaunchFailure> & Pick<LaunchFailure, 'code' | 'message'>): LaunchRefused =>
  new LaunchRefused({ reason: undefined, hint: undefined, transient: false, ...failure })

const checkScript = ({ run }: ServiceSpec): void => {
  if (!('script' in run)) return
  const stats = statSync(run.script, { throwIfNoEntry: false })
  if (stats?.isFile()) return
  const seen = stats === undefined ? 'is not there' : stats.isDirectory() ? 'is a folder' : 'is not a file'
  throw refuse({
    code: 'ERR_SCRIPT_MISSING',
    reason: 'ENTRY_MISSING',
    message: `The script ${run.script} ${seen}.`,
    hint: stats === undefined ? 'Build it, or correct the path.' : 'Name the script itself.',
  })
}

const checkFolder = ({ cwd }: ServiceSpec): void => {
  if (statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) return
  throw refuse({
    code: 'ERR_INVALID_OPTIONS',
    reason: 'CWD_MISSING',
    message: `The working directory ${cwd} is not there.`,
    hint: 'Create it, or correct `cwd`.',
  })
}

/** The port of the run before, while it is still to be had; else what the options say. */
const chooseAddress = async (
  { address }: ServiceSpec,
  previous: Address | null,
  port: 'keep' | 'new',
  context: PrepareContext,
): Promise<Address | null> => {
  if (address === null) return null
  const { host } = address
  const strict = typeof address.port === 'number'
  const policy = !strict && previous !== null ? (port === 'keep' ? { prefer: previous.port } : 'auto') : address.port
  const avoid = port === 'new' && previous !== null ? new Set([previous.port]) : undefined
  const picked = await pickPort(policy, host, { ...(avoid && { avoid }) })
  if ('port' in picked) return { host, port: picked.port }
  throw refuse(await portFailure(host, picked.taken, picked.errno, context.owners))
}

const portFailure = async (
  host: string,
  port: number,
  errno: string,
  owners: PortOwners | null,
): Promise<Pick<LaunchFailure, 'code' | 'message' | 'reason' | 'hint'>> => {
  const place = `${host}:${port}`
  if (errno === 'EADDRNOTAVAIL' || errno === 'ENOTFOUND') {
    return {
      code: 'ERR_INVALID_OPTIONS',
      reason: 'ADDRESS_NOT_AVAILABLE',
      message: `${host} is not an address of this machine (${errno}).`,
      hint: 'Listen on 127.0.0.1.',
    }
  }
  if (errno === 'EACCES') {
    return {
      code: 'ERR_PORT_TAKEN',
      reason: 'PORT_PRIVILEGED',
      message: `${place} may not be listened on (EACCES).`,
      hint: 'Ask for a port of 1024 or more.',
    }
  }
  const holder = await holderOf(port, owners)
  return {
    code: 'ERR_PORT_TAKEN',
    reason: 'PORT_TAKEN',
    message: `${place} is taken${holder === undefined ? '' : ` by ${holder}`}.`,
    hint: 'End that program, ask for another port, or let the port move: { prefer: N }, --prefer-port N.',
  }
}

const holderOf = async (port: number, owners: PortOwners | null): Promise<string | undefined> => {
  if (owners === null) return undefined
  const listeners = (await owners.listeners()).filter((listener) => listener.port === port)
  const [holder] = (await owners.ownersOf(listeners)).flatMap(({ owner }) => (owner === undefined ? [] : [owner]))
  return holder && `pid ${holder.pid} (${holder.name})`
}

const findNode = ({ node }: ServiceSpec): FoundExecutable | null => asRefusal(() => found(lookForNode({ path: node.path })))

const findClaude = async (service: ServiceSpec, { baseDir }: PrepareContext): Promise<FoundExecutable | null> => {
  const { claude, node } = service
  if (claude === false) return null
  const bundledFrom = [baseDir, ...('script' in service.run ? [dirname(service.run.script)] : [])]
  const question = { path: claude.path, nodePath: node.path, bundledFrom }
  if (!claude.required) return asRefusal(() => found(lookForClaude(question)))
  const answer = await resolveClaude({ ...question, verify: true }).catch(refusal)
  if (answer.path !== null) return answer
  throw refuse({
    code: 'ERR_EXECUTABLE_NOT_FOUND',
    reason: 'CLAUDE_NOT_FOUND',
    message: `The Claude CLI is required and was not found; ${answer.candidates.length} places were looked at.`,
    hint: 'Install it (npm install -g @anthropic-ai/claude-code), or name it with --claude-path; jarvis-supervise which claude --all tells more.',
  })
}

const found = (answer: Found): FoundExecutable | null => (answer.path === null ? null : answer)

const asRefusal = <T>(find: () => T): T => {
  try {
    return find()
  } catch (error) {
    return refusal(error)
  }
}

const refusal = (error: unknown): never => {
  if (!isSupervisorError(error)) throw error
  throw refuse({ code: error.code, reason: error.reason, message: error.message, hint: error.hint })
}

/** Of a Node that a child would not find by its name. */
const missingNodeFolder = (node: FoundExecutable | null, { env, platform }: PrepareContext): string | null => {
  const isNamedNode = node !== null && /^node(\.exe)?$/.test(basename(node.path))
  return isNamedNode && !onPath('node', { env, platform }).some((path) => existsSync(path)) ? dirname(node.path) : null
}

const noNode: LaunchFailure = {
  code: 'ERR_EXECUTABLE_NOT_FOUND',
  reason: 'NODE_NOT_IN_PATH',
  message: 'No Node was found to run the script with.',
  hint: 'Install Node, or name it with --node-path.',
  transient: false,
}

const fileVariables = (file: string | undefined): Record<string, string | undefined> => {
  if (file === undefined) return {}
  try {
    return parseEnv(readFileSync(file, 'utf8')) as Record<string, string>
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
