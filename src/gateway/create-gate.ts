import type { Clock } from '../clock.ts'
import type { GatewaySpec } from '../config/gateway.ts'
import type { Supervisor } from '../supervisor/controller.ts'
import { Answering, type Kind } from './answering.ts'
import type { BackendView } from './backend-facts.ts'
import type { Counters } from './counters.ts'
import { FollowedBackend } from './follow-backend.ts'
import type { Gate, Generation, Waiting } from './gate.ts'
import type { LifeSigns } from './life.ts'
import type { Problem } from './problem.ts'
import { SecondTry } from './second-try.ts'
import { doorCloses, roomIsFull, unavailable, waitedTooLong, withoutAddress } from './unavailable.ts'
import { WaitingRoom } from './waiting-room.ts'

export interface GateOptions {
  readonly upstream: Supervisor
  readonly spec: Pick<GatewaySpec, 'hold' | 'drainMs'>
  readonly counters: Counters
  readonly clock: Clock
  readonly signs: LifeSigns
  /** For lines of output, before they are shown. */
  readonly redact: (line: string) => string
}

/** A gate that can be taken down: who waits is sent away, and nothing is followed any more. */
export type ClosableGate = Gate & BackendView & { close(): void }

/** For a process that is told to end to say so on its streams and WebSockets. */
const leaveMs = 500
const everything: readonly Kind[] = ['request', 'stream', 'socket']

/** Driven by the events of the supervisor, whatever has become of the backend before. */
export const createGate = ({ upstream, spec, counters, clock, signs, redact }: GateOptions): ClosableGate => {
  const { hold, drainMs } = spec
  const backend = new FollowedBackend({ upstream, clock, signs, redact })
  const answering = new Answering(counters, clock)
  let isClosed = false
  /** Since when a request waits that was refused by this process. */
  const refusals = new WeakMap<AbortSignal, { readonly by: Generation; readonly at: number }>()
  const room = new WaitingRoom({
    ...{ limits: hold, clock, counters },
    open: () => backend.generation,
    isFull: (waiting) =>
      hold.maxPending === 0 ? unavailable(backend.facts(), backend.startupMs) : roomIsFull(backend.facts(), backend.startupMs, waiting),
    tookTooLong: (waitedMs) => waitedTooLong(backend.facts(), backend.startupMs, waitedMs),
  })
  const secondTry = new SecondTry({ clock, probe: () => upstream.probe(), again: (generation) => room.contentWith(generation) })

  const isShut = (): boolean => backend.passage === 'shut'
  const whyShut = (): Problem =>
    backend.isWithoutAddress ? withoutAddress(backend.facts()) : unavailable(backend.facts(), backend.startupMs)
  const sendAwayIfShut = (): void => {
    if (!isClosed && isShut()) room.sendAway(whyShut())
  }

  let last: Generation | undefined = backend.generation
  backend.onChange(() => {
    if (backend.generation !== last) secondTry.forget()
    last = backend.generation
    room.release()
    // why it is given up is told right after that it is
    if (room.size > 0 && isShut()) queueMicrotask(sendAwayIfShut)
  })

  const generationNow = (bytes = 0): Generation | undefined => {
    const { generation } = backend
    if (generation === undefined || room.size === 0) return generation
    // nobody overtakes those who are being let in, but where there is no room beside them: an open gate turns nobody away
    return room.hasWaiterFor(generation) && room.hasRoomFor(bytes) ? undefined : generation
  }

  /** Who comes back from a process that it was given again goes on with the time that is left: it must not go on for ever. */
  const waitsSince = ({ signal, after }: Waiting): number => {
    const now = clock.now()
    if (after === undefined) return now
    const refusal = refusals.get(signal)
    if (refusal?.by === after) return refusal.at
    refusals.set(signal, { by: after, at: now })
    return now
  }

  const pass = (waiting: Waiting): Promise<Generation | Problem> => {
    const refuse = (problem: Problem): Promise<Problem> => {
      counters.unavailable += 1
      return Promise.resolve(problem)
    }
    if (isClosed) return refuse(doorCloses)
    if (isShut()) return refuse(whyShut())
    const { after } = waiting
    const generation = generationNow(waiting.bytes)
    if (generation !== undefined && generation !== after) return Promise.resolve(generation)
    const passed = room.enter(waiting, waitsSince(waiting))
    if (after !== undefined && after === backend.generation) secondTry.after(after)
    return passed
  }

  const goodbyes = new Set<() => void>()
  const drain = async (pid: number, signal: AbortSignal): Promise<void> => {
    backend.leave(pid)
    const generation = backend.find(pid)
    if (generation === undefined || isClosed) return
    // whoever was let through in this turn has entered in the next
    await new Promise((resolve) => setImmediate(resolve))
    if (isClosed) return
    // where nobody else answers meanwhile, those who wait must not wait in vain; what does not end by itself is not waited for
    if (backend.generation !== undefined) await answering.quiet(generation, everything, drainMs, signal)
    else {
      // what it takes to end and to start again is waited for, too
      await answering.quiet(generation, ['request'], Math.min(drainMs, hold.timeoutMs / 3), signal)
      if (!isClosed && !generation.ended.aborted) breakOffLater(generation)
    }
  }

  /** It may take its leave of them first. A server that is asked to end waits for what is open, and everybody for the server. */
  const breakOffLater = (generation: Generation): void => {
    const cancel = clock.setTimer(leaveMs, () => answering.breakOff(generation))
    const forget = (): void => {
      cancel()
      goodbyes.delete(forget)
    }
    goodbyes.add(forget)
    generation.ended.addEventListener('abort', forget, { once: true })
  }
  const unsubscribe = upstream.onDrain(drain)

  return {
    get generation() {
      return generationNow()
    },
    pass,
    enter: (generation, what, breakOff) => answering.enter(generation, what, breakOff),
    facts: () => backend.facts(),
    onChange: (listener) => backend.onChange(listener),
    close: () => {
      if (isClosed) return
      isClosed = true
      unsubscribe()
      secondTry.forget()
      for (const forget of goodbyes) forget()
      room.close(doorCloses)
      backend.close()
      answering.close()
    },
  }
}
