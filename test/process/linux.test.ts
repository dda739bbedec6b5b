import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { sameProcess } from '../../src/process/identity.ts'
import { linuxProcessTable, treeFrom } from '../../src/process/linux.ts'
import { processTableFor } from '../../src/process/process-table.ts'
import type { ProcessRow } from '../../src/process/table.ts'
import { until } from '../helpers/processes.ts'
import { asNobody, createWorld } from './world.ts'

const table = linuxProcessTable()
const waits = "console.log('up'); setInterval(() => {}, 1e6)"
/** As soon as it is a `sleep`, it never asks how its child ended. */
const keepsZombie = ['-c', 'sleep 1000 & echo "{\\"zombie\\":$!}"; exec sleep 1000']
const nobody = 2 ** 22

const row = (pid: number, ppid: number): ProcessRow => ({ pid, ppid, pgid: pid, state: 'S', name: 'x', startTime: '1', bootId: '' })

describe('identify', () => {
  it('tells who a process is', () => {
    const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    expect(table.identify(process.pid)).toMatchObject({
      pid: process.pid,
      ppid: process.ppid,
      bootId,
      startTime: expect.stringMatching(/^\d+$/),
    })
  })

  it('knows a process again', async () => {
    await using world = createWorld()
    const { pid } = await world.node(waits)
    expect(sameProcess(table.identify(pid)!, linuxProcessTable().identify(pid)!)).toBe(true)
  })

  it('finds nobody under a pid that nobody has', async () => {
    await using world = createWorld()
    const started = await world.node(waits)
    await world.end(started)
    expect([started.pid, nobody, 0, -1, Number.NaN].map(table.identify)).toEqual(Array(5).fill(undefined))
  })

  it('takes a zombie for gone', async () => {
    await using world = createWorld()
    const { said, pid } = await world.run('sh', keepsZombie)
    const { zombie } = JSON.parse(said) as { zombie: number }
    await until(`${pid} has become a sleep`, () => table.identify(pid)?.name === 'sleep')
    process.kill(zombie, 'SIGKILL')
    await until(`${zombie} is a zombie`, () => readFileSync(`/proc/${zombie}/stat`, 'latin1').includes(') Z '))
    expect(table.identify(zombie)).toBeUndefined()
    expect(table.usageOf(zombie)).toBeUndefined()
    expect((await table.list()).map((each) => each.pid)).not.toContain(zombie)
    expect((await table.tree(pid)).map((each) => each.pid)).toEqual([pid])
  })

  it('sees that a process is suspended', async () => {
    await using world = createWorld()
    const { pid } = await world.node(waits)
    process.kill(pid, 'SIGSTOP')
    await until(`${pid} is suspended`, () => table.identify(pid)?.state === 'T')
  })
})

describe('tree', () => {
  const family = `
    const { spawn } = require('node:child_process')
    const inner = "const child = require('child_process').spawn('sleep', ['1000'], { stdio: 'ignore' }); child.on('spawn', () => process.send(child.pid))"
    const child = spawn(process.execPath, ['-e', inner], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    const stray = spawn('sleep', ['1000'], { stdio: 'ignore', detached: true })
    child.on('message', (grandchild) => console.log(JSON.stringify({ child: child.pid, grandchild, stray: stray.pid })))`

  it('is a process with its children and theirs, in whatever process group', async () => {
    await using world = createWorld()
    const { pid, said } = await world.node(family, { detached: true })
    const { child, grandchild, stray } = JSON.parse(said) as Record<string, number>
    const rows = await table.tree(pid)
    expect(rows[0]?.pid).toBe(pid)
    expect(new Set(rows.map((each) => each.pid))).toEqual(new Set([pid, child, grandchild, stray]))
  })

  it('is the same from the list of all processes', async () => {
    await using world = createWorld()
    const { pid } = await world.node(family)
    const pids = (rows: readonly ProcessRow[]) => rows.map((each) => each.pid).sort()
    expect(pids(treeFrom(table.identify(pid)!, await table.list()))).toEqual(pids(await table.tree(pid)))
  })

  it('finds the children of every thread', async () => {
    await using world = createWorld()
    const { pid, said } = await world.node(`
      const { Worker } = require('node:worker_threads')
      const worker = "const child = require('child_process').spawn('sleep', ['1000'], { stdio: 'ignore' }); child.on('spawn', () => require('worker_threads').parentPort.postMessage(child.pid)); setInterval(() => {}, 1e6)"
      new Worker(worker, { eval: true }).on('message', (child) => console.log(JSON.stringify({ child })))`)
    expect((await table.tree(pid)).map((each) => each.pid)).toEqual([pid, (JSON.parse(said) as { child: number }).child])
  })

  it('of nobody is empty', async () => {
    expect(await table.tree(nobody)).toEqual([])
  })

  it('ends where reused pids lead round in a circle', () => {
    expect(treeFrom(row(5, 1), [row(5, 7), row(6, 5), row(7, 6)]).map((each) => each.pid)).toEqual([5, 6, 7])
  })
})

