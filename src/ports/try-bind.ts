import { connect, createServer } from 'node:net'
import { errnoOf } from '../errors.ts'

/** Binds and lets go again: the port that was had (0 asks for any), or the system's error code. */
export type TryBind = (port: number, host: string) => Promise<number | string>

/** `localhost` is whichever loopback a client tries first: a stranger on either of them would be in the way. */
const loopbacks = ['127.0.0.1', '::1']
const withoutIpv6 = ['EADDRNOTAVAIL', 'EAFNOSUPPORT']

export const tryBindOn =
  (platform: NodeJS.Platform): TryBind =>
  async (port, host) => {
    const [first = host, second] = host === 'localhost' ? loopbacks : [host]
    const bound = await bind(port, first)
    if (typeof bound === 'string') return bound
    const also = second === undefined ? bound : await bind(bound, second)
    if (typeof also === 'string' && !withoutIpv6.includes(also)) return also
    // Linux gives a port to one only; elsewhere an address may be bound beside somebody's wildcard
    return platform !== 'linux' && (await answers(bound, first)) ? 'EADDRINUSE' : bound
  }

const bind: TryBind = (port, host) =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error) => resolve(errnoOf(error) ?? error.message))
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address()
      // the descriptor is closed when close() returns, a turn of the event loop before it calls back
      server.close()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })

/** On this machine a connection is refused or made at once. */
const answerMs = 200

const answers = (port: number, host: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ port, host, timeout: answerMs })
    const end = (answered: boolean) => () => {
      socket.destroy()
      resolve(answered)
    }
    socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false))
  })
