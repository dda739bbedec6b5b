import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { type HolderWorld, holdersOf, nearbyListeners, type Relation } from '../../../src/doctor/look/holders.ts'
import type { Listener, OwnedListener } from '../../../src/ports/owners.ts'
import { processFactsFor } from '../../../src/process/facts.ts'
import type { ProcessRow } from '../../../src/process/table.ts'
import { freePort, occupy } from '../../helpers/ports.ts'
import { isAlive, until } from '../../helpers/processes.ts'
import { createTemp } from '../../helpers/temp.ts'
import { asNobody, createWorld } from '../../process/world.ts'
import { here, listens, portIn, python } from './scene.ts'

const foreign: Relation = { relation: 'foreign', service: null }
const world: HolderWorld = { ...here, facts: processFactsFor('linux'), relationOf: () => foreign }

describe('the holder of a port', () => {
  it('is who listens there, with all that is known of it', async () => {
    await using scene = createWorld()
    const { pid, said } = await scene.node(listens('127.0.0.1'))
    const port = portIn(said)
    await until('it accepts', async () => (await holdersOf(port, world))[0]?.accepts === true)
    const began = Date.now()
    const [holder, ...others] = await holdersOf(port, world)
    expect(others).toEqual([])
    expect(holder).toMatchObject({
      listener: { family: 'ipv4', address: '127.0.0.1', port, acceptQueue: 0, pid },
      process: { pid, name: 'node', state: 'S' },
      user: process.getuid?.() === 0 ? 'root' : expect.any(String),
      ...{ relation: 'foreign', service: null, accepts: true, adopted: false },
    })
    expect(Math.abs(began - Date.parse(holder?.startedAt ?? ''))).toBeLessThan(60_000)
  })

  it('is nobody where nobody listens, nor where a connection has just been closed', async () => {
    const port = await freePort()
    expect(await holdersOf(port, world)).toEqual([])
    const server = createServer((socket) => socket.end()).listen({ port, host: '127.0.0.1' })
    await once(server, 'listening')
    const client = connect(port, '127.0.0.1').resume()
    await once(client, 'close')
    server.close()
    await once(server, 'close')
    expect(await holdersOf(port, world)).toEqual([])
  })

  it('is one for each address', async () => {
    const port = await freePort()
    await using _first = await occupy(port, '127.0.0.1')
    await using _second = await occupy(port, '127.0.0.2')
    const holders = await holdersOf(port, world)
    expect(holders.map(({ listener }) => [listener.address, listener.pid])).toEqual([
      ['127.0.0.1', process.pid],
      ['127.0.0.2', process.pid],
    ])
  })

  it('has the relation that its certificate proves', async () => {
    await using scene = createWorld()
    const { pid, said } = await scene.node(listens('127.0.0.1'), { env: { JARVIS_INSTANCE: 'prefix.one' } })
    const relationOf = (row: ProcessRow, certificate: string | undefined): Relation =>
      row.pid === pid && certificate === 'prefix.one' ? { relation: 'carries-certificate', service: 'api' } : foreign
    expect(await holdersOf(portIn(said), { ...world, relationOf })).toMatchObject([{ relation: 'carries-certificate', service: 'api' }])
  })

  it('is the one that has bound the socket, of a cluster; it accepts as its workers do', async () => {
    await using scene = createWorld()
    using temp = createTemp()
    // without a schedule, the primary only binds
    const script = temp.file(
      'cluster.cjs',
      `const cluster = require('node:cluster')
      cluster.schedulingPolicy = cluster.SCHED_NONE
      if (cluster.isWorker) require('net').createServer().listen(0, '127.0.0.1')
      else {
        const worker = cluster.fork()
        cluster.on('listening', (_, { port }) => console.log(JSON.stringify({ port, worker: worker.process.pid })))
      }`,
    )
    const { pid, said } = await scene.run(process.execPath, [script])
    const port = (JSON.parse(said) as { port: number }).port
    await until('its worker accepts', async () => (await holdersOf(port, world))[0]?.accepts === true)
    expect(await holdersOf(port, world)).toMatchObject([{ process: { pid }, accepts: true }])
  })

  it('that was left by its parent is adopted, and does not accept', async () => {
    await using scene = createWorld()
    const started = await scene.node(`
      const server = require('net').createServer().listen(0, '127.0.0.1', () => {
        const child = require('child_process').spawn('sleep', ['1000'], { stdio: ['ignore', 'ignore', 'ignore', server._handle.fd] })
        child.on('spawn', () => console.log(JSON.stringify({ port: server.address().port, child: child.pid })))
      })`)
    const { port, child } = JSON.parse(started.said) as { port: number; child: number }
    await until('both have it', async () => (await holdersOf(port, world))[0]?.accepts === true)
    expect(await holdersOf(port, world)).toMatchObject([{ process: { pid: started.pid }, adopted: false }])
    await scene.end(started)
    expect(isAlive(child)).toBe(true)
    expect(await holdersOf(port, world)).toMatchObject([{ process: { pid: child, name: 'sleep' }, accepts: false }])
    // wherever orphans go on this machine
    const parent = here.table.identify(child)?.ppid
    expect((await holdersOf(port, world))[0]?.adopted).toBe(
      parent === 1 || /^(?:systemd|init|tini)/.test(here.table.identify(parent!)?.name ?? ''),
    )
  })

  it.skipIf(process.geteuid?.() !== 0)('that belongs to somebody else is not known', async () => {
    await using scene = createWorld()
    const { said } = await scene.node(listens('127.0.0.1'))
    expect(await asNobody(() => holdersOf(portIn(said), world))).toMatchObject([
      { listener: { port: portIn(said), pid: null }, process: null, user: null, relation: 'unknown', accepts: null, adopted: false },
    ])
  })

  it.skipIf(process.geteuid?.() !== 0)('that was given the socket by another user may share it with who cannot be seen', async () => {
    await using scene = createWorld()
    const started = await scene.node(`
      const server = require('net').createServer().listen(0, '127.0.0.1', () => {
        const options = { uid: 65534, cwd: '/', stdio: ['ignore', 'ignore', 'ignore', server._handle.fd] }
        const child = require('child_process').spawn('sleep', ['1000'], options)
        child.on('spawn', () => console.log(JSON.stringify({ port: server.address().port, child: child.pid })))
      })`)
    const { port, child } = JSON.parse(started.said) as { port: number; child: number }
    await scene.end(started)
    await until('it sleeps', async () => (await holdersOf(port, world))[0]?.accepts === false)
    expect(await asNobody(() => holdersOf(port, world))).toMatchObject([{ process: { pid: child }, accepts: null }])
  })

  it.skipIf(python === '')('of several sockets on one address is named once', async () => {
    await using scene = createWorld()
    const script = `import socket, time
def listen(port):
    s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1); s.bind(('127.0.0.1', port)); s.listen(); return s
a = listen(0); port = a.getsockname()[1]; b = listen(port)
print('{"port":%d}' % port, flush=True); time.sleep(1000)`
    const { said } = await scene.run(python, ['-c', script])
    expect(await holdersOf(portIn(said), world)).toHaveLength(1)
  })

  it('is nobody where it cannot be told who listens', async () => {
    await using held = await occupy(await freePort())
    const { port } = held.server.address() as { port: number }
    expect(await holdersOf(port, { ...world, owners: null })).toEqual([])
  })
})

