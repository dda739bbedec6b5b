import type { CauseCode } from '../causes/codes.ts'
import type { Clock } from '../clock.ts'
import type { Answerer } from '../ports/answerer.ts'
import type { Listener, Ownership } from '../ports/owners.ts'
import { type Answer, ask } from './ask.ts'
import { placeOf } from './place.ts'
import type { Probe, ProbeResult, ProbeTarget } from './probe.ts'

/** Asks who answers on an address, seen from our child; `name` also finds out who the stranger is, which costs more. */
export type WhoAnswers = (target: ProbeTarget, name: boolean) => Promise<Answerer>

export type Readiness =
  | { readonly ready: true; readonly identity: Ownership }
  | { readonly ready: false; readonly message: string; readonly reason: CauseCode | null; readonly portLost: boolean }

export interface ReadinessOptions {
  readonly probe: Probe
  /**
   * Asked instead of the probe until it has passed once: a booting child shares the machine with us, and asking in full
   * every few milliseconds would slow it down.
   */
  readonly knock?: Probe | undefined
  /** null: the service has no address, and only the probe decides. */
  readonly target: ProbeTarget | null
  /** The probe asks this address itself: then somebody of ours must hold it. Others (log, ipc, command) may pass before anything listens. */
  readonly asksThePort: boolean
  readonly whoAnswers: WhoAnswers
  readonly timeoutMs: number
  /** When the time began to count, monotonic milliseconds. Default: now. */
  readonly since?: number
  /** Before each poll at least; a command is not run a hundred times a second. */
  readonly leastPauseMs: number
  readonly clock: Clock
  /** Ends with the run: a dead child is never waited for. */
  readonly signal: AbortSignal
  /** Calls back when the child has reported a listener: worth asking at once. */
  readonly onListening: (listener: () => void) => () => void
  readonly onProbe: (result: ProbeResult, latencyMs: number) => void
}

/** A single attempt may take this long; a first request can be slow without being lost. */
const attemptMs = 5000
/** A stranger on our port may be about to leave; after this he stays. */
const strangerGraceMs = 1000

/** A backend that answers, but not yet well, is not asked a hundred times a second. */
const answeredPauseMs = 50

/** Fast at first, since most backends are up within a second; slower with patience already spent. */
export const pauseMs = (elapsedMs: number): number => Math.min(250, Math.max(5, elapsedMs * 0.0025))

/**
 * Waits until the probe passes *and* what answers is ours; gives the last reason when the time is over. Never
 * settles once `signal` has aborted: whoever ended the run knows why.
 */
export const awaitReady = async (options: ReadinessOptions): Promise<Readiness> => {
  const { clock, signal, timeoutMs } = options
  const began = options.since ?? clock.now()
  const bell = new Bell(clock)
  const unsubscribe = options.onListening(() => bell.ring())
  const stranger = new Stranger()
  const attempt = attempts(options)
  let last: ProbeResult = { ok: false, reason: 'nothing was asked yet' }
  try {
    for (;;) {
      // however short the time is, there is one question in it
      await bell.wait(Math.min(timeoutMs / 2, pauseAfter(last, clock.now() - began, options)))
      if (signal.aborted) return never()
      const left = timeoutMs - (clock.now() - began)
      if (left <= 0) return await overdue(options, last)
      const { result, latencyMs, answerer } = await attempt(Math.min(left, attemptMs))
      if (signal.aborted) return never()
      const checked = await checkIdentity(options, result, answerer, stranger)
      if (signal.aborted) return never()
      if ('ready' in checked) {
        if (checked.ready) options.onProbe(result, latencyMs)
        return checked
      }
      if (reasonOf(checked) !== reasonOf(last)) options.onProbe(checked, latencyMs)
      last = checked
    }
  } finally {
    unsubscribe()
  }
}

const nowhere: ProbeTarget = { host: '', port: 0 }

const pauseAfter = (last: ProbeResult, elapsedMs: number, { leastPauseMs }: ReadinessOptions): number =>
  Math.max(leastPauseMs, pauseMs(elapsedMs), !last.ok && last.stage === 'answered' ? answeredPauseMs : 0)

interface Attempt extends Answer {
  /** On its way already where somebody opened; else asked for when it is needed. */
  readonly answerer: Promise<Answerer> | undefined
}

