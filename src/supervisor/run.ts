import type { CauseCode } from '../causes/codes.ts'
import { explainExit } from '../causes/exit.ts'
import { breather } from '../clock.ts'
import type { ServiceSpec } from '../config/service.ts'
import { isSupervisorError } from '../errors.ts'
import type { Child, Exit, LaunchFailure, LaunchSpec } from '../launch/launcher.ts'
import type { Address } from '../launch/surroundings.ts'
import { type Termination, terminate } from '../launch/terminate.ts'
import { LineFeed, type LineListener } from '../logs/line-feed.ts'
import { redactShown } from '../logs/redact.ts'
import type { OutputTail } from '../logs/tail.ts'
import { isStillThere } from '../process/signal.ts'
import type { Swept } from '../process/sweep.ts'
import type { ProcessRow } from '../process/table.ts'
import type { RecordedRun } from '../record/record.ts'
import type { Claim } from './claim.ts'
import type { Drain } from './controller.ts'
import { LaunchRefused, type SupervisorDeps } from './deps.ts'
import type { SupervisorEvents } from './events.ts'
import type { Input, TerminationKind } from './model.ts'
import { Vitals } from './vitals.ts'
import type { Voice } from './voice.ts'

/** What a run is given that outlives it. */
export interface RunContext {
  readonly service: ServiceSpec
  readonly deps: SupervisorDeps
  readonly events: Voice
  readonly tail: OutputTail
  readonly claim: Claim
  /** Which of the service's processes it is, from 0; each has an address of its own. */
  readonly slot: number
  /** The address of the run before. */
  readonly previous: Address | null
  /** Settles when the child has finished what it answers; undefined where nobody knows of that. Never rejects. */
  readonly drain: (...args: Parameters<Drain>) => Promise<unknown> | undefined
  /** Settles when its launch disturbs nobody; undefined: at once. */
  readonly calm: (() => Promise<void>) | undefined
  readonly report: (input: Input) => void
  /** The child has ended; what it left is swept, and then its exit is reported. */
  readonly onEnded: (pid: number, exit: Exit) => void
}

/** Lines of output that an exit is explained with, and that are told. */
const reportLines = 50
/** Output that a grandchild keeps open is not waited for longer than this. */
const drainMs = 50
/** From SIGKILL until it is said that the kernel does not let the process go. */
const killWaitMs = 2000
/** Grace for a child that does not answer: it will hardly obey either. */
const quickGraceMs = 1000

/**
 * One run of the child, from the search for a port until nothing of it is left. Performs what the machine decided and
 * reports what became of it; decides nothing about what follows.
 */
export class Run {
  readonly number: number
  readonly #context: RunContext
  #launchedAt: number
  /** Aborted once, when the run is being ended or has ended: everything that watches it stops. */
  readonly #end = new AbortController()
  readonly #lines = new LineFeed()
  #spec: LaunchSpec | undefined
  #child: Child | undefined
  #vitals: Vitals | undefined
  /** `awaiting`: a child to end, or the end of its drain. */
  #termination: Termination | 'awaiting' | undefined
  /** Aborted when there is no more use in waiting for what the child answers. */
  #drain: AbortController | undefined
  /** Set when it was we who ended it. */
  #ended: { because: CauseCode | null } | null = null
  /** What it was found wanting for. */
  #because: CauseCode | null = null
  #wasReady = false
  #oomKills = 0
  /** Process group of the child; 0 where it is not known. */
  #group = 0
  /** The tree as it was when its end began. */
  #tree: readonly ProcessRow[] = []
  address: Address | null = null
  /** How the child has ended, from that moment on. */
  exit: Exit | null = null
  /** From launch to ready. */
  startupMs = 0
  swept: Swept = { reaped: [], survivors: [] }

  constructor(number: number, context: RunContext) {
    this.number = number
    this.#context = context
    this.#launchedAt = context.deps.clock.now()
  }

