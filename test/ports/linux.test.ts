import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { describe, expect, it } from 'vitest'
import { linuxPortOwners } from '../../src/ports/linux.ts'
import { answering } from '../../src/ports/ownership.ts'
import { readListeners } from '../../src/ports/read-listeners.ts'
import { linuxProcessTable } from '../../src/process/linux.ts'
import { freePort } from '../helpers/ports.ts'
import { until } from '../helpers/processes.ts'
import { asNobody, createWorld } from '../process/world.ts'

const table = linuxProcessTable()
const owners = linuxPortOwners(table)
const hasIpv6 = readFileSync('/proc/net/if_inet6', 'latin1') !== ''

interface Open extends AsyncDisposable {
  readonly server: Server
  readonly port: number
}

const listen = async (host: string, port = 0, ipv6Only = false): Promise<Open> => {
  const server = createServer((socket) => socket.end(`${host}${ipv6Only ? ' only' : ''}`)).listen({ host, port, ipv6Only, exclusive: true })
  await once(server, 'listening')
  return {
    server,
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.close()
      await once(server, 'close')
    },
  }
}

const on = async (port: number) => (await owners.listeners()).filter((listener) => listener.port === port)

/** Listens, and says where. */
const backend = "const server = require('net').createServer().listen(0, '127.0.0.1', () => console.log(server.address().port))"

describe('the listeners of the machine', () => {
  it.each([
    ['127.0.0.1', 'ipv4', '127.0.0.1', true],
    ['0.0.0.0', 'ipv4', '0.0.0.0', true],
    ['::1', 'ipv6', '::1', hasIpv6],
    ['::', 'ipv6', '::', hasIpv6],
    ['::ffff:127.0.0.1', 'ipv6', '::ffff:127.0.0.1', hasIpv6],
  ])('have one on %s', async (host, family, address, possible) => {
    if (!possible) return
    await using open = await listen(host)
    expect(await on(open.port)).toEqual([{ family, address, port: open.port, socket: expect.stringMatching(/^\d+$/), acceptQueue: 0 }])
  })

  it('have none any more when it is closed', async () => {
    const { port } = await (async () => {
      await using open = await listen('127.0.0.1')
      return open
    })()
    expect(await on(port)).toEqual([])
  })

  it('tell how many connections nobody has accepted', async () => {
    await using world = createWorld()
    const { pid, said } = await world.node(backend)
    const port = Number(said)
    process.kill(pid, 'SIGSTOP')
    await until(`${pid} is suspended`, () => table.identify(pid)?.state === 'T')
    const waiting = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')]
    await Promise.all(waiting.map((socket) => once(socket, 'connect')))
    expect(await on(port)).toMatchObject([{ acceptQueue: 2 }])
    for (const socket of waiting) socket.destroy()
  })

  it('are none in a file that is not there', async () => {
    expect(await readListeners('/proc/net/no-such-table', 'ipv6')).toEqual([])
  })
})

/** What a client gets, from a server that says where it listens. */
const reached = async (host: string, port: number): Promise<string | undefined> => {
  const socket = connect(port, host)
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  try {
    await once(socket, 'end')
    return Buffer.concat(chunks).toString()
  } catch {
    return undefined
  } finally {
    socket.destroy()
  }
}

describe.skipIf(!hasIpv6)('the kernel gives a connection to whom we say', () => {
  it.each<[target: string, ...hosts: string[]]>([
    ['127.0.0.1', '127.0.0.1', '::1'],
    ['127.0.0.1', '0.0.0.0', ':: only'],
    ['127.0.0.1', '127.0.0.1', '127.0.0.2', ':: only'],
    ['127.0.0.1', '0.0.0.0', '::1'],
    ['127.0.0.1', '::'],
    ['127.0.0.1', '::ffff:127.0.0.1', '::1'],
    ['127.0.0.1', '::ffff:0.0.0.0', ':: only'],
    ['127.0.0.1', '::1'],
    ['127.0.0.1', '127.0.0.2'],
    ['127.0.0.2', '127.0.0.1', '::1'],
    ['127.0.0.2', '0.0.0.0', ':: only'],
    ['::1', '127.0.0.1', '::1'],
    ['::1', '0.0.0.0', ':: only'],
    ['::1', '::'],
    ['::1', '0.0.0.0'],
    ['::1', '::ffff:127.0.0.1'],
    ['0.0.0.0', '127.0.0.1', '::1'],
    ['0.0.0.0', '0.0.0.0', '::1'],
    ['::', '127.0.0.1', '::1'],
    ['::ffff:127.0.0.1', '127.0.0.1', '::1'],
    ['::ffff:127.0.0.1', '0.0.0.0', ':: only'],
  ])('on %s, where there are %j %j %j', async (target, ...hosts) => {
    const port = await freePort()
    const opened: Open[] = []
    try {
      for (const host of hosts) opened.push(await listen(host.replace(' only', ''), port, host.endsWith(' only')))
      const said = answering({ host: target, port }, await owners.listeners()).map(({ address }) => address)
      const got = await reached(target, port)
      expect(said).toEqual(got === undefined ? [] : [got.replace(' only', '')])
    } finally {
      for (const open of opened) await open[Symbol.asyncDispose]()
    }
  })

  it('but that it refuses IPv4 on [::] cannot be seen', async () => {
    await using open = await listen('::', 0, true)
    const target = { host: '127.0.0.1', port: open.port }
    expect(await reached(target.host, target.port)).toBeUndefined()
    expect(answering(target, await owners.listeners())).toMatchObject([{ address: '::' }])
  })
})

