import { setTimeout as wait } from 'node:timers/promises'
import { inSlices } from '../../process/slices.ts'
import type { ProcessRow } from '../../process/table.ts'
import type { LookWorld } from './world.ts'

/** Ten of the kernel's hundredths of a second: a share is known to some 10 %. */
const windowMs = 100

interface Reading {
  readonly cpuMs: number
  readonly atMs: number
}

/** Percent of one core that each process has used during one tenth of a second, by pid; one wait for all of them. */
export const cpuShares = async (rows: readonly ProcessRow[], world: LookWorld): Promise<ReadonlyMap<number, number>> => {
  const before = await readings(rows, world)
  await wait(windowMs)
  const after = await readings(await renewed(rows, world), world)
  const shares = new Map<number, number>()
  for (const [pid, then] of before) {
    const now = after.get(pid)
    // a pid that was given away meanwhile starts from nothing
    if (now === undefined || now.cpuMs < then.cpuMs) continue
    shares.set(pid, Math.round((100 * (now.cpuMs - then.cpuMs)) / (now.atMs - then.atMs)))
  }
  return shares
}

const readings = async (rows: readonly ProcessRow[], { table }: LookWorld): Promise<ReadonlyMap<number, Reading>> => {
  const found = new Map<number, Reading>()
  await inSlices(rows, ({ pid }) => {
    const usage = table.usageOf(pid)
    if (usage !== undefined) found.set(pid, { cpuMs: usage.cpuMs, atMs: performance.now() })
  })
  return found
}

/** Where a tool is run for a look, one look is for all, and who is not in it is not asked for by himself. */
const renewed = async (rows: readonly ProcessRow[], { table, platform }: LookWorld): Promise<readonly ProcessRow[]> => {
  if (platform === 'linux') return rows
  const seen = new Set((await table.list()).map(({ pid }) => pid))
  return rows.filter(({ pid }) => seen.has(pid))
}
