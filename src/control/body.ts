import type { IncomingMessage } from 'node:http'

/** The whole body as text; undefined: it is longer than `limit` bytes, and the rest was not read. Rejects when it is broken off. */
export const readText = (message: IncomingMessage, limit: number): Promise<string | undefined> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    message.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= limit) return void chunks.push(chunk)
      message.pause()
      resolve(undefined)
    })
    message.once('end', () => resolve(Buffer.concat(chunks).toString('utf8')))
    message.once('error', reject)
    message.once('close', () => reject(new Error('the connection closed in the middle of a body')))
  })

/** undefined for what is no JSON; JSON has no word for that. */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