  get pid(): number | null {
    return this.#child?.pid ?? null
  }

  get uptimeMs(): number {
    return Math.round(this.#context.deps.clock.now() - this.#launchedAt)
  }

  /** Of its probes: failures in a row, and how long the last good answer took. */
  get health(): { readonly failures: number; readonly latencyMs: number | null } {
    return { failures: this.#vitals?.misses.probes ?? 0, latencyMs: this.#vitals?.latencyMs ?? null }
  }

  async launch(port: 'keep' | 'new'): Promise<void> {
    const launched = await this.#start(port).catch((error: unknown) => this.#explain(error))
    if ('child' in launched) this.#adopt(launched.child, launched.spec)
    else this.#context.report({ type: 'launch-failed', run: this.number, failure: launched })
  }

  async #start(port: 'keep' | 'new'): Promise<{ readonly child: Child; readonly spec: LaunchSpec }> {
    const { deps, service, previous, claim, events, slot, calm } = this.#context
    if (calm !== undefined) await calm()
    if (this.#termination !== undefined) throw new LaunchRefused(stoppedBefore)
    const tell = (facts: SupervisorEvents['reclaim']): void => events.emit('reclaim', facts)
    const breathe = breather(deps.clock)
    await claim.take(tell)
    await breathe()
    const { spec, address, launcher } = await deps.prepare({ service, previous, port, slot, tell })
    this.#spec = spec
    this.address = address
    await breathe()
    if (this.#termination !== undefined) throw new LaunchRefused(stoppedBefore)
    this.#launchedAt = deps.clock.now()
    // the child is there a few milliseconds before anybody can say its pid, and could be orphaned in them; a forked one sees
    // to that itself
    if (service.launch !== 'fork' || !service.dieWithParent) claim.record(this.#recorded(spec), slot)
    return { child: await launcher.launch(spec), spec }
  }

  #explain(error: unknown): LaunchFailure {
    if (error instanceof LaunchRefused) return error.failure
    if (isSupervisorError(error))
      return { code: error.code, reason: error.reason, message: error.message, hint: error.hint, transient: false }
    if (this.#spec !== undefined) return this.#context.deps.explainLaunchError(error, this.#spec)
    return { code: 'ERR_LAUNCH_FAILED', reason: undefined, message: String(error), hint: undefined, transient: false }
  }

  #adopt(child: Child, spec: LaunchSpec): void {
    const { service, events, tail, deps, report } = this.#context
    this.#child = child
    this.#oomKills = deps.processes.oomKills()
    // before anything else: from here on it could be orphaned
    this.#record(child, spec)
    child.onOutput((stream, chunk) => {
      tail.push(stream, chunk, deps.wallClock(), child.pid)
      this.#lines.push(stream, chunk, events.has('log') ? this.#tellLine : undefined)
      return both(deps.output?.(stream, chunk), deps.journal?.write(stream, chunk, child.pid))
    })
    void child.exited.then((exit) => this.#conclude(child, spec, exit))
    const { address } = this
    this.#vitals = new Vitals({
      service,
      deps,
      events,
      child,
      spec,
      address,
      lines: this.#lines,
      launchedAt: this.#launchedAt,
      end: this.#end.signal,
    })
    report({ type: 'launched', run: this.number, pid: child.pid })
    // the order to end it came while it was being launched
    if (this.#termination === 'awaiting') this.#beginTermination(child, 'now')
  }

  #record({ pid }: Child, spec: LaunchSpec): void {
    const { claim, deps, slot } = this.#context
    const row = deps.processes.identify(pid)
    // it has ended already, or this system does not say who it is
    if (row === undefined) return
    const { startTime, bootId, pgid } = row
    this.#group = pgid
    claim.record({ ...this.#recorded(spec), child: { pid, startTime, bootId }, pgid }, slot)
  }

  #recorded({ command, execArgv, script, args, instanceId }: LaunchSpec): RecordedRun {
    const { deps, service } = this.#context
    const { signal, graceMs } = service.stop
    return {
      child: null,
      pgid: 0,
      instanceId,
      command: redactShown([command, ...execArgv, ...(script === undefined ? [] : [script]), ...args].join(' ')),
      ...recordedPlace(this.address),
      launchedAt: new Date(deps.wallClock()).toISOString(),
      launchedSinceBootMs: deps.sinceBootMs(),
      stop: { signal, graceMs },
    }
  }

  readonly #tellLine: LineListener = (stream, { line, cut }) => {
    const pid = this.pid ?? 0
    this.#context.events.emit('log', cut ? { stream, line, cut, pid } : { stream, line, pid })
  }

  async awaitReady(): Promise<void> {
    const result = await this.#vitals?.awaitReady()
    if (result === undefined) return
    if (result.ready) this.startupMs = this.uptimeMs
    if (result.ready) return this.#context.report({ type: 'ready', run: this.number, identity: result.identity })
    const { message, reason, portLost } = result
    this.#because = reason
    this.#context.report({ type: 'unready', run: this.number, fault: { message, reason, portLost } })
  }

  /** Watches a ready child until its run ends, and says what it is found wanting in. */
  watch(): void {
    this.#wasReady = true
    this.#vitals?.watch((fault) => {
      this.#because = fault.reason
      this.#context.report({ type: 'unhealthy', run: this.number, fault })
    })
  }

