import { carriersOf } from '../../process/group.ts'
import { isStillThere, signalIfSame } from '../../process/signal.ts'
import type { ProcessRow } from '../../process/table.ts'
import type { Eyes } from './eyes.ts'

type World = Pick<Eyes, 'table' | 'pause'>

/** What goes on starting others is followed for this long. */
const chaseMs = 1500
/** A process that is just being replaced by another program shows no certificate for a moment. */
const secondLookMs = 30

/**
 * Ends what has left the process group of a trial and carries its certificate: nobody but its child can have passed that on.
 * @returns All that were found, whatever became of them.
 */
export const endStrays = async (instanceId: string, world: World): Promise<readonly ProcessRow[]> => {
  const { table, pause } = world
  const all: ProcessRow[] = []
  const until = performance.now() + chaseMs
  for (;;) {
    let found = await carriersOf(table, instanceId)
    if (found.length === 0 && all.length > 0) {
      await pause(secondLookMs)
      found = await carriersOf(table, instanceId)
    }
    if (found.length === 0) return all
    // who is asked has time to start the next one
    if (all.length === 0) await end(found, 'SIGTERM', 300, world)
    await end(found, 'SIGKILL', 1000, world)
    all.push(...found)
    if (performance.now() > until) return all
  }
}

const end = async (rows: readonly ProcessRow[], signal: NodeJS.Signals, waitMs: number, { table, pause }: World): Promise<void> => {
  const there = rows.filter((row) => isStillThere(table, row))
  for (const row of there) signalIfSame(table, row, signal)
  const until = performance.now() + waitMs
  while (there.some((row) => isStillThere(table, row)) && performance.now() < until) await pause(10)
}
