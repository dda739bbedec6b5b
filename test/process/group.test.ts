import { describe, expect, it } from 'vitest'
import { groupExists, membersOfGroup } from '../../src/process/group.ts'
import { processTableFor } from '../../src/process/process-table.ts'
import { createNest, endChild } from './nest.ts'

const pidsOf = (rows: readonly { pid: number }[]): number[] => rows.map(({ pid }) => pid).sort((a, b) => a - b)

describe.skipIf(process.platform !== 'linux')('a process group', () => {
  const table = processTableFor('linux')

  it('is ours where the certificate is carried, and no other', async () => {
    await using nest = createNest()
    const { pid, told } = await nest.node<{ ours: number; without: number; another: number }>(
      `
        const { spawn } = require('node:child_process')
        const sleep = (env) => spawn('sleep', ['300'], { stdio: 'ignore', env }).pid
        const { JARVIS_INSTANCE, ...rest } = process.env
        console.log(JSON.stringify({ ours: sleep(process.env), without: sleep(rest), another: sleep({ ...rest, JARVIS_INSTANCE: JARVIS_INSTANCE + '0' }) }))
        process.stdin.resume()`,
      { detached: true },
    )
    const { ours, others } = await membersOfGroup(table, pid, nest.instanceId)
    expect(pidsOf(ours)).toEqual(pidsOf([{ pid }, { pid: told.ours }]))
    expect(pidsOf(others)).toEqual(pidsOf([{ pid: told.without }, { pid: told.another }]))
  })

  it('does not hold a descendant that has left it for a session of its own', async () => {
    await using nest = createNest()
    const { pid, told } = await nest.node<number>(
      "console.log(require('node:child_process').spawn('sleep', ['300'], { detached: true, stdio: 'ignore' }).pid); process.stdin.resume()",
      { detached: true },
    )
    expect(table.environmentOf(told, 'JARVIS_INSTANCE')).toBe(nest.instanceId)
    expect((await table.tree(pid)).map((row) => row.pid)).toContain(told)
    const { ours, others } = await membersOfGroup(table, pid, nest.instanceId)
    expect(pidsOf(ours)).toEqual([pid])
    expect(others).toEqual([])
  })

  it('does not hold a stranger that carries the certificate elsewhere', async () => {
    await using nest = createNest()
    const { pid } = await nest.silent('sleep', ['300'], { detached: true })
    const marked = await nest.silent('sleep', ['300'])
    const { ours, others } = await membersOfGroup(table, pid, nest.instanceId)
    expect(pidsOf([...ours, ...others])).toEqual([pid])
    expect(table.identify(marked.pid)).toBeDefined()
  })

  it('outlives its leader', async () => {
    await using nest = createNest()
    const { child, pid, told } = await nest.node<number>(
      "console.log(require('node:child_process').spawn('sleep', ['300'], { stdio: 'ignore' }).pid); process.stdin.resume()",
      { detached: true },
    )
    await endChild(child)
    expect(groupExists(pid)).toBe(true)
    expect(pidsOf((await membersOfGroup(table, pid, nest.instanceId)).ours)).toEqual([told])
  })

  it('is gone with the last of its members', async () => {
    await using nest = createNest()
    const child = await nest.silent('sleep', ['300'], { detached: true })
    expect(groupExists(child.pid)).toBe(true)
    await endChild(child)
    expect(groupExists(child.pid)).toBe(false)
    expect(await membersOfGroup(table, child.pid, nest.instanceId)).toEqual({ ours: [], others: [] })
  })

  it.each([0, 1, -1])('by the number %d, which to the kernel means others, is none', (pgid) => {
    expect(groupExists(pgid)).toBe(false)
  })

  it.skipIf(process.getuid?.() !== 0)("of another user's processes is there", async () => {
    await using nest = createNest()
    const { pid } = await nest.silent('sleep', ['300'], { detached: true, uid: 1 })
    process.seteuid!(65_534)
    try {
      expect(groupExists(pid)).toBe(true)
    } finally {
      process.seteuid!(0)
    }
  })
})