  /** Asks a ready child at once. */
  probe(): void {
    this.#vitals?.probe()
  }

  terminate(how: TerminationKind): void {
    if (this.#termination !== undefined) return
    this.#termination = 'awaiting'
    this.#end.abort()
    // it was quicker
    if (this.exit !== null) return
    this.#ended = { because: this.#because }
    if (this.#child === undefined) return
    const drained = how === 'drained' ? this.#beginDrain(this.#child) : undefined
    if (drained === undefined) this.#beginTermination(this.#child, how)
  }

  /** Who is asked hears first that it is to end. undefined: nobody is to be asked. */
  #beginDrain(child: Child): Promise<void> | undefined {
    const drain = new AbortController()
    const { signal } = drain
    const finished = this.#context.drain(child.pid, signal)
    if (finished === undefined) return undefined
    this.#drain = drain
    const cut = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
    return Promise.race([finished, cut]).then(() => {
      // one that was cut is followed by what cut it
      if (!signal.aborted) this.#endDrain('graceful')
    })
  }

  #endDrain(how: 'graceful' | 'now'): void {
    const drain = this.#drain
    this.#drain = undefined
    if (drain === undefined) return
    drain.abort()
    if (this.#child !== undefined && this.exit === null) this.#beginTermination(this.#child, how)
  }

  #beginTermination(child: Child, how: TerminationKind): void {
    const { service, deps, report } = this.#context
    const { graceMs: whole } = service.stop
    const graceMs = { drained: whole, graceful: whole, quick: Math.min(whole, quickGraceMs), now: 0 }[how]
    void deps.processes.tree(child.pid).then((rows) => {
      this.#tree = rows
    })
    const options = { message: service.stop.message, signal: service.stop.signal, graceMs, wake: deps.wakes, killWaitMs }
    const unkillable = (): void => {
      this.swept = { reaped: [], survivors: [child.pid] }
      report({ type: 'unkillable', run: this.number, survivors: [child.pid] })
    }
    this.#termination = terminate(child, options, deps.clock, unkillable)
  }

  /** Ends the drain of a termination under way: its grace begins. */
  hurry(): void {
    this.#endDrain('graceful')
  }

