import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import type { WebSocket } from 'ws'
import { FakeClock } from '../helpers/fake-clock.ts'
import { freePort } from '../helpers/ports.ts'
import { until } from '../helpers/processes.ts'
import { createUpgradeScene, message, switching, upgradeText } from './upgrade-scene.ts'

const welcome = (socket: WebSocket): void => socket.send('welcome')
const bodyOf = (text: string): Record<string, unknown> => JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4)) as Record<string, unknown>

describe('an upgrade that comes too early', () => {
  test('waits while the backend restarts, and is opened then', async () => {
    await using scene = await createUpgradeScene()
    await scene.backend(welcome)
    scene.upstream.crashed()
    const client = scene.client()
    await until('it waits', () => scene.counters.waiting === 1)
    expect(scene.counters.active).toBe(0)
    scene.upstream.starting()
    await scene.backend((socket) => socket.send('second'))
    expect((await message(client)).data.toString()).toBe('second')
    expect(scene.counters).toMatchObject({ upgrades: 1, held: 1, waiting: 0, active: 1 })
  })

  test('is told why, where the backend is given up meanwhile', async () => {
    await using scene = await createUpgradeScene()
    scene.upstream.starting()
    const raw = scene.raw()
    await until('it waits', () => scene.counters.waiting === 1)
    scene.upstream.gaveUp()
    const text = await raw.ended()
    expect(text).toMatch(/^HTTP\/1\.1 503 /)
    expect(bodyOf(text)).toMatchObject({ status: 503, reason: 'backend-failed' })
    const late = await scene.raw().ended()
    expect(bodyOf(late)).toMatchObject({ status: 503, reason: 'backend-failed' })
    expect(scene.counters.unavailable).toBe(2)
  })

  test('gives its place up when its client leaves', async () => {
    await using scene = await createUpgradeScene()
    scene.upstream.starting()
    const [proper, abrupt] = [scene.raw(), scene.raw()]
    await until('both wait', () => scene.counters.waiting === 2)
    proper.socket.end()
    abrupt.socket.resetAndDestroy()
    await until('nobody waits', () => scene.counters.waiting === 0)
    let connections = 0
    await scene.rawBackend(() => {
      connections += 1
    })
    expect(connections).toBe(0)
    expect(scene.upgrades.count).toBe(0)
  })

  test('may say something already, which the backend gets in order after its 101', async () => {
    await using scene = await createUpgradeScene()
    scene.upstream.starting()
    const pieces = ['first ', 'second ', 'third '].map((piece) => piece.repeat(2000))
    const raw = scene.raw(upgradeText(scene.port) + pieces[0])
    await until('it waits', () => scene.counters.waiting === 1)
    raw.socket.write(pieces[1] ?? '')
    let head = ''
    let rest = ''
    await scene.rawBackend((socket) => {
      socket.once('data', (chunk: Buffer) => {
        head = chunk.toString()
        raw.socket.write(pieces[2] ?? '')
        socket.write(switching(chunk))
        socket.on('data', (more: Buffer) => {
          rest += more.toString()
        })
      })
    })
    await until('all has come', () => rest.length >= pieces.join('').length)
    expect(rest).toBe(pieces.join(''))
    expect(head.endsWith('\r\n\r\n')).toBe(true)
    raw.socket.destroy()
  })

  test('cannot fill the memory meanwhile', async () => {
    await using scene = await createUpgradeScene()
    scene.upstream.starting()
    const raw = scene.raw()
    const total = 32 * 1024 * 1024
    const piece = Buffer.alloc(64 * 1024, 'x')
    for (let sent = 0; sent < total; sent += piece.length) raw.socket.write(piece)
    let last = -1
    let still = 0
    await until('nothing more is taken', () => {
      const taken = total - raw.socket.writableLength
      still = taken === last ? still + 1 : 0
      last = taken
      return still > 30
    })
    expect(last).toBeLessThan(12 * 1024 * 1024)
    let come = 0
    await scene.rawBackend((socket) => {
      socket.once('data', (head: Buffer) => {
        socket.write(switching(head))
        socket.on('data', (chunk: Buffer) => {
          come += chunk.length
        })
      })
    })
    await until('all has come', () => come === total)
    raw.socket.destroy()
  })

  test('is one of too many', async () => {
    await using scene = await createUpgradeScene({ hold: { maxPending: 2000, timeoutMs: 60_000 } })
    scene.upstream.starting()
    const waiting = Array.from({ length: 1000 }, () => connect(scene.port, '127.0.0.1').on('error', () => {}))
    for (const socket of waiting) socket.write(upgradeText(scene.port))
    await until('1000 wait', () => scene.upgrades.count === 1000)
    const text = await scene.raw().ended()
    expect(text).toMatch(/^HTTP\/1\.1 503 /)
    expect(bodyOf(text)).toMatchObject({ reason: 'too-many-websockets' })
    for (const socket of waiting) socket.destroy()
    await until('nobody waits', () => scene.upgrades.count === 0)
    const next = scene.raw()
    await until('one waits', () => scene.counters.waiting === 1)
    next.socket.destroy()
  })

  test('is closed with the door', async () => {
    await using scene = await createUpgradeScene()
    scene.upstream.starting()
    const waits = scene.raw()
    await until('it waits', () => scene.counters.waiting === 1)
    scene.upgrades.close()
    await waits.ended()
    await until('nobody waits', () => scene.counters.waiting === 0)
  })
})

