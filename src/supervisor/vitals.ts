import type { ProbeOptions } from '../config/options.ts'
import type { ServiceSpec } from '../config/service.ts'
import { never } from '../health/ends-before.ts'
import { watchLiveness } from '../health/liveness.ts'
import { watchMemory } from '../health/memory.ts'
import type { ProbeResult, ProbeTarget } from '../health/probe.ts'
import { awaitReady, type Readiness, type WhoAnswers } from '../health/readiness.ts'
import { type Misses, noMisses } from '../health/threshold.ts'
import type { Child, LaunchSpec } from '../launch/launcher.ts'
import { type ListeningReport, listeningReport } from '../launch/report.ts'
import { type Address, reachable } from '../launch/surroundings.ts'
import type { LineFeed } from '../logs/line-feed.ts'
import type { Answerer, Question } from '../ports/answerer.ts'
import type { Listener } from '../ports/owners.ts'
import type { ProbeSources, SupervisorDeps } from './deps.ts'
import { examine } from './examine.ts'
import type { Fault } from './model.ts'
import type { Voice } from './voice.ts'

export interface Patient {
  readonly service: ServiceSpec
  readonly deps: SupervisorDeps
  readonly events: Voice
  readonly child: Child
  readonly spec: LaunchSpec
  readonly address: Address | null
  readonly lines: LineFeed
  /** When it was launched, monotonic milliseconds. */
  readonly launchedAt: number
  /** Ends with the run: then nothing here settles any more. */
  readonly end: AbortSignal
}

/** Watches one child: whether it becomes ready, and whether it stays well. Says what it finds; ends nothing. */
export class Vitals {
  readonly #patient: Patient
  readonly #bells = new Set<() => void>()
  #doubt = (): void => {}
  /** What the child said that it listens on. */
  readonly #reported: ListeningReport[] = []
  #serving: readonly Listener[] = []
  misses: Misses = noMisses
  latencyMs: number | null = null

  constructor(patient: Patient) {
    this.#patient = patient
    const { child, address } = patient
    child.onMessage((message) => {
      const said = listeningReport(message)
      if (said?.pid !== child.pid) return
      this.#reported.push(said)
      if (isAt(said, address)) for (const ring of this.#bells) ring()
    })
  }

  async awaitReady(): Promise<Readiness> {
    const { service, deps, launchedAt, end } = this.#patient
    const { readiness } = service
    if (readiness === null) return { ready: true, identity: 'unknown' }
    return awaitReady({
      probe: deps.probeFor(readiness.probe, this.#sources()),
      knock: deps.knockFor(readiness.probe),
      target: this.#target,
      asksThePort: asksThePort(readiness.probe),
      // what it said a moment ago over its own channel is proof enough, and costs nothing
      whoAnswers: (target, name) => this.#whoAnswers({ target, name, believe: true }),
      timeoutMs: readiness.timeoutMs,
      since: launchedAt,
      leastPauseMs: leastPauseMs(readiness.probe, service),
      clock: deps.clock,
      signal: end,
      onListening: (ring) => {
        this.#bells.add(ring)
        return () => this.#bells.delete(ring)
      },
      onProbe: (result, latencyMs) => {
        if (result.ok) this.latencyMs = latencyMs
        this.#tell('readiness', result, latencyMs)
      },
    })
  }

  /** Asks at once, where it is watched: what is known may be out of date. */
  probe(): void {
    this.#doubt()
  }

  /** Says why the child must be replaced: once for want of an answer, and once for what it takes. */
  watch(found: (fault: Fault) => void): void {
    void this.#watchLiveness().then(found)
    void this.#watchMemory().then(found)
  }

  async #watchMemory(): Promise<Fault> {
    const { service, deps, child, end } = this.#patient
    const { maxMemoryBytes: limitBytes } = service
    if (limitBytes === null) return never()
    const usedBytes = async (): Promise<number> => (await deps.processes.usage(child.pid)).memoryBytes
    const message = await watchMemory({ limitBytes, usedBytes, clock: deps.clock, signal: end })
    return { reason: null, message, excess: true }
  }

  async #watchLiveness(): Promise<Fault> {
    const { service, deps, events, child, end } = this.#patient
    const { liveness } = service
    if (liveness === null) return never()
    const { pid } = child
    const subject = { pid, target: asksThePort(liveness.probe) ? this.#target : null, whoAnswers: this.#whoAnswersNow }
    return watchLiveness({
      ...liveness,
      probe: deps.probeFor(liveness.probe, this.#sources()),
      target: this.#target ?? { host: '', port: 0 },
      clock: deps.clock,
      signal: end,
      examine: (result) => examine(result, subject, deps),
      onProbe: (result, latencyMs, misses) => {
        const recovered = result.ok && this.misses.probes > 0
        this.misses = misses
        if (result.ok) this.latencyMs = latencyMs
        if (!result.ok || recovered || deps.everyProbe) this.#tell('liveness', result, latencyMs)
      },
      onDoubt: (listener) => {
        this.#doubt = listener
      },
      onUnresponsive: (facts) => events.emit('unresponsive', { pid, ...facts }),
      onResponsive: (facts) => events.emit('responsive', { pid, ...facts }),
    })
  }

  get #target(): ProbeTarget | null {
    const { address } = this.#patient
    if (address === null) return null
    return 'path' in address ? { host: 'localhost', port: 0, socketPath: address.path } : reachable(address)
  }

  /** While all is well it is enough that the sockets are still there that were proved ours. */
  readonly #whoAnswersNow: WhoAnswers = (target, name) =>
    this.#whoAnswers({ target, name, believe: false, ...(!name && { proved: this.#serving }) })

  async #whoAnswers(question: Pick<Question, 'target' | 'name' | 'believe' | 'proved'>): Promise<Answerer> {
    const { deps, child, spec } = this.#patient
    const answerer = await deps.whoAnswers({ pid: child.pid, instanceId: spec.instanceId, reported: this.#reported, ...question })
    this.#serving = answerer.serving
    return answerer
  }

  #sources(): ProbeSources {
    const { lines, child, end, spec } = this.#patient
    return {
      lines: (listener) => lines.subscribe((_stream, { line }) => listener(line)),
      messages: (listener) => child.onMessage((message) => listeningReport(message) ?? listener(message)),
      end,
      spec,
    }
  }

  #tell(probe: 'readiness' | 'liveness', result: ProbeResult, latencyMs: number): void {
    const facts = { probe, ok: result.ok, ...(!result.ok && { reason: result.reason }), latencyMs: Math.round(latencyMs) }
    this.#patient.events.emit('probe', facts)
  }
}

const isAt = ({ address, port }: ListeningReport, given: Address | null): boolean =>
  given !== null && ('path' in given ? address === given.path : port === given.port)

const asksThePort = ({ kind }: ProbeOptions): boolean => kind === 'http' || kind === 'tcp'

/**
 * A command is not run, and somebody else's function not called, a hundred times a second. A forked child says itself
 * when it listens: polls are for what it has started in its place.
 */
const leastPauseMs = ({ kind }: ProbeOptions, { launch }: ServiceSpec): number => {
  if (kind === 'command') return 250
  if (kind === 'custom') return 50
  return launch === 'fork' ? 20 : 0
}
