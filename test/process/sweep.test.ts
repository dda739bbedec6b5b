import { describe, expect, it } from 'vitest'
import { processTableFor } from '../../src/process/process-table.ts'
import { sweep } from '../../src/process/sweep.ts'
import type { ProcessTable } from '../../src/process/table.ts'
import { isAlive } from '../helpers/processes.ts'
import { createNest, endChild, type Nest } from './nest.ts'

/** A child that has ended, and what it has left in its group: `count` with its certificate, and as many without as are asked for. */
const leftBehind = async (
  nest: Nest,
  { ours = 0, without = 0, detached = 0 },
): Promise<{ pgid: number; told: Record<string, number[]> }> => {
  const { child, pid, told } = await nest.node<Record<string, number[]>>(
    `
      const { spawn } = require('node:child_process')
      const { JARVIS_INSTANCE, ...rest } = process.env
      const sleepers = (length, options) => Array.from({ length }, () => spawn('sleep', ['300'], { stdio: 'ignore', ...options }).pid)
      console.log(JSON.stringify({
        ours: sleepers(${ours}, {}), without: sleepers(${without}, { env: rest }), detached: sleepers(${detached}, { detached: true }),
      }))
      process.stdin.resume()`,
    { detached: true },
  )
  await endChild(child)
  return { pgid: pid, told }
}

const sorted = (pids: readonly number[]): number[] => [...pids].sort((a, b) => a - b)

describe.skipIf(process.platform !== 'linux')('what an ended child leaves in its group', () => {
  const table = processTableFor('linux')

  it('is killed and named, and gone when that is told', async () => {
    await using nest = createNest()
    const { pgid, told } = await leftBehind(nest, { ours: 5 })
    const { reaped, survivors } = await sweep(table, pgid, nest.instanceId)
    expect(told.ours!.filter(isAlive)).toEqual([])
    expect(survivors).toEqual([])
    expect(sorted(reaped)).toEqual(sorted(told.ours!))
  })

  it('is left alive and named as a survivor where it does not carry the certificate', async () => {
    await using nest = createNest()
    const { pgid, told } = await leftBehind(nest, { ours: 2, without: 2 })
    const { reaped, survivors } = await sweep(table, pgid, nest.instanceId)
    expect(told.without!.filter(isAlive)).toEqual(told.without)
    expect(told.ours!.filter(isAlive)).toEqual([])
    expect(sorted(survivors)).toEqual(sorted(told.without!))
    expect(sorted(reaped)).toEqual(sorted(told.ours!))
  })

  it('is killed in a group that others share, who are no survivors', async () => {
    await using nest = createNest()
    const { pgid, told } = await leftBehind(nest, { ours: 2, without: 2 })
    const { reaped, survivors } = await sweep(table, pgid, nest.instanceId, 'shared')
    expect(told.without!.filter(isAlive)).toEqual(told.without)
    expect(told.ours!.filter(isAlive)).toEqual([])
    expect(survivors).toEqual([])
    expect(sorted(reaped)).toEqual(sorted(told.ours!))
  })

  it('does not include who has left the group, though it carries the certificate', async () => {
    await using nest = createNest()
    const { pgid, told } = await leftBehind(nest, { ours: 1, detached: 1 })
    const { reaped, survivors } = await sweep(table, pgid, nest.instanceId)
    expect(told.detached!.filter(isAlive)).toEqual(told.detached)
    expect({ reaped, survivors }).toEqual({ reaped: told.ours, survivors: [] })
  })

  it('is left alone by the sweep of another run', async () => {
    await using nest = createNest()
    const { pgid, told } = await leftBehind(nest, { ours: 2 })
    const { reaped, survivors } = await sweep(table, pgid, `${nest.instanceId}0`)
    expect(told.ours!.filter(isAlive)).toEqual(told.ours)
    expect(reaped).toEqual([])
    expect(sorted(survivors)).toEqual(sorted(told.ours!))
  })

  it('may be nothing', async () => {
    await using nest = createNest()
    const { pgid } = await leftBehind(nest, {})
    expect(await sweep(table, pgid, nest.instanceId)).toEqual({ reaped: [], survivors: [] })
  })

  it('is gone for good where its members go on forking', async () => {
    await using nest = createNest()
    // forks of itself, which wait for words that never come; bounded, should nobody end them
    const forks = 'n=0; exec 3<&0; while [ $n -lt 500 ]; do n=$((n+1)); (read x <&3) & done; wait'
    const { pid } = await nest.silent('sh', ['-c', forks], { detached: true, stdin: 'pipe' })
    const { survivors } = await sweep(table, pid, nest.instanceId)
    expect((await table.list()).filter(({ pgid }) => pgid === pid)).toEqual([])
    expect(survivors).toEqual([])
  })

  it('is ours until it is gone: what dies shows no certificate any more, and is no survivor', async () => {
    await using nest = createNest()
    const { pgid, told } = await leftBehind(nest, { ours: 1, without: 1 })
    const [pid = 0] = told.ours!
    const row = table.identify(pid)!
    // as the kernel shows a killed process that has given back its memory and is not yet a zombie: for two more looks
    let looks = 0
    const slow: ProcessTable = {
      ...table,
      identify: (other) => table.identify(other) ?? (other === pid && looks < 2 ? row : undefined),
      list: async () => {
        const rows = await table.list()
        if (rows.some((other) => other.pid === pid) || looks === 2) return rows
        looks += 1
        return [...rows, row]
      },
    }
    expect(await sweep(slow, pgid, nest.instanceId)).toEqual({ reaped: [pid], survivors: told.without })
  })
})