describe('elsewhere than on Linux', () => {
  const row: ProcessRow = {
    pid: 4711,
    ppid: 90,
    pgid: 0,
    state: '',
    name: 'node.exe',
    startTime: '2026-11-20T09:41:00.1234567Z',
    bootId: '',
  }
  const listener: OwnedListener = {
    family: 'ipv4',
    address: '127.0.0.1',
    port: 80,
    socket: '4711 127.0.0.1 80',
    acceptQueue: -1,
    owner: row,
  }
  const windows = (rows: readonly ProcessRow[]): HolderWorld => ({
    ...world,
    platform: 'win32',
    table: { ...here.table, list: async () => [...rows], usageOf: () => undefined, commandOf: () => 'node server.js' },
    owners: { ...here.owners!, listeners: async () => [listener], ownersOf: async () => [listener] },
    facts: processFactsFor('win32'),
  })

  it('the start is a date already, and whether it accepts is not told', async () => {
    const parent = { ...row, pid: 90, ppid: 1 }
    expect(await holdersOf(80, windows([row, parent]))).toMatchObject([
      { startedAt: '2026-11-20T09:41:00.123Z', accepts: null, adopted: false, process: { command: 'node server.js' } },
    ])
  })

  it('a parent that is not there has ended', async () => {
    expect(await holdersOf(80, windows([row]))).toMatchObject([{ adopted: true }])
  })
})

describe('listeners near by', () => {
  const listener = (port: number, address = '127.0.0.1', family: Listener['family'] = 'ipv4'): Listener => ({
    family,
    address,
    port,
    socket: `${port}`,
    acceptQueue: 0,
  })
  const among = (listeners: Listener[]): HolderWorld => ({
    ...world,
    owners: {
      ...here.owners!,
      listeners: async () => listeners,
      ownersOf: async (asked) => (await asked).map((one) => ({ ...one, owner: undefined })),
    },
  })
  const portsNear = async (port: number, listeners: Listener[]): Promise<number[]> =>
    (await nearbyListeners(port, among(listeners))).map((holder) => holder.listener.port)

  it('are those with the nearest numbers, and not the port itself', async () => {
    expect(await portsNear(3000, [listener(22), listener(3002), listener(3000), listener(2999), listener(3001)])).toEqual([
      2999, 3001, 3002, 22,
    ])
  })

  it('are those that the loopback reaches', async () => {
    const local = [
      listener(1),
      listener(2, '0.0.0.0'),
      listener(3, '::', 'ipv6'),
      listener(4, '::1', 'ipv6'),
      listener(5, '::ffff:127.0.0.1', 'ipv6'),
    ]
    expect(await portsNear(0, [...local, listener(6, '192.0.2.1'), listener(7, 'fe80::1', 'ipv6')])).toEqual([1, 2, 3, 4, 5])
  })

  it('are twenty at most', async () => {
    expect(
      await portsNear(
        0,
        Array.from({ length: 30 }, (_, index) => listener(index + 1)),
      ),
    ).toHaveLength(20)
  })

  it('are named', async () => {
    const port = await freePort()
    await using _held = await occupy(port)
    const near = await nearbyListeners(port + 1, world)
    expect(near.find((holder) => holder.listener.port === port)).toMatchObject({
      process: { pid: process.pid, cpuPercent: null },
      accepts: null,
    })
  })
})
