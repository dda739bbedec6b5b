/** The composition root: the only place where a supervisor meets the real world. */
import { realpathSync } from 'node:fs'
import { tmpdir, uptime } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { explainNotStarted } from '../causes/not-started.ts'
import { systemClock } from '../clock.ts'
import type { ServiceOptions } from '../config/options.ts'
import { packageName } from '../config/package-name.ts'
import { type ServiceSpec, specifyService } from '../config/service.ts'
import { workingDirectory } from '../config/working-directory.ts'
import { claimOf } from '../control/claim.ts'
import { collectStartFacts } from '../detect/start-facts.ts'
import { errnoOf, messageOf } from '../errors.ts'
import { frontDoorOf } from '../gateway/front-door.ts'
import { electronHere } from '../launch/electron-here.ts'
import type { ElectronProcesses } from '../launch/electron-processes.ts'
import { forkLauncher } from '../launch/fork.ts'
import type { LaunchFailure, LaunchSpec } from '../launch/launcher.ts'
import { spawnLauncher } from '../launch/spawn.ts'
import { utilityProcessLauncher } from '../launch/utility-process.ts'
import { limitRate } from '../logs/limit-rate.ts'
import { type JournalFile, openLogFile } from '../logs/log-file.ts'
import { redactShown } from '../logs/redact.ts'
import { listenersFor, whoAnswers } from '../ports/answerer.ts'
import { holderOf, type PortHolder } from '../ports/holder.ts'
import { answering } from '../ports/ownership.ts'
import { portOwnersFor } from '../ports/port-owners.ts'
import { serversOf } from '../ports/servers.ts'
import { clearSocket } from '../ports/socket-file.ts'
import { carriersOf } from '../process/group.ts'
import { oomKills } from '../process/oom-kills.ts'
import { processTableFor } from '../process/process-table.ts'
import { signOfLifeFor } from '../process/sign-of-life.ts'
import { sweep } from '../process/sweep.ts'
import type { ProcessTable } from '../process/table.ts'
import { currentStateDir } from '../record/current-state-dir.ts'
import { instancePrefix, newInstanceId, serviceKey } from '../record/key.ts'
import { isServiceSocket, type Places, placesOf, serviceSocketOf, shortDirOf } from '../record/places.ts'
import { ensurePrivateFolder } from '../record/private-folder.ts'
import { packageVersion } from '../version.ts'
import { noClaim } from './claim.ts'
import type { Supervisor } from './controller.ts'
import type { OutputSink, Processes, SupervisorDeps } from './deps.ts'
import type { EventName } from './events.ts'
import { endAbandoned, reclaimHolder } from './left-behind.ts'
import { prepareWith } from './prepare.ts'
import { knockFor, probeFor } from './probes.ts'
import { plain, sentences } from './sentences.ts'
import { ServiceSupervisor } from './supervisor.ts'

export type CreateOptions = ServiceOptions & {
  /** Where state is kept. Default: `JARVIS_STATE_DIR`, else the platform's place. `false`: no record, no control socket, no log. */
  stateDir?: string | false
}

/**
 * Makes the supervisor of one service; nothing runs before its `start()`.
 * @throws SupervisorError `ERR_INVALID_OPTIONS`, naming every option that is wrong.
 */
export const createSupervisor = (options: CreateOptions, deps: Partial<SupervisorDeps> = {}): Supervisor => {
  const { stateDir, ...service } = options
  return composeSupervisor(service, { baseDir: workingDirectory(), stateDir, deps })
}

export interface Composition {
  /** What relative paths are relative to. */
  readonly baseDir: string
  /** Default: `JARVIS_STATE_DIR`, else the platform's place. `false`: no record, no control socket, no log. */
  readonly stateDir?: string | false | undefined
  /** Key of the service in its config. */
  readonly key?: string | undefined
  readonly output?: OutputSink | undefined
  readonly everyProbe?: boolean
  /** This process does nothing but supervise, and ends with the service. */
  readonly dedicated?: boolean
  /** `ignore`: the child has none, as in utilityProcess. Default: an open pipe. */
  readonly stdin?: 'pipe' | 'ignore'
  /** Electron, as its main process has it. Default: found where this is one. */
  readonly electron?: ElectronProcesses | undefined
  /** In place of real ones, or around them. */
  readonly deps?: Partial<SupervisorDeps> | ((real: SupervisorDeps) => Partial<SupervisorDeps>)
}

export const composeSupervisor = (options: ServiceOptions, composition: Composition): Supervisor => {
  const { baseDir, key, electron = electronHere() } = composition
  const service = specifyService(options, {
    ...{ baseDir, packageName, isElectronMain: electron !== undefined },
    ...(key !== undefined && { key, path: `services.${key}` }),
  })
  const real = realDeps(service, { ...composition, electron })
  const deps = { ...real, ...(typeof composition.deps === 'function' ? composition.deps(real) : composition.deps) }
  const supervisor = new ServiceSupervisor(service, deps)
  if (deps.journal !== undefined) keepJournal(supervisor, deps.journal)
  return supervisor
}

