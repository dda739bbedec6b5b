import type { Clock } from '../clock.ts'
import type { GatewaySpec } from '../config/gateway.ts'
import type { Counters } from './counters.ts'
import type { Generation, Waiting } from './gate.ts'
import type { Problem } from './problem.ts'
import { clientGone } from './unavailable.ts'

export interface RoomOptions {
  readonly limits: GatewaySpec['hold']
  readonly clock: Clock
  readonly counters: Counters
  /** The process that those who wait are passed on to, asked for each of them; undefined while the gate is not open. */
  readonly open: () => Generation | undefined
  readonly isFull: (waiting: number) => Problem
  readonly tookTooLong: (waitedMs: number) => Problem
}

/** As many at once do not bury a process that has just begun; the others follow in the next turns of the event loop. */
const perTurn = 32

interface Waiter {
  readonly bytes: number
  /** Not passed on to this one, as long as it is set. */
  after: Generation | undefined
  readonly settle: (passed: Generation | Problem) => void
}

/** Where requests wait: bounded in number, bytes and time; first come, first served. */
export class WaitingRoom {
  readonly #options: RoomOptions
  /** In the order of their coming. */
  readonly #waiters = new Set<Waiter>()
  #bytes = 0
  /** Set while this turn has had its share. */
  #turn: NodeJS.Immediate | undefined

  constructor(options: RoomOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#waiters.size
  }

  hasRoomFor(bytes: number): boolean {
    const { maxPending, maxBytes } = this.#options.limits
    return this.#waiters.size < maxPending && this.#bytes + bytes <= maxBytes
  }

  /** Somebody waits who would be passed on to it. */
  hasWaiterFor(generation: Generation): boolean {
    for (const waiter of this.#waiters) if (waiter.after !== generation) return true
    return false
  }

  /** `since`: when its time began, by the clock. */
  enter({ signal, bytes, after }: Waiting, since: number): Promise<Generation | Problem> {
    const { clock, counters, limits, isFull, tookTooLong } = this.#options
    if (signal.aborted) return Promise.resolve(clientGone)
    if (!this.hasRoomFor(bytes)) {
      counters.unavailable += 1
      return Promise.resolve(isFull(this.#waiters.size))
    }
    return new Promise((resolve) => {
      const leave = (): void => this.#settle(waiter, clientGone)
      const cancel = clock.setTimer(Math.max(0, since + limits.timeoutMs - clock.now()), () => {
        counters.unavailable += 1
        this.#settle(waiter, tookTooLong(clock.now() - since))
      })
      const settle = (passed: Generation | Problem): void => {
        cancel()
        signal.removeEventListener('abort', leave)
        resolve(passed)
      }
      const waiter: Waiter = { bytes, after, settle }
      signal.addEventListener('abort', leave)
      this.#waiters.add(waiter)
      this.#bytes += bytes
      counters.waiting += 1
    })
  }

  /** The gate may be open: lets pass who may, as many as this turn of the event loop bears, and the others in the next ones. */
  release(): void {
    if (this.#turn !== undefined) return
    let passed = 0
    for (const waiter of this.#waiters) {
      const generation = this.#options.open()
      if (generation === undefined || passed === perTurn) break
      if (waiter.after === generation) continue
      passed += 1
      this.#options.counters.held += 1
      this.#settle(waiter, generation)
    }
    if (passed === 0) return
    this.#turn = setImmediate(() => {
      this.#turn = undefined
      this.release()
    })
  }

  /** Who waits for a later one than this is passed on to this one. */
  contentWith(generation: Generation): void {
    for (const waiter of this.#waiters) if (waiter.after === generation) waiter.after = undefined
    this.release()
  }

  /** Nobody waits any more. */
  sendAway(problem: Problem): void {
    this.#options.counters.unavailable += this.#waiters.size
    for (const waiter of this.#waiters) this.#settle(waiter, problem)
  }

  close(problem: Problem): void {
    if (this.#turn !== undefined) clearImmediate(this.#turn)
    this.#turn = undefined
    this.sendAway(problem)
  }

  #settle(waiter: Waiter, passed: Generation | Problem): void {
    this.#waiters.delete(waiter)
    this.#bytes -= waiter.bytes
    this.#options.counters.waiting -= 1
    waiter.settle(passed)
  }
}