  /** Ends the drain and the grace of a termination under way. */
  kill(): void {
    this.#endDrain('now')
    if (typeof this.#termination === 'object') this.#termination.kill()
  }

  /** The child has ended: sweeps what it left, hears the last lines, and says how it was. */
  async #conclude(child: Child, spec: LaunchSpec, exit: Exit): Promise<void> {
    const { instanceId } = spec
    const { deps, tail, events, report, onEnded } = this.#context
    const { pid } = child
    const uptimeMs = this.uptimeMs
    this.exit = exit
    this.#end.abort()
    this.#endDrain('now')
    // somebody else may serve in its place: that does not wait for the rest
    onEnded(pid, exit)
    if (typeof this.#termination === 'object') this.#termination.dispose()
    const swept = await deps.processes.sweep(child.group === 'own' ? pid : this.#group, instanceId, child.group)
    if (this.address !== null) await deps.leave(this.address)
    await this.#drained(child)
    this.#lines.end(events.has('log') ? this.#tellLine : undefined)
    deps.journal?.end(pid)
    // who only asked for an end wants to know what outlives it; a restart does not wait for that
    const elsewhere = this.#termination === undefined ? [] : await deps.processes.carriers(instanceId)
    this.swept = this.#accountFor(pid, swept, elsewhere)
    const lines = tail.lines(reportLines, pid).map(({ line }) => line)
    const wasReady = this.#wasReady
    const { port } = recordedPlace(this.address)
    // counted only where it can be the reason
    const kills = exit.signal === 'SIGKILL' ? deps.processes.oomKills() - this.#oomKills : 0
    const explained = explainExit({ ...exit, tail: lines, port, wasReady, endedByUs: this.#ended, oomKills: kills })
    const { portLost } = explained
    const reason = this.#cannotRun(exit, spec) ?? explained.reason
    const requested = this.#ended !== null
    // made to be shown
    const shown = lines.map(redactShown)
    events.emit('exit', { pid, ...exit, uptimeMs, reason, tail: shown, requested })
    const { survivors } = this.swept
    report({ type: 'exited', run: this.number, report: { ...exit, pid, uptimeMs, reason, tail: shown, requested, portLost, survivors } })
  }

  /** What this machine cannot execute, the C library hands to a shell: it has a pid, fails at once, and says nonsense. */
  #cannotRun({ code }: Exit, spec: LaunchSpec): CauseCode | null {
    if (this.#wasReady || this.#ended !== null || code === null || code === 0) return null
    const { reason } = this.#context.deps.explainLaunchError(undefined, spec)
    return reason !== undefined && cannotRun.has(reason) ? reason : null
  }

  /** Nothing is assumed gone: whatever was of the tree is looked at again. */
  #accountFor(root: number, { reaped, survivors }: Swept, elsewhere: readonly ProcessRow[]): Swept {
    const { processes } = this.#context.deps
    const isThere = (row: ProcessRow): boolean => row.pid !== root && isStillThere(processes, row)
    const left = new Set([...survivors, ...[...this.#tree, ...elsewhere].filter(isThere).map(({ pid }) => pid)])
    const all = new Set([root, ...this.#tree.map(({ pid }) => pid), ...reaped])
    return { reaped: [...all].filter((pid) => !left.has(pid)), survivors: [...left] }
  }

  #drained(child: Child): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#context.deps.clock.setTimer(drainMs, resolve)
      void child.drained.then(() => {
        cancel()
        resolve()
      })
    })
  }
}

const recordedPlace = (address: Address | null): Pick<RecordedRun, 'host' | 'port' | 'socket'> => {
  if (address === null) return { host: null, port: null }
  return 'path' in address ? { host: null, port: null, socket: address.path } : { host: address.host, port: address.port }
}

const both = (a: void | Promise<void>, b: void | Promise<void>): void | Promise<void> =>
  a !== undefined && b !== undefined ? Promise.all([a, b]).then(() => {}) : (a ?? b)

const cannotRun = new Set<CauseCode>(['WRONG_ARCHITECTURE', 'INTERPRETER_MISSING', 'CLAUDE_UNUSABLE'])

const stoppedBefore: LaunchFailure = {
  code: 'ERR_STOPPED',
  reason: undefined,
  message: 'stopped before it was launched',
  hint: undefined,
  transient: false,
}
