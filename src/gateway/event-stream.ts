/** Server-sent events that tell how the backend is: all that is known at once, then every change. */
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Clock } from '../clock.ts'
import type { BackendFacts, BackendView } from './backend-facts.ts'

export interface EventStreams {
  /** False where there are too many already: nothing was answered. */
  open(response: ServerResponse, options: { readonly isTrusted: boolean; readonly headers: Readonly<Record<string, string>> }): boolean
  /** Ends all of them. */
  close(): void
  readonly count: number
}

const maxStreams = 64
/** What stands between may close a connection on which nothing is said. */
const heartbeatMs = 15_000

interface Stream {
  readonly response: ServerResponse
  readonly isTrusted: boolean
  /** What was written last is still on its way. */
  isBehind: boolean
  /** Something has changed since. */
  isDue: boolean
}

export const createEventStreams = (view: BackendView, clock: Clock): EventStreams => {
  const streams = new Set<Stream>()
  const watched = new WeakSet<Socket>()
  let stopTelling: (() => void) | undefined
  let stopBeating: (() => void) | undefined

  const write = (stream: Stream, text: string): void => {
    stream.isBehind = !stream.response.write(text)
  }
  /** Who reads slowly is told the newest when there is room again, and never what lies between. */
  const tell = (stream: Stream): void => {
    stream.isDue = stream.isBehind
    if (!stream.isBehind) write(stream, eventOf('state', view.facts(), stream.isTrusted))
  }
  const beat = (): void => {
    for (const stream of streams) if (!stream.isBehind) write(stream, ':\n\n')
    stopBeating = clock.setTimer(heartbeatMs, beat)
  }
  const remove = (stream: Stream): void => {
    if (!streams.delete(stream) || streams.size > 0) return
    stopTelling?.()
    stopBeating?.()
  }

  /** An answer whose turn has not come is not told of the end of its connection. */
  const removeWith = (socket: Socket): void => {
    if (watched.has(socket)) return
    watched.add(socket)
    socket.once('close', () => {
      for (const stream of streams) if (stream.response.req.socket === socket) remove(stream)
    })
  }

  return {
    get count() {
      return streams.size
    },
    open: (response, { isTrusted, headers }) => {
      const { socket } = response.req
      if (socket.destroyed) return true
      if (streams.size >= maxStreams) return false
      const stream: Stream = { response, isTrusted, isBehind: false, isDue: false }
      if (streams.size === 0) {
        stopTelling = view.onChange(() => {
          for (const each of streams) tell(each)
        })
        stopBeating = clock.setTimer(heartbeatMs, beat)
      }
      streams.add(stream)
      removeWith(socket)
      response.once('close', () => remove(stream))
      response.on('error', () => {})
      response.on('drain', () => {
        stream.isBehind = false
        if (stream.isDue) tell(stream)
      })
      response.writeHead(200, { ...headers, 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' })
      write(stream, eventOf('snapshot', view.facts(), isTrusted))
      return true
    },
    close: () => {
      for (const { response } of streams) response.end()
    },
  }
}

const eventOf = (event: 'snapshot' | 'state', facts: BackendFacts, isTrusted: boolean): string =>
  `event: ${event}\ndata: ${JSON.stringify(isTrusted ? facts : forEverybody(facts))}\n\n`

/** Without lines of output, which the message of a failure may quote as well. */
const forEverybody = ({ tail: _tail, failure, ...facts }: BackendFacts): object => {
  const { message: _message, ...told } = failure ?? {}
  return { ...facts, failure: failure === null ? null : told }
}