/** Knocks until somebody opens, then asks. */
const attempts = ({ probe, knock, target, whoAnswers, clock, signal }: ReadinessOptions): ((timeoutMs: number) => Promise<Attempt>) => {
  let opened = knock === undefined
  return async (timeoutMs) => {
    const limits = { timeoutMs, clock, signal }
    if (!opened && knock !== undefined) {
      const answer = await ask(knock, target ?? nowhere, limits)
      opened = answer.result.ok
      if (!opened) return { ...answer, answerer: undefined }
    }
    // the question, and whose answer it is, at the same time: each takes some milliseconds
    const answerer = knock === undefined || target === null ? undefined : whoAnswers(target, false)
    return { ...(await ask(probe, target ?? nowhere, limits)), answerer }
  }
}

/** A new one each time: what waits for a promise is kept alive by it. */
const never = (): Promise<never> => new Promise(() => {})
const reasonOf = (result: ProbeResult): string => (result.ok ? '' : result.reason)

/** Passed, failed, or answered by somebody else. */
const checkIdentity = async (
  options: ReadinessOptions,
  result: ProbeResult,
  asked: Promise<Answerer> | undefined,
  stranger: Stranger,
): Promise<Readiness | ProbeResult> => {
  const { target, whoAnswers, clock } = options
  if (target === null) return result.ok ? { ready: true, identity: 'unknown' } : result
  const reachedSomebody = result.ok || result.stage === 'answered' || result.stage === 'died' || result.stage === 'no-answer'
  if (!reachedSomebody) {
    stranger.forget()
    return result
  }
  const answerer = await (asked ?? whoAnswers(target, false))
  if (answerer.verdict !== 'foreign') stranger.forget()
  if (answerer.verdict === 'foreign') return stranger.seen(options, clock.now())
  if (!result.ok) return result
  if (answerer.verdict !== 'nobody') return { ready: true, identity: answerer.verdict }
  // a socket may be listed under another name than it was dialled by (a link on the way, another network namespace)
  if (!options.asksThePort || target.socketPath !== undefined) return { ready: true, identity: 'unknown' }
  return { ok: false, reason: `${placeOf(target)} was answered, and nobody listens there any more`, stage: 'other' }
}

/** Remembers since when somebody else holds our port. */
class Stranger {
  #since: number | undefined
  who: string | null = null

  forget(): void {
    this.#since = undefined
  }

  async seen({ target, whoAnswers }: ReadinessOptions, at: number): Promise<Readiness | ProbeResult> {
    const first = this.#since === undefined
    this.#since ??= at
    if (first && target !== null) this.who = (await whoAnswers(target, true)).stranger
    const message = `${target && placeOf(target)} is answered by ${this.who ?? 'another process'}, which is not ours`
    if (at - this.#since < strangerGraceMs) return { ok: false, reason: message, stage: 'other', cause: 'PORT_TAKEN' }
    return { ready: false, message, reason: 'PORT_TAKEN', portLost: true }
  }
}

/** The time is over: the last answer, and what the listeners of our own say about it. */
const overdue = async ({ target, whoAnswers, timeoutMs }: ReadinessOptions, last: ProbeResult): Promise<Readiness> => {
  const elsewhere = target === null ? [] : (await whoAnswers(target, false)).elsewhere
  const seen = last.ok ? '' : `; ${last.reason}`
  const message = `not ready within ${timeoutMs} ms${seen}${misplaced(elsewhere)}`
  const reason = (target && reasonFor(target, elsewhere)) ?? (last.ok ? null : (last.cause ?? null))
  return { ready: false, message, reason, portLost: false }
}

const misplaced = (elsewhere: readonly Listener[]): string =>
  elsewhere.length === 0 ? '' : `; it listens on ${elsewhere.map(({ address, port }) => `${address}:${port}`).join(', ')} instead`

const reasonFor = (target: ProbeTarget, elsewhere: readonly Listener[]): CauseCode | null => {
  if (elsewhere.length === 0) return null
  return elsewhere.some(({ port }) => port === target.port) ? 'ADDRESS_FAMILY_MISMATCH' : 'LISTENS_ON_OTHER_PORT'
}

/** A pause that can be cut short. */
class Bell {
  readonly #clock: Clock
  #rung = false
  #wake = (): void => {}

  constructor(clock: Clock) {
    this.#clock = clock
  }

  ring(): void {
    this.#rung = true
    this.#wake()
  }

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        cancel()
        this.#rung = false
        this.#wake = () => {}
        resolve()
      }
      const cancel = this.#clock.setTimer(ms, done)
      this.#wake = done
      if (this.#rung) done()
    })
  }
}
