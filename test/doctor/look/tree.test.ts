import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { lookAtTree } from '../../../src/doctor/look/tree.ts'
import { tie } from '../../../src/ports/holders.ts'
import type { ProcessRow } from '../../../src/process/table.ts'
import { until } from '../../helpers/processes.ts'
import { createTemp } from '../../helpers/temp.ts'
import { createWorld } from '../../process/world.ts'
import { here, listens, portIn, waits } from './scene.ts'

const call = async (port: number): Promise<Socket> => {
  const socket = connect({ port, host: '127.0.0.1' })
  await once(socket, 'connect')
  return socket
}

describe('a tree', () => {
  it('has its root first, then what descends from it', async () => {
    await using world = createWorld()
    const { pid, said } = await world.run('sh', ['-c', 'sleep 1000 & a=$!; sleep 1000 & echo "{\\"a\\":$a,\\"b\\":$!}"; wait'])
    const { a, b } = JSON.parse(said) as { a: number; b: number }
    const { processes } = await lookAtTree(pid, here)
    expect(processes.map((one) => one.pid)).toEqual([pid, a, b])
    expect(processes.slice(1).map(({ ppid }) => ppid)).toEqual([pid, pid])
  })

  it('names who of it listens', async () => {
    await using world = createWorld()
    const parent = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(listens('127.0.0.1'))}], { stdio: ['ignore', 'inherit', 'inherit'] })`
    const { pid, said } = await world.node(parent)
    const { listeners, processes } = await lookAtTree(pid, here)
    expect(listeners).toEqual([{ family: 'ipv4', address: '127.0.0.1', port: portIn(said), acceptQueue: 0, pid: processes[1]?.pid }])
    expect(processes[1]?.ppid).toBe(pid)
  })

  it('counts connections that nobody has accepted as waiting, and not as open', async () => {
    await using world = createWorld()
    const { pid, said } = await world.node(listens('127.0.0.1'))
    process.kill(pid, 'SIGSTOP')
    await until('it is suspended', () => here.table.identify(pid)?.state === 'T')
    const socket = await call(portIn(said))
    try {
      const { listeners, established } = await lookAtTree(pid, here)
      expect(listeners[0]?.acceptQueue).toBe(1)
      expect(established).toBe(0)
    } finally {
      socket.destroy()
    }
  })

  it('counts the connections of its ports, and none that it has made itself', async () => {
    await using world = createWorld()
    const other = await world.node(listens('127.0.0.1'))
    const dialled = portIn(other.said)
    const { pid, said } = await world.node(`require('net').connect(${dialled}, '127.0.0.1', () => { ${listens('127.0.0.1')} })`)
    const sockets = [await call(portIn(said)), await call(portIn(said))]
    try {
      await until('both are accepted', async () => (await lookAtTree(pid, here)).listeners[0]?.acceptQueue === 0)
      expect((await lookAtTree(pid, here)).established).toBe(2)
    } finally {
      for (const socket of sockets) socket.destroy()
    }
  })

  it('counts what is left of a port that it has closed, if it is told which that was', async () => {
    await using world = createWorld()
    const { pid, said } = await world.node(
      "const server = require('net').createServer(() => server.close()).listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })))",
    )
    const socket = await call(portIn(said))
    try {
      await until('it has closed', async () => (await lookAtTree(pid, here)).listeners.length === 0)
      expect((await lookAtTree(pid, here)).established).toBe(0)
      expect((await lookAtTree(pid, here, [portIn(said)])).established).toBe(1)
    } finally {
      socket.destroy()
    }
  })

  it('names the Unix sockets that it listens on, and not those that it is connected to', async () => {
    await using world = createWorld()
    using temp = createTemp()
    const path = `${temp.dir}/a socket`
    const script = (on: string): string => `require('net').createServer().listen(${JSON.stringify(on)}, () => console.log('up'))`
    const { pid } = await world.node(script(path))
    expect((await lookAtTree(pid, here)).unixSockets).toEqual([path])
    const client = await world.node(`require('net').connect(${JSON.stringify(path)}, () => console.log('up'))`)
    expect((await lookAtTree(client.pid, here)).unixSockets).toEqual([])
    const abstract = await world.node(script(`\0jarvis-${pid}`))
    expect((await lookAtTree(abstract.pid, here)).unixSockets).toEqual([`@jarvis-${pid}`])
  })

  it('of nobody is empty', async () => {
    expect(await lookAtTree(2 ** 22, here)).toEqual({ processes: [], listeners: [], unixSockets: [], established: 0 })
  })

  it('is cut where it is too large to matter', async () => {
    await using world = createWorld()
    const { pid } = await world.run('sh', ['-c', 'for i in $(seq 250); do sleep 1000 & done; echo up; wait'])
    const { processes } = await lookAtTree(pid, here)
    expect(processes).toHaveLength(200)
    expect(processes[0]?.pid).toBe(pid)
  })

  it('whose members hide what they have open is told without it', async () => {
    await using world = createWorld()
    const { pid } = await world.node(waits)
    expect((await lookAtTree(pid, { ...here, owners: null })).listeners).toEqual([])
  })
})

it('where one look shows listeners with their holders, those of the tree are taken', async () => {
  const row: ProcessRow = { pid: 4711, ppid: 1, pgid: 1, state: 'S', name: 'node', startTime: '2026-11-20T09:41:00Z', bootId: '' }
  const of = (pids: readonly number[], port: number) =>
    ({ family: 'ipv4', address: '127.0.0.1', port, socket: tie(pids, `${port}`), acceptQueue: -1 }) as const
  const listeners = [of([4711, 4712], 80), of([4713], 81)]
  const { listeners: found } = await lookAtTree(4711, {
    platform: 'darwin',
    table: { ...here.table, identify: () => row, list: async () => [row], tree: async () => [row], usageOf: () => undefined },
    owners: { ...here.owners!, listeners: async () => listeners },
  })
  expect(found).toEqual([{ family: 'ipv4', address: '127.0.0.1', port: 80, acceptQueue: -1, pid: 4711 }])
})