const realDeps = (
  service: ServiceSpec,
  { baseDir, stateDir: asked, output, everyProbe = false, dedicated = false, stdin, electron }: Composition,
): SupervisorDeps => {
  const { env, platform } = process
  const shortDir = shortDirOf({ env, platform, tmp: tmpdir(), uid: process.getuid?.() })
  // what is to be kept nowhere needs no home
  const stateDir = asked === false ? shortDir : currentStateDir(asked)
  const table = processTableFor(platform)
  const owners = portOwnersFor(platform, table)
  const root = realpathSync(baseDir)
  const key = serviceKey(service.name, root)
  const prefix = instancePrefix(stateDir, key)
  const whose = { stateDir, key, platform, shortDir }
  const places = placesOf(whose)
  const log = logPathOf(service, asked === false ? null : places)
  const holder = async (place: number | string): Promise<PortHolder | undefined> => {
    const found = await holderOf(place, { owners, table, instancePrefix: prefix })
    return found && { ...found, command: redactShown(found.command) }
  }
  const reclaiming = { stateDir, shortDir, platform, table, clock: systemClock }
  return {
    clock: systemClock,
    random: Math.random,
    wallClock: Date.now,
    sinceBootMs: () => Math.round(uptime() * 1000),
    claimFor: (controller) =>
      asked === false
        ? noClaim
        : claimOf({
            ...{
              stateDir,
              places,
              platform,
              service: service.name,
              key,
              root,
              version: packageVersion,
              log,
              startedAt: Date.now(),
              table,
              dedicated,
            },
            controller,
            reclaim: async (run, tell) => {
              await endAbandoned(run, table, tell)
              if (run.socket !== undefined && isServiceSocket(whose, run.socket)) await clearSocket(run.socket, platform)
            },
            redact: redactShown,
            warn,
          }),
    frontDoorFor: (supervisor) =>
      service.gateway &&
      frontDoorOf({
        ...{ spec: service.gateway, upstream: supervisor, holderOf: holder, tokenFile: places.token, redact: redactShown },
        signs: { sign: signOfLifeFor(platform), servers: (pid, place) => serversOf(pid, place, { owners, table }) },
      }),
    journal: log === null || service.logs === null ? undefined : journalAt(log, service.logs, output !== undefined),
    prepare: prepareWith({
      clock: systemClock,
      launchers: {
        fork: forkLauncher(platform, stdin),
        spawn: spawnLauncher(platform, stdin),
        utilityProcess: electron && utilityProcessLauncher(electron, { platform, table }),
      },
      ports: {
        holderOf: holder,
        holderAt: holder,
        socketPath: (slot) => serviceSocketOf(whose, slot),
        clearSocket: async (path) => {
          if (platform !== 'win32') ensurePrivateFolder(dirname(path), { follow: asked !== false && dirname(path) === stateDir })
          return clearSocket(path, platform)
        },
        reclaim: async ({ row }) => asked !== false && (await reclaimHolder(row, reclaiming)),
      },
      env: { ...env },
      platform,
      baseDir,
      stateDir,
      shimDir: join(stateDir, 'node'),
      warn,
      newInstanceId: () => newInstanceId(prefix, Math.random),
    }),
    leave: async (address) => {
      if (!('path' in address)) return
      await clearSocket(address.path, platform).catch((error: unknown) =>
        warn(`${address.path} could not be removed (${messageOf(error)}).`),
      )
    },
    explainLaunchError,
    processes: processesOf(table),
    whoAnswers: (question) => whoAnswers(question, owners, table),
    acceptQueue: async (target) => {
      if (owners === null || owners.cost === 'dear') return -1
      return Math.max(-1, ...answering(target, await listenersFor(target, owners)).map((listener) => listener.acceptQueue))
    },
    probeFor,
    knockFor,
    output,
    everyProbe,
    wakes: platform !== 'win32',
  }
}

const warn = (message: string): void => process.emitWarning(message)

/** Where the output is kept; null: nowhere. */
const logPathOf = ({ logs }: ServiceSpec, places: Places | null): string | null => {
  if (logs === null) return null
  if (places === null) return null
  return logs.dir === undefined ? places.log : join(logs.dir, basename(places.log))
}

/** Output that is read elsewhere, too, is not held up for the copy on disk. */
const copyRate = { bytesPerSecond: 1024 * 1024, burstBytes: 8 * 1024 * 1024 }

const journalAt = (path: string, logs: NonNullable<ServiceSpec['logs']>, isCopy: boolean): JournalFile => {
  const journal = openLogFile({ path, maxBytes: logs.maxBytes, maxFiles: logs.maxFiles })
  return isCopy ? limitRate(journal, copyRate, systemClock) : journal
}

/** What the supervisor has to say stands among the output that it is about. */
const keepJournal = (supervisor: Supervisor, journal: JournalFile): void => {
  const tell = <E extends EventName>(event: E): void =>
    void supervisor.on(event, (facts) => {
      const sentence = sentences[event](facts, plain)
      if (sentence !== undefined) journal.say(sentence)
    })
  for (const event of ['state', 'ready', 'exit', 'reclaim', 'unresponsive', 'responsive', 'gateway', 'standby'] as const) tell(event)
  supervisor.on('failed', ({ message, hint }) => journal.say(hint === null ? message : `${message} ${hint}`))
}

const processesOf = (table: ProcessTable): Processes => ({
  identify: table.identify,
  tree: table.tree,
  sweep: (group, instanceId, whose) => sweep(table, group, instanceId, whose),
  carriers: (instanceId) => carriersOf(table, instanceId),
  oomKills,
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
