import { type IncomingMessage, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { Clock } from '../clock.ts'
import type { Generation } from './gate.ts'

/** What became of asking a process for a WebSocket. */
export type Dialled =
  | { readonly is: 'open'; readonly response: IncomingMessage; readonly backend: Socket; readonly head: Buffer }
  /** It says something else; the body is still to be read. */
  | { readonly is: 'answered'; readonly response: IncomingMessage; readonly backend: Socket }
  /** It took no connection: nothing was sent. */
  | { readonly is: 'unsent' }
  /** It had been sent, and its connection ended without an answer, or within its head. */
  | { readonly is: 'lost'; readonly isAnswered: boolean }
  /** It is silent. */
  | { readonly is: 'late' }
  /** What it says is no answer. */
  | { readonly is: 'garbled'; readonly why: string }
  /** Nobody wants the answer any more. */
  | { readonly is: 'gone' }

export interface Question {
  readonly generation: Generation
  readonly target: string
  /** Name and value in turn, all of them. */
  readonly headers: string[]
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal
  readonly clock: Clock
}

const connectMs = 10_000
/** It may ask somebody else first whether the client may come in. */
export const answerMs = 60_000
/** What a process has written arrives after its end. */
const afterEndMs = 1000
const largestHead = 64 * 1024

/** Never rejects. What it does not hand over is closed. */
export const dialUpgrade = ({ generation, target, headers, signal, clock }: Question): Promise<Dialled> =>
  new Promise((resolve) => {
    const backend = dial(generation)
    let isSent = false
    let cancel = clock.setTimer(connectMs, () => settle({ is: 'unsent' }))
    const settle = (dialled: Dialled): void => {
      cancel()
      backend.off('close', onClose)
      signal.removeEventListener('abort', onGone)
      generation.ended.removeEventListener('abort', onEnded)
      if (!('backend' in dialled)) backend.destroy()
      resolve(dialled)
    }
    const lost = (): Dialled => ({ is: 'lost', isAnswered: backend.bytesRead > 0 })
    const onClose = (): void => settle(isSent ? lost() : { is: 'unsent' })
    const onGone = (): void => settle({ is: 'gone' })
    const onEnded = (): void => {
      cancel()
      cancel = clock.setTimer(afterEndMs, onClose)
    }
    backend.once('close', onClose)
    signal.addEventListener('abort', onGone)
    generation.ended.addEventListener('abort', onEnded)
    backend.once('connect', () => {
      isSent = true
      cancel()
      cancel = clock.setTimer(answerMs, () => settle({ is: 'late' }))
      try {
        const question = request({ createConnection: () => backend, path: target, headers, setHost: false, maxHeaderSize: largestHead })
        question.on('error', (error: NodeJS.ErrnoException) =>
          settle(error.code?.startsWith('HPE_') === true ? { is: 'garbled', why: error.message } : lost()),
        )
        question.on('response', (response) => {
          // it may be cut before somebody else listens
          response.on('error', () => {})
          settle(response.statusCode === 101 ? notUpgraded : { is: 'answered', response, backend })
        })
        question.on('upgrade', (response, _socket, head) =>
          settle(isWebSocket(response) ? { is: 'open', response, backend, head } : notUpgraded),
        )
        question.end()
      } catch (error) {
        settle({ is: 'garbled', why: error instanceof Error ? error.message : String(error) })
      }
    })
    if (signal.aborted) onGone()
    else if (generation.ended.aborted) onEnded()
  })

const notUpgraded: Dialled = { is: 'garbled', why: 'It answered 101 and did not switch to a WebSocket.' }

const dial = ({ address }: Generation): Socket => {
  const backend = connect('path' in address ? { path: address.path } : { host: address.host, port: address.port, noDelay: true })
  // before anything can go wrong: an error that nobody hears would end the whole process
  return backend.on('error', () => {})
}

/** Several protocols may be named, in order of preference. */
export const isWebSocket = ({ headers }: IncomingMessage): boolean =>
  (headers.upgrade ?? '').split(',').some((name) => name.trim().toLowerCase() === 'websocket')
