import type { IncomingMessage } from 'node:http'
import { Refusal } from './refusal'

const limitBytes = 1024 * 1024
const politeBytes = 16 * limitBytes
const politeMs = 500

/** Counts what arrives, because a chunked body announces no length. An empty body is undefined. */
export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  const text = (await readBytes(request)).toString('utf8')
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Refusal(400, `The body is not JSON: ${(error as Error).message}`)
  }
}

function readBytes(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    let patience: NodeJS.Timeout | undefined
    const refuse = () => {
      request.off('data', onData)
      reject(tooLarge())
    }
    // A caller that is cut off while it sends does not get to read the answer, so the rest is read away for a while.
    const losePatience = () => {
      patience ??= setTimeout(refuse, politeMs)
    }
    const onData = (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= limitBytes) return chunks.push(chunk)
      chunks.length = 0
      losePatience()
      if (bytes > politeBytes) refuse()
    }
    if (Number(request.headers['content-length'] ?? 0) > limitBytes) losePatience()
    request.on('data', onData)
    request.once('end', () => (bytes > limitBytes ? refuse() : resolve(Buffer.concat(chunks))))
    request.once('error', reject)
    request.once('close', () => {
      clearTimeout(patience)
      reject(new Refusal(400, 'The request ended before its body was complete.'))
    })
  })
}

function tooLarge(): Refusal {
  return new Refusal(413, `The body is larger than ${limitBytes} bytes. Send less.`)
}
