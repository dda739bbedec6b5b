import { type TryBind, tryBindOn } from './try-bind.ts'
import { unsafePorts } from './unsafe.ts'

export type PortWish = number | 'auto' | { readonly prefer: number }

export type PickedPort =
  | {
      readonly port: number
      /** Browsers refuse to open it; only where it was asked for by number. */
      readonly unsafe?: true
    }
  | { readonly taken: number; readonly errno: string }

export interface PickOptions {
  /** Ports that were lost before. */
  readonly avoid?: ReadonlySet<number>
  readonly tryBind?: TryBind
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
  { avoid = new Set(), tryBind = tryBindOn(process.platform) }: PickOptions = {},
): Promise<PickedPort> => {
  if (typeof wish === 'number') {
    const bound = await tryBind(wish, host)
    return typeof bound === 'number' ? picked(bound) : { taken: wish, errno: bound }
  }
  if (wish !== 'auto') {
    const near = await pickNear(wish.prefer, host, avoid, tryBind)
    if (near !== undefined) return near
  }
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const bound = await tryBind(0, host)
    if (bound === 'EADDRINUSE') continue
    if (typeof bound === 'string') return { taken: 0, errno: bound }
    if (!unsafePorts.has(bound) && !avoid.has(bound)) return { port: bound }
  }
  return { taken: 0, errno: 'EADDRINUSE' }
}

const picked = (port: number): PickedPort => ({ port, ...(unsafePorts.has(port) && { unsafe: true }) })

const pickNear = async (prefer: number, host: string, avoid: ReadonlySet<number>, tryBind: TryBind): Promise<PickedPort | undefined> => {
  for (let port = prefer; port <= Math.min(65_535, prefer + neighbours); port += 1) {
    // the preferred port itself was chosen by somebody: that it is unsafe is theirs to know
    if (avoid.has(port) || (port !== prefer && unsafePorts.has(port))) continue
    const bound = await tryBind(port, host)
    if (typeof bound === 'number') return picked(bound)
    if (bound !== 'EADDRINUSE' && bound !== 'EACCES') return { taken: port, errno: bound }
  }
  return undefined
}
