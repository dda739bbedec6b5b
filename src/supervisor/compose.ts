/** The composition root: the only place where a supervisor meets the real world. */
import { realpathSync } from 'node:fs'
import { homedir } from 'node:os'
import { systemClock } from '../clock.ts'
import type { ServiceOptions } from '../config/options.ts'
import { packageName } from '../config/package-name.ts'
import { type ServiceSpec, specifyService } from '../config/service.ts'
import { explainNotStarted } from '../detect/not-started.ts'
import { collectStartFacts } from '../detect/start-facts.ts'
import { errnoOf } from '../errors.ts'
import { forkLauncher } from '../launch/fork.ts'
import type { LaunchFailure, LaunchSpec } from '../launch/launcher.ts'
import { spawnLauncher } from '../launch/spawn.ts'
import { whoAnswers } from '../ports/answerer.ts'
import { answering } from '../ports/ownership.ts'
import { portOwnersFor } from '../ports/port-owners.ts'
import { carriersOf } from '../process/group.ts'
import { processTableFor } from '../process/process-table.ts'
import { sweep } from '../process/sweep.ts'
import type { ProcessTable } from '../process/table.ts'
import { instancePrefix, newInstanceId, serviceKey } from '../record/key.ts'
import { stateDirOf } from '../record/state-dir.ts'
import type { Supervisor } from './controller.ts'
import type { OutputSink, Processes, SupervisorDeps } from './deps.ts'
import { prepareWith } from './prepare.ts'
import { knockFor, probeFor } from './probes.ts'
import { ServiceSupervisor } from './supervisor.ts'

export type CreateOptions = ServiceOptions & {
  /** Where state is kept. Default: `JARVIS_STATE_DIR`, else the platform's place. */
  stateDir?: string | false
}

/**
 * Makes the supervisor of one service; nothing runs before its `start()`.
 * @throws SupervisorError `ERR_INVALID_OPTIONS`, naming every option that is wrong.
 */
export const createSupervisor = (options: CreateOptions, deps: Partial<SupervisorDeps> = {}): Supervisor => {
  const { stateDir, ...service } = options
  return composeSupervisor(service, { baseDir: process.cwd(), stateDir: stateDir === false ? undefined : stateDir, deps })
}

export interface Composition {
  /** What relative paths are relative to. */
  readonly baseDir: string
  readonly stateDir?: string | undefined
  /** Key of the service in its config. */
  readonly key?: string | undefined
  readonly output?: OutputSink | undefined
  readonly everyProbe?: boolean
  readonly deps?: Partial<SupervisorDeps>
}

export const composeSupervisor = (options: ServiceOptions, composition: Composition): Supervisor => {
  const { baseDir, key } = composition
  const service = specifyService(options, { baseDir, packageName, ...(key !== undefined && { key, path: `services.${key}` }) })
  return new ServiceSupervisor(service, { ...realDeps(service, composition), ...composition.deps })
}

const realDeps = (service: ServiceSpec, { baseDir, stateDir: asked, output, everyProbe = false }: Composition): SupervisorDeps => {
  const { env, platform } = process
  const stateDir = stateDirOf({ asked, env, home: homedir(), platform, cwd: process.cwd() })
  const table = processTableFor(platform)
  const owners = portOwnersFor(platform, table)
  const prefix = instancePrefix(stateDir, serviceKey(service.name, realpathSync(baseDir)))
  return {
    clock: systemClock,
    random: Math.random,
    wallClock: Date.now,
    prepare: prepareWith({
      clock: systemClock,
      launchers: { fork: forkLauncher(platform), spawn: spawnLauncher(platform) },
      owners,
      env: { ...env },
      platform,
      baseDir,
      stateDir,
      newInstanceId: () => newInstanceId(prefix, Math.random),
    }),
    explainLaunchError,
    processes: processesOf(table),
    whoAnswers: (question) => whoAnswers(question, owners, table),
    acceptQueue: async (target) => {
      if (owners === null) return -1
      return Math.max(-1, ...answering(target, await owners.listeners()).map((listener) => listener.acceptQueue))
    },
    probeFor,
    knockFor,
    output,
    everyProbe,
    wakes: platform !== 'win32',
  }
}

const processesOf = (table: ProcessTable): Processes => ({
  identify: table.identify,
  tree: table.tree,
  sweep: (group, instanceId) => sweep(table, group, instanceId),
  carriers: (instanceId) => carriersOf(table, instanceId),
  usage: async (pid) => {
    const usages = (await table.tree(pid)).flatMap((row) => table.usageOf(row.pid) ?? [])
    return {
      memoryBytes: usages.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0),
      cpuMs: usages.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    }
  },
})

/** The system is out of something for a moment. */
const transient = new Set(['EAGAIN', 'EMFILE', 'ENFILE', 'ENOMEM'])

const explainLaunchError = (error: unknown, { command, cwd, env }: LaunchSpec): LaunchFailure => {
  const errno = errnoOf(error)
  if (errno !== undefined && transient.has(errno)) {
    const reason = errno.endsWith('FILE') ? ('TOO_MANY_OPEN_FILES' as const) : undefined
    return { code: 'ERR_LAUNCH_FAILED', reason, message: `${command} could not be started (${errno}).`, hint: undefined, transient: true }
  }
  const { cause, message, hint } = explainNotStarted(collectStartFacts(command, cwd, env, { errorCode: errno }))
  const code = cause === 'CWD_MISSING' || cause === 'ARGUMENTS_TOO_LONG' ? 'ERR_INVALID_OPTIONS' : 'ERR_EXECUTABLE_NOT_FOUND'
  return { code, reason: cause, message, hint, transient: false }
}