describe('who holds a listener', () => {
  it('is told among the asked processes', async () => {
    await using world = createWorld()
    await using stranger = await listen('127.0.0.1')
    const { pid, said } = await world.node(backend)
    const [[theirs], [ours]] = [await on(Number(said)), await on(stranger.port)]
    expect(await owners.heldBy([pid], [theirs!, ours!])).toEqual([theirs])
    expect(await owners.heldBy([process.pid], [theirs!, ours!])).toEqual([ours])
    expect(await owners.heldBy([pid, process.pid], [theirs!, ours!])).toEqual([theirs, ours])
    expect(await owners.heldBy([], [theirs!, ours!])).toEqual([])
  })

  it('is nobody when the process has ended', async () => {
    await using world = createWorld()
    const started = await world.node(backend)
    const seen = await on(Number(started.said))
    await world.end(started)
    expect(await owners.heldBy([started.pid], seen)).toEqual([])
    expect(await owners.ownersOf(seen)).toEqual([{ ...seen[0], owner: undefined }])
  })

  it('is found among all processes', async () => {
    await using world = createWorld()
    const { pid, said } = await world.node(backend)
    expect(await owners.ownersOf(await on(Number(said)))).toMatchObject([{ address: '127.0.0.1', owner: { pid, ppid: process.pid } }])
  })

  const inheriting = `
    const server = require('net').createServer().listen(0, '127.0.0.1', () => {
      const heir = require('child_process').spawn('sleep', ['1000'], { stdio: ['ignore', 'ignore', 'ignore', server._handle], detached: true })
      heir.on('spawn', () => console.log(JSON.stringify({ heir: heir.pid, port: server.address().port })))
    })`

  it('is who has bound it, and not who has inherited it', async () => {
    await using world = createWorld()
    const { pid, said } = await world.node(inheriting)
    const { port, heir } = JSON.parse(said) as { port: number; heir: number }
    const seen = await on(port)
    expect(await owners.ownersOf(seen)).toMatchObject([{ owner: { pid } }])
    expect(await owners.heldBy([heir], seen)).toEqual(seen)
  })

  it('is the heir when who has bound it has ended', async () => {
    await using world = createWorld()
    const started = await world.node(inheriting)
    const { port, heir } = JSON.parse(started.said) as { port: number; heir: number }
    await world.end(started)
    expect(await owners.ownersOf(await on(port))).toMatchObject([{ owner: { pid: heir, name: 'sleep' } }])
  })

  it('is hidden from who may not look', async () => {
    await using world = createWorld()
    const { pid, said } = process.geteuid!() === 0 ? await world.node(backend) : { pid: 1, said: '0' }
    const seen = await on(Number(said))
    await asNobody(async () => {
      expect(await owners.heldBy([pid], seen)).toEqual([])
      expect(await owners.ownersOf(seen)).toEqual(seen.map((listener) => ({ ...listener, owner: undefined })))
      expect(await owners.canTell([pid])).toBe(false)
      expect(await owners.canTell([process.pid])).toBe(true)
    })
  })

  it('can be told where everything may be read, and of who is gone', async () => {
    await using world = createWorld()
    const started = await world.node(backend)
    expect(await owners.canTell([process.pid, started.pid])).toBe(true)
    await world.end(started)
    expect(await owners.canTell([started.pid])).toBe(true)
  })
})
