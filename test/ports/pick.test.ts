import { describe, expect, it } from 'vitest'
import { type PickedPort, type PickOptions, type PortWish, pickPort } from '../../src/ports/pick.ts'
import { tryBindOn } from '../../src/ports/try-bind.ts'
import { unsafePorts } from '../../src/ports/unsafe.ts'
import { freePort, occupy } from '../helpers/ports.ts'
import { holdings, surplus } from '../helpers/processes.ts'

const host = '127.0.0.1'

/** A machine where `taken` cannot be had, and that hands out `free` one after the other. */
const machine = (taken: Readonly<Record<number, string>>, free: readonly number[] = []) => {
  const asked: number[] = []
  const next = [...free]
  const tryBind: PickOptions['tryBind'] = async (port) => {
    asked.push(port)
    return port === 0 ? (next.shift() ?? 50_000) : (taken[port] ?? port)
  }
  return { asked, tryBind }
}
const range = (from: number, length: number): number[] => Array.from({ length }, (_, i) => from + i)
const allTaken = (errno: string, ...ports: number[]): Record<number, string> => Object.fromEntries(ports.map((port) => [port, errno]))

describe('a port is chosen', () => {
  it.each<[string, PortWish, Record<number, string>, PickedPort]>([
    ['a number that is free', 4000, {}, { port: 4000 }],
    ['a number that is taken stays', 4000, { 4000: 'EADDRINUSE' }, { taken: 4000, errno: 'EADDRINUSE' }],
    ['a number that is kept back stays', 80, { 80: 'EACCES' }, { taken: 80, errno: 'EACCES' }],
    ['a number that browsers refuse is had, and it is said', 6000, {}, { port: 6000, unsafe: true }],
    ['any', 'auto', {}, { port: 50_000 }],
    ['the preferred', { prefer: 4000 }, {}, { port: 4000 }],
    ['the next to the preferred', { prefer: 4000 }, { 4000: 'EADDRINUSE', 4001: 'EADDRINUSE' }, { port: 4002 }],
    ['the next to what Windows keeps back', { prefer: 4000 }, { 4000: 'EACCES' }, { port: 4001 }],
    ['the next that browsers open', { prefer: 6664 }, { 6664: 'EADDRINUSE' }, { port: 6670 }],
    ['any when its neighbours are taken', { prefer: 4000 }, allTaken('EADDRINUSE', ...range(4000, 21)), { port: 50_000 }],
    ['any when there is no higher one', { prefer: 65_535 }, { 65535: 'EADDRINUSE' }, { port: 50_000 }],
    ['none where moving does not help', { prefer: 4000 }, { 4000: 'EADDRNOTAVAIL' }, { taken: 4000, errno: 'EADDRNOTAVAIL' }],
    ['none in a sandbox', { prefer: 4000 }, { 4000: 'EPERM' }, { taken: 4000, errno: 'EPERM' }],
  ])('%s', async (_what, wish, taken, picked) => {
    expect(await pickPort(wish, host, machine(taken))).toEqual(picked)
  })

  it('but not one that browsers refuse, nor one that was lost before', async () => {
    const { tryBind } = machine({}, [6000, 50_001, 10_080, 50_002])
    expect(await pickPort('auto', host, { tryBind, avoid: new Set([50_001]) })).toEqual({ port: 50_002 })
  })

  it('again where any was taken on the other loopback', async () => {
    const had = ['EADDRINUSE', 'EADDRINUSE', 50_000]
    expect(await pickPort('auto', 'localhost', { tryBind: async () => had.shift() ?? 'EPERM' })).toEqual({ port: 50_000 })
  })

  it('not among the neighbours that were lost before', async () => {
    expect(await pickPort({ prefer: 4000 }, host, { ...machine({}), avoid: new Set([4000, 4001]) })).toEqual({ port: 4002 })
  })

  it('with an end, where every port is taken', async () => {
    const asked: number[] = []
    const tryBind = async (port: number): Promise<string> => {
      asked.push(port)
      return 'EADDRINUSE'
    }
    expect(await pickPort({ prefer: 4000 }, host, { tryBind })).toEqual({ taken: 0, errno: 'EADDRINUSE' })
    expect(asked.length).toBeLessThan(50)
  })

  it('not at all on an address that this machine does not have', async () => {
    expect(await pickPort('auto', '192.0.2.1')).toEqual({ taken: 0, errno: 'EADDRNOTAVAIL' })
    expect(await pickPort({ prefer: 4000 }, '192.0.2.1')).toEqual({ taken: 4000, errno: 'EADDRNOTAVAIL' })
  })
})

describe('a real port', () => {
  it('can be had again at once, and nothing of the try is left', async () => {
    const before = holdings()
    const picked = await pickPort('auto', host)
    if (!('port' in picked)) throw new Error(`${picked.errno}`)
    await using _server = await occupy(picked.port)
    expect(unsafePorts.has(picked.port)).toBe(false)
    expect(surplus(before, holdings()).filter((what) => what.startsWith('fd socket'))).toHaveLength(1)
  })

  it.each<[listening: string, wanted: string]>([
    ['127.0.0.1', '127.0.0.1'],
    ['0.0.0.0', '127.0.0.1'],
    ['::', '127.0.0.1'],
    ['127.0.0.1', '0.0.0.0'],
    ['127.0.0.1', '::'],
    ['::1', '::1'],
    ['127.0.0.1', 'localhost'],
    ['::1', 'localhost'],
  ])('that a stranger has on %s cannot be had on %s', async (listening, wanted) => {
    const port = await freePort()
    await using _stranger = await occupy(port, listening)
    expect(await pickPort(port, wanted)).toEqual({ taken: port, errno: 'EADDRINUSE' })
    const moved = await pickPort({ prefer: port }, wanted)
    expect('port' in moved && moved.port).not.toBe(port)
  })

  it('that a stranger has in the other family can be had', async () => {
    const port = await freePort()
    await using _stranger = await occupy(port, '::1')
    expect(await pickPort(port, '127.0.0.1')).toEqual({ port })
  })

  it('is tried by a connection, too, where a bind proves nothing', async () => {
    const port = await freePort()
    expect(await tryBindOn('darwin')(port, host)).toBe(port)
  })
})

it('the ports that browsers refuse are those that fetch refuses', async () => {
  const refused = async (port: number): Promise<boolean> => {
    const { cause } = await fetch(`http://127.0.0.1:${port}/`, { method: 'HEAD' }).then(
      () => ({ cause: undefined }),
      (error: Error) => error,
    )
    return (cause as Error | undefined)?.message === 'bad port'
  }
  const ports = [...unsafePorts].filter((port) => port !== 0)
  expect(await Promise.all(ports.map(refused))).toEqual(ports.map(() => true))
})
