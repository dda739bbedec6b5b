import { describe, expect, it } from 'vitest'
import { darwinProcessTable, darwinTools } from '../../src/process/darwin.ts'
import { certificate, membersOfGroup } from '../../src/process/group.ts'
import type { Said, Tools } from '../../src/process/tool.ts'
import { until } from '../helpers/processes.ts'
import { scriptedTools } from './scripted-tools.ts'
import { createWorld } from './world.ts'

const self = process.pid
const boot = '5E6FFEBE-1F3A-4C0E-9D3B-0F4C5B1B2A3C'
const line = (pid: number, ppid = 1, stat = 'S') =>
  `${String(pid).padStart(5)} ${String(ppid).padStart(5)}   501 Thu Nov  5 09:41:00 2026     ${stat}     1328   0:12.74 node\n`
const failed: Said = { code: 1, text: '', complaint: '' }

/** A Mac on which `processes` run, this one among them. */
const mac = (processes: string, more: (asked: string) => string | Said | undefined = () => failed) => {
  const tools = scriptedTools((asked) => {
    if (asked === '/usr/sbin/sysctl -n kern.bootsessionuuid') return `${boot}\n`
    if (asked.includes('ucomm=')) return processes
    return more(asked)
  })
  return { tools, table: darwinProcessTable(tools) }
}

const row = { pid: self, ppid: 1, pgid: 501, startTime: '2026-11-05T09:41:00Z', bootId: boot, state: 'S', name: 'node' }

describe('identify', () => {
  it('tells who a process is, by its start and the boot', () => {
    const { table, tools } = mac(line(self))
    expect([table.identify(self), table.identify(self)]).toEqual([row, row])
    expect(tools.asked.filter((asked) => asked.startsWith('/usr/sbin/sysctl'))).toHaveLength(1)
    expect(tools.asked[0]).toBe(`/bin/ps -ww -o pid=,ppid=,pgid=,lstart=,stat=,rss=,time=,ucomm= -p ${self}`)
  })

  it.each([
    ['a zombie', mac(line(self, 1, 'Z'))],
    ['who is said to be another', mac(line(self + 1))],
    ['who is not there', mac('')],
    ['of whom ps says nothing', { table: darwinProcessTable(scriptedTools(() => undefined)) }],
    [
      'of whom the boot is not known',
      { table: darwinProcessTable(scriptedTools((asked) => (asked.includes('ps') ? line(self) : failed))) },
    ],
  ])('finds nobody in %s', (_, { table }) => {
    expect(table.identify(self)).toBeUndefined()
  })

  it.each([0, -1, 2 ** 22 + 1, Number.NaN])('runs nothing for %d, whom nobody is', async (pid) => {
    const { table, tools } = mac(line(self))
    expect([table.identify(pid), table.usageOf(pid), table.commandOf(pid), table.environmentOf(pid, 'PATH')]).toEqual([
      ...[undefined, undefined, '', undefined],
    ])
    expect(await table.tree(pid)).toEqual([])
    expect(tools.asked).toEqual([])
  })
})

describe('the tree', () => {
  const processes = line(self, 1) + line(91, self) + line(92, 91) + line(93, 1) + line(94, self, 'Z')

  it('is read with one ps, and with it what its members use', async () => {
    const { table, tools } = mac(processes)
    const tree = await table.tree(self)
    expect(tree.map(({ pid }) => pid)).toEqual([self, 91, 92])
    expect(tree.map(({ pid }) => table.usageOf(pid))).toEqual(Array(3).fill({ memoryBytes: 1328 * 1024, cpuMs: 12_740 }))
    expect(tools.asked.filter((asked) => asked.startsWith('/bin/ps'))).toHaveLength(1)
  })

  it('is not there where ps fails', async () => {
    const table = darwinProcessTable(scriptedTools(() => undefined))
    expect([await table.tree(self), await table.list()]).toEqual([[], []])
  })
})

