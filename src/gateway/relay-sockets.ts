import type { Socket } from 'node:net'
import type { Clock } from '../clock.ts'
import { watchAfterEnd } from './after-end.ts'
import { closeFrame, frameBoundary } from './frame-boundary.ts'
import type { Generation } from './gate.ts'
import { cutOff, hangUp } from './hang-up.ts'
import { readsOn } from './whole-reading.ts'

export interface Pair {
  readonly client: Socket
  readonly backend: Socket
  /** What the client has sent already. */
  readonly fromClient: readonly Buffer[]
  /** What the backend has sent already. */
  readonly fromBackend: Buffer
  readonly generation: Generation
  readonly clock: Clock
}

export interface RelayEnd {
  /** The backend went away without a close frame. */
  readonly isCut: boolean
}

/** The end of a process is told a little later than the end of its connections. */
const verdictMs = 250
/** For the backend to finish, once its client has. */
const finishMs = 30_000

/**
 * Passes bytes both ways as they come, and as fast as the slower side takes them; an open WebSocket is never too old. `onEnd` is
 * called once, when both connections are closed.
 *
 * A client that goes takes its backend's connection with it. A backend that goes without a close frame is told to the client
 * by one, 1012 «service restart», where its process has ended and no frame is half sent; else as it happened, and where a frame
 * is half sent by a reset. The returned function ends both in the same way, with that code.
 */
export const relaySockets = (
  { client, backend, fromClient, fromBackend, generation, clock }: Pair,
  onEnd: (end: RelayEnd) => void,
): ((code: number, reason: string) => void) => {
  const { ended, retired } = generation
  const frames = frameBoundary()
  const cleanUps: (() => void)[] = []
  let isCut = false
  let isBackendOver = false
  let open = 2

  const toBackend = (bytes: Buffer): void => {
    if (backend.writable && !backend.write(bytes)) client.pause()
  }
  const toClient = (bytes: Buffer): void => {
    frames.push(bytes)
    if (client.writable && !client.write(bytes)) backend.pause()
  }
  const onClosed = (): void => {
    open -= 1
    if (open > 0) return
    for (const cleanUp of cleanUps) cleanUp()
    onEnd({ isCut })
  }

  const endClient = (isReset: boolean): void => {
    if (isBackendOver || client.destroyed) return
    isBackendOver = true
    isCut = !frames.isClosed && !client.readableEnded
    if (frames.isClosed) hangUp(client, clock)
    else if (!frames.isBetween) cutOff(client, clock)
    else
      whenJudged((isOver) =>
        isOver ? hangUp(client, clock, closeFrame(1012, 'service restart')) : isReset ? cutOff(client, clock) : hangUp(client, clock),
      )
  }

  const end = (code: number, reason: string): void => {
    if (isBackendOver || client.destroyed) return
    isBackendOver = true
    if (frames.isClosed) hangUp(client, clock)
    else if (frames.isBetween) hangUp(client, clock, closeFrame(code, reason))
    else cutOff(client, clock)
  }

  /** Whether its process is at its end; asked where its connection was. */
  const whenJudged = (then: (isOver: boolean) => void): void => {
    const isOver = (): boolean => ended.aborted || retired.aborted
    const judge = (): void => {
      forget()
      then(isOver())
    }
    const forget = (): void => {
      cancel()
      for (const signal of [ended, retired]) signal.removeEventListener('abort', judge)
    }
    const cancel = clock.setTimer(isOver() ? 0 : verdictMs, judge)
    cleanUps.push(forget)
    for (const signal of [ended, retired]) signal.addEventListener('abort', judge)
  }

  /** Nothing more is to be expected of it; a client that takes nothing does not hear of it in a proper way either. */
  const onProcessEnd = (): void => {
    if (backend.isPaused() && !isBackendOver) {
      isBackendOver = true
      isCut = true
      cutOff(client, clock)
    }
    backend.destroy()
  }

  // a close frame that has come is passed on, though its sender takes nothing any more
  for (const socket of [client, backend]) readsOn(socket)

  client.on('data', toBackend)
  client.on('drain', () => backend.resume())
  client.on('end', () => {
    backend.end()
    cleanUps.push(clock.setTimer(finishMs, () => backend.destroy()))
  })
  client.on('close', () => {
    backend.destroy()
    onClosed()
  })

  backend.on('data', toClient)
  backend.on('drain', () => client.resume())
  backend.on('end', () => endClient(false))
  backend.on('close', (hadError) => {
    endClient(hadError)
    onClosed()
  })

  cleanUps.push(watchAfterEnd({ backend, isPaused: () => backend.isPaused(), generation, clock }, onProcessEnd))

  for (const bytes of fromClient) toBackend(bytes)
  if (fromBackend.length > 0) toClient(fromBackend)
  if (!backend.writableNeedDrain) client.resume()
  if (!client.writableNeedDrain) backend.resume()

  return end
}
