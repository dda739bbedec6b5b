import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pickPort } from '../../src/ports/pick.ts'
import { unsafePorts } from '../../src/ports/unsafe.ts'
import { freePort, isListenedOn, occupy } from '../helpers/ports.ts'

/** A system in which these ports cannot be had, and that hands out those when it is asked for any. */
const system = (refused: Record<number, string> = {}, handedOut: readonly (number | string)[] = []) => {
  const asked: number[] = []
  const any = [...handedOut]
  const tryBind = async (port: number): Promise<number | string> => {
    asked.push(port)
    return port === 0 ? (any.shift() ?? 'EMFILE') : (refused[port] ?? port)
  }
  return { asked, tryBind }
}
const all = (from: number, to: number, errno: string): Record<number, string> =>
  Object.fromEntries(Array.from({ length: to - from + 1 }, (_, i) => [from + i, errno]))

describe('a port by number', () => {
  it('is had', async () => {
    const { asked, tryBind } = system()
    expect(await pickPort(4000, '127.0.0.1', { tryBind })).toEqual({ port: 4000 })
    expect(asked).toEqual([4000])
  })

  it.each(['EADDRINUSE', 'EACCES', 'EADDRNOTAVAIL'])('is not searched further when it is refused (%s)', async (errno) => {
    const { asked, tryBind } = system({ 4000: errno })
    expect(await pickPort(4000, '127.0.0.1', { tryBind })).toEqual({ taken: 4000, errno })
    expect(asked).toEqual([4000])
  })

  it('is had though browsers refuse it, and though it was lost before', async () => {
    const { tryBind } = system()
    expect(await pickPort(6000, '127.0.0.1', { tryBind, avoid: new Set([6000]) })).toMatchObject({ port: 6000 })
  })
})

describe('a preferred port', () => {
  it('is had when it is free', async () => {
    const { asked, tryBind } = system()
    expect(await pickPort({ prefer: 4000 }, '127.0.0.1', { tryBind })).toEqual({ port: 4000 })
    expect(asked).toEqual([4000])
  })

  it.each(['EADDRINUSE', 'EACCES'])('that cannot be had (%s) moves up, one by one', async (errno) => {
    const { asked, tryBind } = system(all(4000, 4002, errno))
    expect(await pickPort({ prefer: 4000 }, '127.0.0.1', { tryBind })).toEqual({ port: 4003 })
    expect(asked).toEqual([4000, 4001, 4002, 4003])
  })

  it('moves over those that browsers refuse, without asking for them', async () => {
    const { asked, tryBind } = system({ 6664: 'EADDRINUSE' })
    expect(await pickPort({ prefer: 6664 }, '127.0.0.1', { tryBind })).toEqual({ port: 6670 })
    expect(asked).toEqual([6664, 6670])
  })

  it('moves over those that were lost before, itself included', async () => {
    const { asked, tryBind } = system()
    expect(await pickPort({ prefer: 4000 }, '127.0.0.1', { tryBind, avoid: new Set([4000, 4001]) })).toEqual({ port: 4002 })
    expect(asked).toEqual([4002])
  })

  it('becomes any when its neighbours are taken, too', async () => {
    const { asked, tryBind } = system(all(4000, 4100, 'EADDRINUSE'), [50_000])
    expect(await pickPort({ prefer: 4000 }, '127.0.0.1', { tryBind })).toEqual({ port: 50_000 })
    expect(asked.at(-1)).toBe(0)
    expect(Math.max(...asked)).toBeLessThan(4100)
  })

  it('never moves beyond the last port', async () => {
    const { asked, tryBind } = system(all(65_530, 65_535, 'EADDRINUSE'), [50_000])
    expect(await pickPort({ prefer: 65_530 }, '127.0.0.1', { tryBind })).toEqual({ port: 50_000 })
    expect(asked).toEqual([65_530, 65_531, 65_532, 65_533, 65_534, 65_535, 0])
  })

  it('is not searched further where the address is not of this machine', async () => {
    const { asked, tryBind } = system({ 4000: 'EADDRNOTAVAIL' })
    expect(await pickPort({ prefer: 4000 }, '192.0.2.1', { tryBind })).toEqual({ taken: 4000, errno: 'EADDRNOTAVAIL' })
    expect(asked).toEqual([4000])
  })

  it('never leads to a port that browsers refuse, that was lost before, or that is taken', async () => {
    const near = fc.integer({ min: 6550, max: 6710 })
    await fc.assert(
      fc.asyncProperty(near, fc.uniqueArray(near), fc.uniqueArray(near), async (prefer, taken, lost) => {
        const { tryBind } = system(Object.fromEntries(taken.map((port) => [port, 'EADDRINUSE'])), [6666, 50_000])
        const picked = await pickPort({ prefer }, '127.0.0.1', { tryBind, avoid: new Set(lost) })
        const port = 'port' in picked ? picked.port : 0
        expect([...taken, ...lost]).not.toContain(port)
        if (port !== prefer) expect(unsafePorts.has(port)).toBe(false)
      }),
    )
  })
})

