import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { certificate } from '../../src/process/group.ts'
import { processTableFor } from '../../src/process/process-table.ts'
import { until } from '../helpers/processes.ts'
import { createNest, endChild } from './nest.ts'

const idles = 'console.log(0); process.stdin.resume()'

describe.skipIf(process.platform !== 'linux')('the process table', () => {
  const table = processTableFor('linux')

  describe('identifies', () => {
    it('the process that asks', () => {
      const [bootId] = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').split('\n')
      expect(table.identify(process.pid)).toMatchObject({
        pid: process.pid,
        ppid: process.ppid,
        bootId,
        startTime: expect.stringMatching(/^\d+$/),
        state: expect.stringMatching(/^[RS]$/),
      })
    })

    it('a child, the same each time, and nobody once it has ended', async () => {
      await using nest = createNest()
      const { child, pid } = await nest.node(idles)
      const first = table.identify(pid)
      expect(first).toMatchObject({ pid, ppid: process.pid })
      expect(table.identify(pid)).toMatchObject({ startTime: first?.startTime, bootId: first?.bootId })
      await endChild(child)
      expect(table.identify(pid)).toBeUndefined()
    })

    it('the leader of a group of its own', async () => {
      await using nest = createNest()
      const { pid } = await nest.silent('sleep', ['300'], { detached: true })
      expect(table.identify(pid)).toMatchObject({ pid, pgid: pid, name: 'sleep' })
    })

    it('a name with parentheses and spaces', async () => {
      await using nest = createNest()
      const { pid } = await nest.node("process.title = 'a) Z 1 (b'; console.log(0); process.stdin.resume()")
      expect(table.identify(pid)).toMatchObject({ name: 'a) Z 1 (b', ppid: process.pid })
    })

    it('a stopped process as stopped', async () => {
      await using nest = createNest()
      const { pid } = await nest.node(idles)
      process.kill(pid, 'SIGSTOP')
      await until('it is stopped', () => table.identify(pid)?.state === 'T')
      expect(table.usageOf(pid)).toBeDefined()
    })

    it('a zombie as nobody', async () => {
      await using nest = createNest()
      // the parent never waits for it: its event loop does not turn
      const { pid, told } = await nest.node<number>(`
        const child = require('node:child_process').spawn('true', { stdio: 'ignore' })
        require('node:fs').writeSync(1, child.pid + '\\n')
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)`)
      const isZombie = (): boolean => readFileSync(`/proc/${told}/stat`, 'latin1').includes(') Z ')
      await until('it is a zombie', isZombie)
      expect(table.identify(told)).toBeUndefined()
      expect(table.usageOf(told)).toBeUndefined()
      expect((await table.list()).map((row) => row.pid)).not.toContain(told)
      expect((await table.tree(pid)).map((row) => row.pid)).toEqual([pid])
      expect(isZombie()).toBe(true)
    })

    it.each([0, -1, 4_194_305, Number.NaN])('nobody by the pid %d, which no process has', async (pid) => {
      expect(table.identify(pid)).toBeUndefined()
      expect(await table.tree(pid)).toEqual([])
      expect(table.environmentOf(pid, 'PATH')).toBeUndefined()
      expect(table.commandOf(pid)).toBe('')
      expect(table.usageOf(pid)).toBeUndefined()
    })

    it.skipIf(process.getuid?.() !== 0)("another user's process", async () => {
      await using nest = createNest()
      const { pid } = await nest.silent('sleep', ['300'], { uid: 1 })
      expect(table.identify(pid)).toMatchObject({ pid, ppid: process.pid, name: 'sleep' })
    })
  })

  describe('lists', () => {
    it('every process once, and what has ended no more', async () => {
      await using nest = createNest()
      const { child, pid } = await nest.node(idles)
      const before = (await table.list()).map((row) => row.pid)
      expect(before).toEqual(expect.arrayContaining([process.pid, pid]))
      expect(new Set(before).size).toBe(before.length)
      await endChild(child)
      expect((await table.list()).map((row) => row.pid)).not.toContain(pid)
    })

    it('three hundred processes more, while the loop turns', async () => {
      await using nest = createNest()
      const sleepers = await Promise.all(Array.from({ length: 300 }, () => nest.silent('sleep', ['300'])))
      // turns while names are awaited do not count: it is the reading of each that must not hold the thread
      let turns = 0
      const turn = (): void => {
        if (!process.getActiveResourcesInfo().includes('FSReqCallback')) turns += 1
        next = setImmediate(turn)
      }
      let next = setImmediate(turn)
      const listed = new Set((await table.list()).map(({ pid }) => pid))
      clearImmediate(next)
      expect(turns).toBeGreaterThan(0)
      expect(sleepers.filter(({ pid }) => !listed.has(pid))).toEqual([])
    })
  })

  describe('tells the tree', () => {
    it('of a process with children and grandchildren, root first, and nobody beside it', async () => {
      await using nest = createNest()
      await nest.silent('sleep', ['300'])
      const { pid, told } = await nest.node<number[]>(`
        const { spawn } = require('node:child_process')
        const child = spawn('sh', ['-c', 'sleep 300 & echo $!; wait'], { stdio: ['ignore', 'pipe', 'ignore'] })
        child.stdout.once('data', (grandchild) => console.log(JSON.stringify([child.pid, Number(grandchild)])))`)
      expect((await table.tree(pid)).map((row) => row.pid)).toEqual([pid, ...told])
    })

    it('with a child in a session of its own', async () => {
      await using nest = createNest()
      const { pid, told } = await nest.node<number>(
        "console.log(require('node:child_process').spawn('sleep', ['300'], { detached: true, stdio: 'ignore' }).pid); process.stdin.resume()",
      )
      expect((await table.tree(pid)).map((row) => row.pid)).toEqual([pid, told])
    })

    it('with a child that a worker thread has started', async () => {
      await using nest = createNest()
      const { pid, told } = await nest.node<number>(`
        const { Worker } = require('node:worker_threads')
        const source = "require('node:worker_threads').parentPort.postMessage(require('node:child_process').spawn('sleep', ['300'], { stdio: 'ignore' }).pid)"
        new Worker(source + '; setInterval(() => {}, 1e9)', { eval: true }).on('message', (pid) => console.log(pid))`)
      expect((await table.tree(pid)).map((row) => row.pid)).toEqual([pid, told])
    })

    it('without a grandchild whose parent has ended', async () => {
      await using nest = createNest()
      const { pid, told } = await nest.node<number>(`
        const shell = require('node:child_process').spawn('sh', ['-c', 'sleep 300 >/dev/null & echo $!'], { stdio: ['ignore', 'pipe', 'ignore'] })
        let orphan
        shell.stdout.once('data', (data) => { orphan = Number(data) })
        shell.once('close', () => console.log(orphan))
        process.stdin.resume()`)
      expect(table.identify(told)).toMatchObject({ pid: told, name: 'sleep' })
      expect((await table.tree(pid)).map((row) => row.pid)).toEqual([pid])
    })
  })

  describe('reads the environment', () => {
    it('by the exact name, and what is after the first equals sign', async () => {
      await using nest = createNest()
      const env = { XTEST_A: 'x', TEST_A: 'a=b=c', TEST_AB: 'ab', TEST_EMPTY: '', TEST_TEXT: 'ü\nTEST_B=2' }
      const { pid } = await nest.silent('sleep', ['300'], { env })
      expect(
        ['TEST_A', 'TEST_EMPTY', 'TEST_TEXT', 'TEST_', 'EST_A', 'test_a', 'TEST_B', 'TEST_A=a'].map((name) =>
          table.environmentOf(pid, name),
        ),
      ).toEqual(['a=b=c', '', 'ü\nTEST_B=2', undefined, undefined, undefined, undefined, 'b=c'])
    })

    it('that the process was started with, whatever it has made of it', async () => {
      await using nest = createNest()
      const { pid } = await nest.node(`process.env.${certificate} = 'another'; process.env.TEST_NEW = '1'; ${idles}`)
      expect(table.environmentOf(pid, certificate)).toBe(nest.instanceId)
      expect(table.environmentOf(pid, 'TEST_NEW')).toBeUndefined()
    })

    it('only so far: a long one is read in part', async () => {
      await using nest = createNest()
      const padding = Object.fromEntries([1, 2, 3, 4].map((i) => [`TEST_PADDING_${i}`, 'x'.repeat(100_000)]))
      const { pid } = await nest.silent('sleep', ['300'], { env: { TEST_FIRST: '1', ...padding, TEST_LAST: '1' } })
      expect(readFileSync(`/proc/${pid}/environ`).length).toBeGreaterThan(400_000)
      expect(table.environmentOf(pid, 'TEST_FIRST')).toBe('1')
      expect(table.environmentOf(pid, 'TEST_PADDING_1')).toHaveLength(100_000)
      expect(table.environmentOf(pid, 'TEST_LAST')).toBeUndefined()
    })

    it('of nobody who has ended', async () => {
      await using nest = createNest()
      const { child, pid } = await nest.node(idles)
      await endChild(child)
      expect(table.environmentOf(pid, certificate)).toBeUndefined()
    })
  })

  describe('tells', () => {
    it('the command line, its arguments separated by spaces', async () => {
      await using nest = createNest()
      const { pid } = await nest.node(idles, { args: ['--', 'two words', 'ü'] })
      expect(table.commandOf(pid)).toBe(`${process.execPath} -e ${idles} -- two words ü`)
    })

    it('no more of a long command line than its beginning', async () => {
      await using nest = createNest()
      const { pid } = await nest.node(idles, { args: ['x'.repeat(100_000)] })
      expect(table.commandOf(pid)).toMatch(/x$/)
      expect(table.commandOf(pid).length).toBe(4096)
    })

    it('memory and processor time, which only grows', async () => {
      await using nest = createNest()
      const { pid, child, line } = await nest.node(`
        console.log(0)
        process.stdin.once('data', () => {
          while (process.cpuUsage().user < 200_000);
          console.log('done')
        })`)
      const before = table.usageOf(pid)!
      child.stdin!.write('\n')
      expect(await line()).toBe('done')
      const after = table.usageOf(pid)!
      expect(before.memoryBytes).toBeGreaterThan(1_000_000)
      expect(after.cpuMs).toBeGreaterThanOrEqual(150)
      expect(after.cpuMs).toBeGreaterThanOrEqual(before.cpuMs)
    })
  })

  it('runs nothing to read all this', async () => {
    await table.list()
    await table.tree(process.pid)
    const own = (await table.tree(process.pid)).filter(({ ppid }) => ppid === process.pid)
    // tools of the test runner may run beside it
    expect(own.filter(({ name }) => ['ps', 'sh', 'pgrep', 'lsof', 'ss'].includes(name))).toEqual([])
  })
})

describe.each(['freebsd', 'openbsd'] as const)('where nothing can be read (%s)', (platform) => {
  const table = processTableFor(platform)

  it('nobody is proved to be ours', async () => {
    expect(table.identify(process.pid)).toBeUndefined()
    expect(await table.list()).toEqual([])
    expect(await table.tree(process.pid)).toEqual([])
    expect(table.environmentOf(process.pid, 'PATH')).toBeUndefined()
    expect(table.commandOf(process.pid)).toBe('')
    expect(table.usageOf(process.pid)).toBeUndefined()
  })
})