describe('an upgrade whose backend', () => {
  test('takes no connection waits for one that does', async () => {
    await using scene = await createUpgradeScene()
    scene.upstream.ready(await freePort())
    const client = scene.client()
    await until('it waits', () => scene.counters.waiting === 1)
    scene.upstream.crashed()
    scene.upstream.starting()
    await scene.backend(welcome)
    expect((await message(client)).data.toString()).toBe('welcome')
    expect(scene.counters).toMatchObject({ repeated: 0, lost: 0 })
  })

  test('takes no connection for a moment is asked again', async () => {
    await using scene = await createUpgradeScene()
    const port = await freePort()
    scene.upstream.ready(port)
    const client = scene.client()
    await until('it waits', () => scene.counters.waiting === 1)
    const { createServer } = await import('node:net')
    const server = createServer((socket) => socket.once('data', () => socket.end('HTTP/1.1 204 No Content\r\n\r\n')))
    server.listen(port, '127.0.0.1')
    const [, { statusCode }] = await once(client, 'unexpected-response')
    expect(statusCode).toBe(204)
    server.close()
  })

  test('dies before it answers is asked once more, when it is back', async () => {
    await using scene = await createUpgradeScene()
    const asked = await scene.rawBackend((socket) => {
      socket.once('data', () => {
        scene.upstream.crashed()
        socket.resetAndDestroy()
      })
    })
    const client = scene.client()
    await until('it waits', () => scene.counters.waiting === 1)
    expect(asked.listening).toBe(true)
    await scene.backend(welcome)
    expect((await message(client)).data.toString()).toBe('welcome')
    expect(scene.counters).toMatchObject({ repeated: 1, lost: 0 })
  })

  test('dies in the middle of its answer is not asked again: it may have let somebody in', async () => {
    await using scene = await createUpgradeScene()
    await scene.rawBackend((socket) => {
      socket.once('data', () => {
        scene.upstream.crashed()
        socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgr', () => socket.resetAndDestroy())
      })
    })
    const [, { statusCode }] = await once(scene.client(), 'unexpected-response')
    expect(statusCode).toBe(502)
    expect(scene.counters).toMatchObject({ repeated: 0, lost: 1 })
  })

  test('dies twice over it is told to be the suspect', async () => {
    await using scene = await createUpgradeScene()
    let asked = 0
    const dies = (socket: Socket): void => {
      socket.once('data', () => {
        asked += 1
        scene.upstream.crashed()
        socket.destroy()
      })
    }
    await scene.rawBackend(dies)
    const raw = scene.raw(upgradeText(scene.port, '/killer?x=1'))
    await until('it waits', () => scene.counters.waiting === 1)
    await scene.rawBackend(dies)
    const text = await raw.ended()
    expect(text).toMatch(/^HTTP\/1\.1 502 /)
    expect(bodyOf(text)).toMatchObject({ status: 502, reason: 'suspect', suspect: { method: 'GET', path: '/killer?x=1' } })
    expect(asked).toBe(2)
    expect(scene.counters).toMatchObject({ repeated: 1, lost: 1, active: 0 })
  })

  test('is silent is given 60 s', async () => {
    const clock = new FakeClock()
    await using scene = await createUpgradeScene({ clock })
    let asked = false
    await scene.rawBackend((socket) => {
      socket.once('data', () => {
        asked = true
      })
    })
    const raw = scene.raw()
    await until('it was asked', () => asked)
    await clock.advance(59_000)
    expect(raw.text()).toBe('')
    await clock.advance(1000)
    await until('it is answered', () => raw.text() !== '')
    expect(raw.text()).toMatch(/^HTTP\/1\.1 504 /)
    expect((await raw.ended()).length).toBeGreaterThan(0)
    raw.socket.destroy()
    await until('its linger is over', () => clock.pending === 0)
  })

  test('has ended, and left its connection to another process, is given up', async () => {
    const clock = new FakeClock()
    await using scene = await createUpgradeScene({ clock })
    let asked = false
    await scene.rawBackend((socket) => {
      socket.once('data', () => {
        asked = true
      })
    })
    const raw = scene.raw()
    await until('it was asked', () => asked)
    scene.upstream.crashed()
    await clock.advance(1000)
    await until('it waits', () => scene.counters.waiting === 1)
    raw.socket.destroy()
    await until('nobody waits', () => scene.counters.waiting === 0)
  })

  test('is asked by one that leaves hears of it', async () => {
    await using scene = await createUpgradeScene()
    let ended = 0
    await scene.rawBackend((socket) => {
      socket.once('data', () => raw.socket.destroy())
      socket.on('end', () => {
        ended += 1
        socket.end()
      })
    })
    const raw = scene.raw()
    await until('the backend heard of it', () => ended === 1)
    expect(scene.counters).toMatchObject({ active: 0, repeated: 0 })
  })
})

test('a thousand clients that are gone right after they have asked harm nobody', async () => {
  await using scene = await createUpgradeScene()
  await scene.backend(welcome)
  const warnings: Error[] = []
  const onWarning = (warning: Error): number => warnings.push(warning)
  process.on('warning', onWarning)
  for (let round = 0; round < 20; round += 1) {
    if (round === 10) scene.upstream.crashed()
    await Promise.all(
      Array.from({ length: 50 }, async (_nothing, at) => {
        const socket = connect(scene.port, '127.0.0.1').on('error', () => {})
        await once(socket, 'connect')
        socket.write(upgradeText(scene.port), () => (at % 2 === 0 ? socket.resetAndDestroy() : socket.destroy()))
        await once(socket, 'close')
      }),
    )
  }
  await until('nobody is left', () => scene.upgrades.count === 0 && scene.counters.active === 0 && scene.counters.waiting === 0)
  process.off('warning', onWarning)
  expect(warnings).toEqual([])
})