describe('what a process was started with', () => {
  it('is asked of one process at a time', () => {
    const command = `/bin/ps -ww -o command= -p ${self}`
    const { table } = mac('', (asked) => {
      if (asked === command) return '/usr/local/bin/node a.js\n'
      return asked === command.replace('-o', '-E -o') ? '/usr/local/bin/node a.js HOME=/ JARVIS_INSTANCE=a.b X=1\n' : failed
    })
    expect(table.commandOf(self)).toBe('/usr/local/bin/node a.js')
    expect(table.environmentOf(self, 'JARVIS_INSTANCE')).toBe('a.b')
    expect(table.environmentOf(self, 'OTHER')).toBeUndefined()
  })

  it.each(['(node)', '<defunct>'])('is not %s, which ps says where it knows none', (text) => {
    expect(mac('', () => `${text}\n`).table.commandOf(self)).toBe('')
  })

  it('is asked of all at once after a list: who is in a group costs two looks, however many there are', async () => {
    const { table, tools } = mac(line(self) + line(91, self) + line(92, self), (asked) =>
      asked === '/bin/ps -E -ww -axo pid=,command='
        ? `   91 node A=1 JARVIS_INSTANCE=a.b\n   92 node JARVIS_INSTANCE=a.c\n${self} node\n`
        : failed,
    )
    const { ours, others } = await membersOfGroup(table, 501, 'a.b')
    expect(ours.map(({ pid }) => pid)).toEqual([91])
    expect(others.map(({ pid }) => pid)).toEqual([self, 92])
    expect(tools.asked.filter((asked) => asked.startsWith('/bin/ps'))).toHaveLength(2)
    await membersOfGroup(table, 501, 'a.b')
    expect(tools.asked.filter((asked) => asked.includes('-E'))).toHaveLength(2)
  })
})

it('who came after a list is asked for by itself', async () => {
  const { table, tools } = mac(line(91), (asked) => {
    if (asked === '/bin/ps -E -ww -axo pid=,command=') return '   91 node A=1\n'
    return asked === `/bin/ps -ww -E -o command= -p ${self}` ? 'node A=2\n' : failed
  })
  await table.list()
  expect([table.environmentOf(91, 'A'), table.environmentOf(self, 'A'), table.usageOf(self)]).toEqual(['1', '2', undefined])
  expect(tools.asked.at(-1)).toContain(`ucomm= -p ${self}`)
})

/** The ps of this machine knows the same columns, and a few other things. */
const real = darwinTools()
const hasPs = real.runNow('/bin/ps', ['-o', 'ucomm=', '-p', String(self)])?.code === 0
const withBoot: Tools = {
  run: real.run,
  runNow: (command, args) => (command.endsWith('sysctl') ? { code: 0, text: boot, complaint: '' } : real.runNow(command, args)),
}

describe.runIf(hasPs)('a real ps', () => {
  const table = darwinProcessTable(withBoot)
  const waits = "console.log('up'); setInterval(() => {}, 1e6)"

  it('knows a process again, and that it has ended', async () => {
    await using world = createWorld()
    const started = await world.node(waits, { detached: true })
    const seen = table.identify(started.pid)
    expect(seen).toMatchObject({ pid: started.pid, ppid: self, pgid: started.pid, bootId: boot, name: 'node' })
    expect(table.identify(started.pid)).toMatchObject({ startTime: seen?.startTime })
    expect(Math.abs(Date.parse(seen!.startTime) - Date.now())).toBeLessThan(60_000)
    expect((await table.list()).find(({ pid }) => pid === started.pid)).toMatchObject({ startTime: seen?.startTime })
    expect(table.commandOf(started.pid)).toBe(`${process.execPath} -e ${waits}`)
    await world.end(started)
    expect(table.identify(started.pid)).toBeUndefined()
  })

  it('shows what a process has started, and what it uses', async () => {
    await using world = createWorld()
    const { pid, said } = await world.node(`
      const child = require('node:child_process').spawn('sleep', ['1000'])
      child.on('spawn', () => console.log(JSON.stringify({ child: child.pid })))`)
    expect((await table.tree(pid)).map((each) => each.pid)).toEqual([pid, JSON.parse(said).child])
    expect(table.usageOf(pid)?.memoryBytes).toBeGreaterThan(1024 * 1024)
  })

  it('shows that a process is suspended', async () => {
    await using world = createWorld()
    const { pid } = await world.node(waits)
    process.kill(pid, 'SIGSTOP')
    await until('it is suspended', () => table.identify(pid)?.state === 'T')
  })
})

it('the certificate is a value that can be told from what stands beside it', () => {
  const { table } = mac('', () => `node ${certificate}=1abc.0f2c4711-0000-4000-8000-0123456789ab TERM_PROGRAM=Apple_Terminal`)
  expect(table.environmentOf(self, certificate)).toBe('1abc.0f2c4711-0000-4000-8000-0123456789ab')
})
