import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Clock } from '../clock.ts'
import { watchAfterEnd } from './after-end.ts'
import type { Generation } from './gate.ts'
import { cutOff, hangUp } from './hang-up.ts'
import { watchOpenEnd } from './open-ended.ts'
import { hasHeader, rawHead } from './raw-answer.ts'

export interface RelayedAnswer {
  readonly client: Socket
  readonly response: IncomingMessage
  readonly backend: Socket
  /** Name and value in turn, without hop-by-hop ones. */
  readonly headers: readonly string[]
  readonly generation: Generation
  readonly clock: Clock
}

/**
 * Passes an answer that is no WebSocket on, whole, and closes. One whose length is not known is chunked: so its end can be told
 * from a loss, which ends in a reset. `onEnd` is called once, when the client's connection is closed.
 */
export const relayAnswer = (
  { client, response, backend, headers, generation, clock }: RelayedAnswer,
  onEnd: (end: { readonly isCut: boolean }) => void,
): void => {
  const { statusCode: status = 502, statusMessage = '' } = response
  const isChunked = !isBodiless(status) && !hasHeader(headers, 'content-length')
  const isOpenEnded = isChunked && !hasHeader(response.rawHeaders, 'transfer-encoding')
  const isWhole = isOpenEnded ? watchOpenEnd(generation) : undefined
  let isCut = false

  const cut = (): void => {
    if (response.complete && response.readableEnded) return
    isCut = true
    cutOff(client, clock)
  }
  const unwatch = watchAfterEnd({ backend, isPaused: () => response.isPaused(), generation, clock }, cut)
  client.on('close', () => {
    unwatch()
    backend.destroy()
    onEnd({ isCut })
  })
  const framing = isChunked ? ['transfer-encoding', 'chunked'] : []
  client.write(rawHead(status, statusMessage, [...headers, ...framing, 'connection', 'close']), 'latin1')
  // whatever else it says has nobody to hear it
  client.resume()

  response.on('data', (bytes: Buffer) => {
    if (!client.write(isChunked ? chunkOf(bytes) : bytes)) response.pause()
  })
  client.on('drain', () => response.resume())
  const end = (): void => {
    backend.destroy()
    hangUp(client, clock, isChunked ? '0\r\n\r\n' : '')
  }
  response.on('end', () => {
    if (isWhole === undefined) end()
    else void endIfWhole(isWhole())
  })
  const endIfWhole = async (whole: Promise<boolean>): Promise<void> => {
    if (await whole) return end()
    isCut = true
    cutOff(client, clock)
  }
  const onClose = (): void => {
    if (!response.complete && !client.destroyed) cut()
  }
  if (response.closed) onClose()
  else response.on('close', onClose)
}

const isBodiless = (status: number): boolean => status < 200 || status === 204 || status === 304

const chunkOf = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])
