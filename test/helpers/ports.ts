import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer as createHttpServer, type IncomingMessage, request, type Server } from 'node:http'
import { createServer } from 'node:net'

/** A port that nobody has, below those that the system hands out: nobody gets it by chance before it is used. */
export const freePort = async (): Promise<number> => {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    const server = createServer().listen({ port, host: '::' })
    const bound = await Promise.race([once(server, 'listening').then(() => true), once(server, 'error').then(() => false)])
    if (!bound) continue
    server.close()
    await once(server, 'close')
    return port
  }
}

/** Whether anything listens on this port, on whatever address. */
export const isListenedOn = (port: number): boolean => {
  const hex = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return ['/proc/net/tcp', '/proc/net/tcp6'].some((file) =>
    readFileSync(file, 'latin1')
      .split('\n')
      .some((row) => {
        const [, local = '', , state] = row.trim().split(/\s+/)
        return state === '0A' && local.endsWith(hex)
      }),
  )
}

export interface Occupant extends AsyncDisposable {
  readonly server: Server
}

/**
 * A stranger on a port, in this process, that answers 200 to everything. Called without being awaited it has the port
 * before anything that asks for it afterwards.
 */
export const occupy = async (port: number, host = '127.0.0.1'): Promise<Occupant> => {
  const server = createHttpServer((_request, response) => response.end('stranger')).listen({ port, host, exclusive: true })
  await once(server, 'listening')
  return {
    server,
    [Symbol.asyncDispose]: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

export interface Answer {
  readonly status: number
  readonly body: string
}

/** One request on a connection of its own, which leaves nothing open. */
export const ask = async (url: string, method: 'GET' | 'POST' = 'GET', body?: Buffer | string): Promise<Answer> => {
  const response = await open(url, method, body)
  const chunks: Buffer[] = await response.toArray()
  return { status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }
}

/** As `ask`, but the answer is still to be read: for streams. */
export const open = (url: string, method: 'GET' | 'POST' = 'GET', body?: Buffer | string): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const question = request(url, { method, agent: false, headers: { connection: 'close' } }, resolve)
    question.on('error', reject)
    question.end(body)
  })
