/** What one supervisor needs of the world: ports only. The real ones are wired in `compose.ts`, and nowhere else. */
import type { Clock } from '../clock.ts'
import type { ProbeOptions } from '../config/options.ts'
import type { ServiceSpec } from '../config/service.ts'
import type { Probe, ProbeTarget } from '../health/probe.ts'
import type { WhoAnswers } from '../health/readiness.ts'
import type { Source } from '../health/signals.ts'
import type { Child, Launcher, LaunchFailure, LaunchSpec, OutputStream } from '../launch/launcher.ts'
import type { Address } from '../launch/surroundings.ts'
import type { JournalFile } from '../logs/log-file.ts'
import type { Question } from '../ports/answerer.ts'
import type { Swept } from '../process/sweep.ts'
import type { ProcessRow, ProcessUsage } from '../process/table.ts'
import type { Claim } from './claim.ts'
import type { ServiceController, Supervisor } from './controller.ts'
import type { SupervisorEvents } from './events.ts'
import type { FrontDoor } from './front-door.ts'

/** A launch that cannot be, found out before or by the launcher. */
export class LaunchRefused extends Error {
  readonly failure: LaunchFailure

  constructor(failure: LaunchFailure) {
    super(failure.message)
    this.failure = failure
  }
}

export const refuse = (failure: Partial<LaunchFailure> & Pick<LaunchFailure, 'code' | 'message'>): LaunchRefused =>
  new LaunchRefused({ reason: undefined, hint: undefined, transient: false, ...failure })

export interface Prepared {
  readonly spec: LaunchSpec
  readonly launcher: Launcher
  readonly address: Address | null
}

export interface PrepareRequest {
  readonly service: ServiceSpec
  /** The address of the run before; kept unless `port` says otherwise. */
  readonly previous: Address | null
  readonly port: 'keep' | 'new'
  /** Which of the service's processes it is for, from 0: no two have the same address. */
  readonly slot: number
  /** What was in the way of the address, and what was done about it. */
  readonly tell: (facts: SupervisorEvents['reclaim']) => void
}

/** What a probe may be made of besides its options. */
export interface ProbeSources {
  readonly lines: Source<string>
  readonly messages: Source<unknown>
  /** Ends with the run. */
  readonly end: AbortSignal
  readonly spec: LaunchSpec
}

/** What the supervisor asks about processes. */
export interface Processes {
  identify(pid: number): ProcessRow | undefined
  /** `pid` and what descends from it. */
  tree(pid: number): Promise<readonly ProcessRow[]>
  /** Kills what is left in the process group of an ended child and carries its certificate; names what it may not touch in its own. */
  sweep(group: number, instanceId: string, whose: Child['group']): Promise<Swept>
  /** Every process with this certificate, wherever it has gone. */
  carriers(instanceId: string): Promise<readonly ProcessRow[]>
  /** How many processes around us the kernel has ended for want of memory, until now. */
  oomKills(): number
  /** Memory and processor time of a whole tree. */
  usage(pid: number): Promise<ProcessUsage>
}

/** Gets a child's raw output. A returned promise holds the stream back; the chunk is good until then, or until it returns. */
export type OutputSink = (stream: OutputStream, chunk: Buffer) => void | Promise<void>

export interface SupervisorDeps {
  readonly clock: Clock
  /** From [0, 1). */
  readonly random: () => number
  /** Milliseconds since 1970. */
  readonly wallClock: () => number
  /** Milliseconds since the machine was booted. */
  readonly sinceBootMs: () => number
  /** The place of a service that is asked, from elsewhere too, through its controller. */
  readonly claimFor: (controller: ServiceController) => Claim
  /** Where its clients go; null: to the service itself. */
  readonly frontDoorFor: (supervisor: Supervisor) => FrontDoor | null
  /** Keeps the output on disk. */
  readonly journal: JournalFile | undefined
  /** Chooses the address, finds the executables, sets up the surroundings. Rejects with `LaunchRefused`. */
  readonly prepare: (request: PrepareRequest) => Promise<Prepared>
  /** Removes what an ended run has left of its address: the file of a socket, unless somebody listens on it. */
  readonly leave: (address: Address) => Promise<void>
  /** What a launcher's error means. */
  readonly explainLaunchError: (error: unknown, spec: LaunchSpec) => LaunchFailure
  readonly processes: Processes
  /** Who answers on an address, as seen from the child `pid`. */
  readonly whoAnswers: (question: Question) => ReturnType<WhoAnswers>
  /** Connections that wait to be accepted on an address; -1 where unknown. */
  readonly acceptQueue: (target: ProbeTarget) => Promise<number>
  readonly probeFor: (options: ProbeOptions, sources: ProbeSources) => Probe
  /** What to ask before a probe of this kind, until it passes once; nothing where the probe is light itself. */
  readonly knockFor: (options: ProbeOptions) => Probe | undefined
  readonly output: OutputSink | undefined
  /** Tell of every liveness probe, not only of failures and recoveries. */
  readonly everyProbe: boolean
  /** POSIX only: a suspended process must be woken to take a signal. */
  readonly wakes: boolean
}
