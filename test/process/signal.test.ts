import { once } from 'node:events'
import { describe, expect, it, vi } from 'vitest'
import { processTableFor } from '../../src/process/process-table.ts'
import { signalIfSame } from '../../src/process/signal.ts'
import { createNest, endChild, type Nest } from './nest.ts'

/** Says so when it gets a SIGTERM, and `alive` when it is asked. */
const canary = "process.on('SIGTERM', () => console.log('got it')); process.stdin.on('data', () => console.log('alive')); console.log(0)"

describe.skipIf(process.platform !== 'linux')('a signal', () => {
  const table = processTableFor('linux')

  const startCanary = async (nest: Nest, uid?: number) => {
    const run = await nest.node(canary, uid === undefined ? {} : { uid })
    return { ...run, row: table.identify(run.pid)! }
  }

  it('reaches the process that was seen', async () => {
    await using nest = createNest()
    const { row, line } = await startCanary(nest)
    expect(signalIfSame(table, row, 'SIGTERM')).toBe('sent')
    expect(await line()).toBe('got it')
  })

  it.each([
    ['another start time', { startTime: '1' }],
    ['another boot', { bootId: '00000000-0000-0000-0000-000000000000' }],
  ])('never reaches a process with %s', async (_, other) => {
    await using nest = createNest()
    const { row, child, line } = await startCanary(nest)
    expect(signalIfSame(table, { ...row, ...other }, 'SIGKILL')).toBe('not-same')
    expect(signalIfSame(table, { ...row, ...other }, 'SIGTERM')).toBe('not-same')
    child.stdin!.write('\n')
    expect(await line()).toBe('alive')
  })

  it('to a process that has ended is told as gone', async () => {
    await using nest = createNest()
    const { row, child } = await startCanary(nest)
    await endChild(child)
    expect(signalIfSame(table, row, 'SIGKILL')).toBe('gone')
  })

  it('to a process that ends between the look and the signal is told as gone', async () => {
    await using nest = createNest()
    const { row, child } = await startCanary(nest)
    await endChild(child)
    expect(signalIfSame({ identify: () => row }, row, 'SIGKILL')).toBe('gone')
  })

  it('to nobody known is none', () => {
    const kill = vi.spyOn(process, 'kill')
    const self = { pid: process.pid, startTime: '', bootId: '' }
    expect(signalIfSame(processTableFor('freebsd'), self, 'SIGKILL')).toBe('gone')
    expect(kill).not.toHaveBeenCalled()
    kill.mockRestore()
  })

  it.skipIf(process.getuid?.() !== 0)("to another user's process is not permitted, and it lives", async () => {
    await using nest = createNest()
    const { row, child, line } = await startCanary(nest, 1)
    process.seteuid!(65_534)
    let outcome: string
    try {
      outcome = signalIfSame(table, row, 'SIGKILL')
    } finally {
      process.seteuid!(0)
    }
    expect(outcome).toBe('not-permitted')
    child.stdin!.write('\n')
    expect(await line()).toBe('alive')
  })

  it('that ends it leaves nobody to be signalled again', async () => {
    await using nest = createNest()
    const { row, child } = await startCanary(nest)
    const exited = once(child, 'exit')
    expect(signalIfSame(table, row, 'SIGKILL')).toBe('sent')
    expect(await exited).toEqual([null, 'SIGKILL'])
    expect(signalIfSame(table, row, 'SIGKILL')).toBe('gone')
  })
})
