/** What the doctor looks with: readers of processes and sockets, and a pause that can be cut short. */
import { setTimeout as pause } from 'node:timers/promises'
import { portOwnersFor } from '../../ports/port-owners.ts'
import { processFactsFor } from '../../process/facts.ts'
import { processTableFor } from '../../process/process-table.ts'
import type { ProcessRow } from '../../process/table.ts'
import type { ProcessEvidence } from '../evidence.ts'
import type { HolderWorld } from '../look/holders.ts'
import { lookAtProcess } from '../look/process.ts'
import { lookAtTree, type SeenTree } from '../look/tree.ts'

export interface Eyes extends Omit<HolderWorld, 'relationOf'> {
  /** @param formerPorts Ports that it has listened on before. */
  tree(pid: number, formerPorts: readonly number[]): Promise<SeenTree>
  describe(rows: readonly ProcessRow[]): Promise<ProcessEvidence[]>
  /** Resolves early when the signal aborts. */
  pause(ms: number, signal?: AbortSignal): Promise<void>
}

/** More are not described. */
const mostDescribed = 50

export const openEyes = (platform: NodeJS.Platform = process.platform): Eyes => {
  const table = processTableFor(platform)
  const world = { platform, table, owners: portOwnersFor(platform, table), facts: processFactsFor(platform) }
  return {
    ...world,
    tree: (pid, formerPorts) => lookAtTree(pid, world, formerPorts),
    describe: async (rows) =>
      (await Promise.all(rows.slice(0, mostDescribed).map(({ pid }) => lookAtProcess(pid, world)))).filter((seen) => seen !== null),
    pause: (ms, signal) => pause(ms, undefined, signal === undefined ? {} : { signal }).catch(() => {}),
  }
}