describe('what a process was started with', () => {
  it('is its command and its environment', async () => {
    await using world = createWorld()
    const { pid } = await world.node(waits, { env: { JARVIS_INSTANCE: 'a.b', XJARVIS_INSTANCE: 'c' } })
    expect(table.commandOf(pid)).toBe(`${process.execPath} -e ${waits}`)
    expect(table.environmentOf(pid, 'JARVIS_INSTANCE')).toBe('a.b')
    expect(table.environmentOf(pid, 'JARVIS_OTHER')).toBeUndefined()
  })

  it('is cut where it is too long to matter', async () => {
    await using world = createWorld()
    // no exec: while it lasts, the kernel shows neither
    const { pid } = await world.run('sh', ['-c', 'echo up; sleep 1000; :', 'x'.repeat(10_000)], { env: { LONG: 'y'.repeat(100_000) } })
    expect(table.commandOf(pid).length).toBeLessThanOrEqual(4096)
    expect(table.environmentOf(pid, 'LONG')).toHaveLength(100_000)
  })

  it('is not known of somebody else', async () => {
    await using world = createWorld()
    const { pid } = process.geteuid!() === 0 ? await world.node(waits, { env: { JARVIS_INSTANCE: 'a.b' } }) : { pid: 1 }
    expect(await asNobody(async () => table.environmentOf(pid, 'JARVIS_INSTANCE'))).toBeUndefined()
    expect(await asNobody(async () => table.identify(pid))).toMatchObject({ pid })
  })

  it('is not known of nobody', () => {
    expect([table.commandOf(nobody), table.environmentOf(nobody, 'PATH'), table.usageOf(nobody)]).toEqual(['', undefined, undefined])
  })
})

it('usage is memory in bytes and processor time in milliseconds', () => {
  const { rss } = process.memoryUsage()
  const { user, system } = process.cpuUsage()
  const usage = table.usageOf(process.pid)!
  expect(usage.memoryBytes / rss).toBeGreaterThan(0.5)
  expect(usage.memoryBytes / rss).toBeLessThan(2)
  // the kernel counts in ticks of 10 ms, and goes on counting
  expect(usage.cpuMs - (user + system) / 1000).toBeGreaterThan(-50)
  expect(usage.cpuMs - (user + system) / 1000).toBeLessThan(500)
})

it('a long list lets the event loop turn', async () => {
  let turns = 0
  let listed = false
  const turn = (): void => {
    turns += 1
    if (!listed) setImmediate(turn)
  }
  setImmediate(turn)
  const rows = await table.list()
  listed = true
  expect(rows.map((each) => each.pid)).toContain(process.pid)
  expect(turns).toBeGreaterThan(1)
})

it('a platform without a reader knows no process', async () => {
  const unknown = processTableFor('freebsd')
  expect(unknown.identify(process.pid)).toBeUndefined()
  expect([...(await unknown.list()), ...(await unknown.tree(process.pid))]).toEqual([])
  expect([unknown.environmentOf(process.pid, 'PATH'), unknown.commandOf(process.pid), unknown.usageOf(process.pid)]).toEqual([
    undefined,
    '',
    undefined,
  ])
})
