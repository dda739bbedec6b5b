import { createServer } from 'node:net'
import { errnoOf } from '../errors.ts'
import { unsafePorts } from './unsafe.ts'

export type PortWish = number | 'auto' | { readonly prefer: number }

export type PickedPort = { readonly port: number } | { readonly taken: number; readonly errno: string }

export interface PickOptions {
  /** Ports that were lost before. */
  readonly avoid?: ReadonlySet<number>
  /** Binds and lets go again: the port that was had (0 asks for any), or the system's error code. */
  readonly tryBind?: (port: number, host: string) => Promise<number | string>
}

/** A port next to the preferred one is easier to remember than any; after that many, any will do. */
const neighbours = 20
/** The system hands out ports at random; those that browsers refuse are one in five hundred. */
const attempts = 20

/**
 * Chooses a port by binding it: nothing else proves that it can be had. What is not strict moves on from a port that is
 * taken (EADDRINUSE) or kept back by the system (EACCES), and never moves to one that browsers refuse.
 */
export const pickPort = async (
  wish: PortWish,
  host: string,
  { avoid = new Set(), tryBind = bind }: PickOptions = {},
): Promise<PickedPort> => {
  if (typeof wish === 'number') {
    const bound = await tryBind(wish, host)
    return typeof bound === 'number' ? { port: bound } : { taken: wish, errno: bound }
  }
  if (wish !== 'auto') {
    const near = await pickNear(wish.prefer, host, avoid, tryBind)
    if (near !== undefined) return near
  }
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const bound = await tryBind(0, host)
    if (typeof bound === 'string') return { taken: 0, errno: bound }
    if (!unsafePorts.has(bound) && !avoid.has(bound)) return { port: bound }
  }
  return { taken: 0, errno: 'EADDRINUSE' }
}

const pickNear = async (
  prefer: number,
  host: string,
  avoid: ReadonlySet<number>,
  tryBind: NonNullable<PickOptions['tryBind']>,
): Promise<PickedPort | undefined> => {
  for (let port = prefer; port <= Math.min(65_535, prefer + neighbours); port += 1) {
    // the preferred port itself was chosen by somebody: that it is unsafe is theirs to know
    if (avoid.has(port) || (port !== prefer && unsafePorts.has(port))) continue
    const bound = await tryBind(port, host)
    if (typeof bound === 'number') return { port: bound }
    if (bound !== 'EADDRINUSE' && bound !== 'EACCES') return { taken: port, errno: bound }
  }
  return undefined
}

const bind = (port: number, host: string): Promise<number | string> =>
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
