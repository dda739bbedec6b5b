import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { lookAtProcess } from '../../../src/doctor/look/process.ts'
import type { ProcessRow, ProcessTable } from '../../../src/process/table.ts'
import { isAlive, until } from '../../helpers/processes.ts'
import { scriptedTools } from '../../process/scripted-tools.ts'
import { createWorld } from '../../process/world.ts'
import { hasNamespaces, here, listens, portIn, python, waits } from './scene.ts'

const nobody = 2 ** 22
const stateOf = (pid: number): string => /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1] ?? ''
const wchanOf = (pid: number): string => readFileSync(`/proc/${pid}/wchan`, 'latin1')

describe('a process', () => {
  it('that sleeps has its name, its command and where it sleeps, and uses no processor', async () => {
    await using world = createWorld()
    const { pid } = await world.node(waits)
    await until('it has come to rest', () => wchanOf(pid).includes('epoll'))
    const seen = await lookAtProcess(pid, here)
    expect(seen).toMatchObject({
      pid,
      ppid: process.pid,
      name: 'node',
      command: `${process.execPath} -e ${waits}`,
      state: 'S',
      otherNetwork: false,
    })
    expect(seen?.wchan).toMatch(/epoll|ep_poll/)
    expect(seen?.cpuPercent).toBeLessThan(50)
    expect(seen).not.toHaveProperty('ownListeners')
  })

  it('that never rests uses its core', async () => {
    await using world = createWorld()
    const { pid } = await world.node("console.log('up'); for (;;);")
    expect(await lookAtProcess(pid, here)).toMatchObject({ state: 'R', wchan: '' })
    // how much of a core it gets is up to all else that runs on this machine
    await until('it has a good part of a core', async () => ((await lookAtProcess(pid, here))?.cpuPercent ?? 0) > 20)
  })

  it('that is suspended is in state T', async () => {
    await using world = createWorld()
    const { pid } = await world.node(waits)
    process.kill(pid, 'SIGSTOP')
    await until('it is suspended', () => stateOf(pid) === 'T')
    expect(await lookAtProcess(pid, here)).toMatchObject({ state: 'T', cpuPercent: 0 })
  })

  it('whose output nobody reads waits in the pipe', async () => {
    await using world = createWorld()
    const { pid, child } = await world.node(
      "const fs = require('fs'); fs.writeSync(1, 'up\\n'); for (;;) fs.writeSync(1, Buffer.alloc(1e6, 'x'))",
    )
    child.stdout?.pause()
    await until('it waits', () => /pipe_write|sock_alloc_send_pskb|unix_/.test(wchanOf(pid)))
    const seen = await lookAtProcess(pid, here)
    expect(seen?.wchan).toMatch(/pipe_write|sock_alloc_send_pskb|unix_/)
    expect(seen).toMatchObject({ state: 'S', cpuPercent: 0 })
  })

  it.skipIf(python === '')('that sleeps uninterruptibly is seen in time', async () => {
    await using world = createWorld()
    // the parent of a vfork sleeps until its child lets its memory go
    const script = "import ctypes, os, time; print('up', flush=True); ctypes.CDLL(None).vfork(); time.sleep(1000)"
    const { pid } = await world.run(python, ['-c', script])
    await until('it waits for its child', () => stateOf(pid) === 'D')
    expect(await lookAtProcess(pid, here)).toMatchObject({ pid, state: 'D', command: expect.stringContaining('vfork') })
  })

  it('with a secret in its command keeps it', async () => {
    await using world = createWorld()
    const { pid } = await world.run('sh', ['-c', 'echo up; sleep 1000; :', 'sh', '--api-key', 'abcdefgh12345678'])
    expect((await lookAtProcess(pid, here))?.command).toMatch(/--api-key \[redacted\]$/)
  })

  it('that may not open more has as many descriptors as it may have', async () => {
    await using world = createWorld()
    const exhaust =
      "const fs = require('fs'); try { for (;;) fs.openSync('/dev/null') } catch (e) { fs.writeSync(1, e.code + '\\n') } setInterval(() => {}, 1e6)"
    const { pid, said } = await world.run('sh', ['-c', 'ulimit -n 32; exec "$0" -e "$1"', process.execPath, exhaust])
    expect(said).toBe('EMFILE')
    const { open, limit } = (await lookAtProcess(pid, here))?.descriptors ?? { open: 0, limit: 0 }
    expect(limit).toBe(32)
    // what was inherited with a higher number is beyond the limit
    expect(open).toBeGreaterThanOrEqual(32)
  })

  it.skipIf(!hasNamespaces)('in another network shows what it listens on there', async () => {
    await using world = createWorld()
    const { pid, said } = await world.run('unshare', ['-n', process.execPath, '-e', listens('0.0.0.0')])
    const listener = { family: 'ipv4', address: '0.0.0.0', port: portIn(said), acceptQueue: 0, pid }
    expect(await lookAtProcess(pid, here)).toMatchObject({ otherNetwork: true, ownListeners: [listener] })
  })

  it.skipIf(!hasNamespaces)('in another network shows nothing that others listen on there', async () => {
    await using world = createWorld()
    const child = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify("const s = require('net').createServer().listen(0, () => console.log(JSON.stringify({ port: s.address().port })))")}], { stdio: ['ignore', 'inherit', 'inherit'] })`
    const { pid } = await world.run('unshare', ['-n', process.execPath, '-e', child])
    expect(await lookAtProcess(pid, here)).toMatchObject({ otherNetwork: true, ownListeners: [] })
  })

  it('that has ended and was not waited for is a zombie', async () => {
    await using world = createWorld()
    const { pid, said } = await world.run('sh', ['-c', 'sleep 1000 & echo "{\\"zombie\\":$!}"; exec sleep 1000'])
    const { zombie } = JSON.parse(said) as { zombie: number }
    // a shell would ask how its child ended
    await until('its parent is a sleep', () => here.table.identify(pid)?.name === 'sleep')
    process.kill(zombie, 'SIGKILL')
    await until('it is a zombie', () => stateOf(zombie) === 'Z' && !isAlive(zombie))
    expect(await lookAtProcess(zombie, here)).toMatchObject({
      pid: zombie,
      state: 'Z',
      command: '',
      cpuPercent: null,
      descriptors: null,
      otherNetwork: false,
    })
  })

  it('that is not there is none', async () => {
    expect(await Promise.all([nobody, 0, -1].map((pid) => lookAtProcess(pid, here)))).toEqual([null, null, null])
  })

  it('that ends while it is looked at is told of as far as it was seen', async () => {
    await using world = createWorld()
    const started = await world.node(waits)
    const look = lookAtProcess(started.pid, here)
    await world.end(started)
    expect(await look).toMatchObject({ pid: started.pid, name: 'node' })
  })
})

describe('elsewhere than on Linux', () => {
  const row: ProcessRow = { pid: process.pid, ppid: 1, pgid: 1, state: 'S', name: 'node', startTime: '2026-11-20T09:41:00Z', bootId: '' }
  /** Each list of processes shows 40 ms more of processor time. */
  const table = (others: Partial<ProcessTable> = {}): ProcessTable => {
    let lists = 0
    return {
      identify: (pid) => (pid === row.pid ? row : undefined),
      list: async () => {
        lists += 1
        return [row]
      },
      tree: async () => [row],
      environmentOf: () => undefined,
      commandOf: () => 'node --token abcdefgh12345678',
      usageOf: () => ({ memoryBytes: 1, cpuMs: lists * 40 }),
      ...others,
    }
  }

  it('Windows tells name, command and share of the processor', async () => {
    const seen = await lookAtProcess(row.pid, { platform: 'win32', table: table(), owners: null })
    expect(seen).toMatchObject({ name: 'node', command: 'node --token [redacted]', wchan: '', descriptors: null, otherNetwork: false })
    expect(seen?.cpuPercent).toBeGreaterThan(10)
  })

  it('who is not in the second list is not asked for by himself', async () => {
    let asked = 0
    const usageOf = (): undefined => {
      asked += 1
    }
    await lookAtProcess(row.pid, { platform: 'win32', table: table({ list: async () => [], usageOf }), owners: null })
    expect(asked).toBe(1)
  })

  it('macOS runs ps once for the commands', async () => {
    const tools = scriptedTools(() => `${row.pid} node server.js\n`)
    const seen = await lookAtProcess(row.pid, { platform: 'darwin', table: table(), owners: null, tools })
    expect(seen).toMatchObject({ command: 'node server.js', state: 'S' })
    expect(tools.asked).toEqual([`/bin/ps -ww -o pid=,command= -p ${row.pid}`])
  })
})