describe('any port', () => {
  it('is asked for again until it is one that browsers open', async () => {
    const { asked, tryBind } = system({}, [6000, 10_080, 50_000])
    expect(await pickPort('auto', '127.0.0.1', { tryBind })).toEqual({ port: 50_000 })
    expect(asked).toEqual([0, 0, 0])
  })

  it('is asked for again until it is one that was not lost before', async () => {
    const { tryBind } = system({}, [50_000, 50_001])
    expect(await pickPort('auto', '127.0.0.1', { tryBind, avoid: new Set([50_000]) })).toEqual({ port: 50_001 })
  })

  it('is given up where the system has none to give', async () => {
    const { asked, tryBind } = system(
      {},
      Array.from({ length: 1000 }, () => 6000),
    )
    expect(await pickPort('auto', '127.0.0.1', { tryBind })).toEqual({ taken: 0, errno: 'EADDRINUSE' })
    expect(asked.length).toBeLessThan(1000)
  })

  it.each(['EADDRNOTAVAIL', 'EMFILE'])('is not asked for again after %s', async (errno) => {
    const { asked, tryBind } = system({}, [errno, 50_000])
    expect(await pickPort('auto', '192.0.2.1', { tryBind })).toEqual({ taken: 0, errno })
    expect(asked).toEqual([0])
  })
})

describe('of the real system', () => {
  const bound = async (port: number, host: string): Promise<void> => {
    const server = createServer().listen({ port, host })
    await once(server, 'listening')
    expect((server.address() as AddressInfo).port).toBe(port)
    server.close()
    await once(server, 'close')
  }

  it.each(['127.0.0.1', '::1', '0.0.0.0', 'localhost'])(
    'a free port by number on %s is had, and nobody listens on it then',
    async (host) => {
      const port = await freePort()
      expect(await pickPort(port, host)).toEqual({ port })
      expect(isListenedOn(port)).toBe(false)
      await bound(port, host)
    },
  )

  it.each(['127.0.0.1', '::1'])('a port by number that somebody has on %s is taken', async (host) => {
    const port = await freePort()
    await using _stranger = await occupy(port, host)
    expect(await pickPort(port, host)).toEqual({ taken: port, errno: 'EADDRINUSE' })
  })

  it('a port that somebody has on the wildcard is taken', async () => {
    const port = await freePort()
    await using _stranger = await occupy(port, '0.0.0.0')
    expect(await pickPort(port, '127.0.0.1')).toEqual({ taken: port, errno: 'EADDRINUSE' })
  })

  it('a preferred port that somebody has moves to another', async () => {
    const port = await freePort()
    await using _stranger = await occupy(port)
    const picked = await pickPort({ prefer: port }, '127.0.0.1')
    expect(picked).toEqual({ port: expect.any(Number) })
    expect(picked).not.toEqual({ port })
  })

  it('any port is one that browsers open, and can be had at once', async () => {
    for (const host of ['127.0.0.1', '::1']) {
      const picked = await pickPort('auto', host)
      expect(picked).toEqual({ port: expect.any(Number) })
      const { port } = picked as { port: number }
      expect(unsafePorts.has(port)).toBe(false)
      await bound(port, host)
    }
  })

  it('an address that this machine does not have is told as that', async () => {
    expect(await pickPort('auto', '192.0.2.1')).toEqual({ taken: 0, errno: 'EADDRNOTAVAIL' })
    expect(await pickPort({ prefer: 40_000 }, '192.0.2.1')).toEqual({ taken: 40_000, errno: 'EADDRNOTAVAIL' })
  })

  it('a number that is no port is refused, and was to be refused before', async () => {
    await expect(pickPort(70_000, '127.0.0.1')).rejects.toMatchObject({ code: 'ERR_SOCKET_BAD_PORT' })
  })
})
