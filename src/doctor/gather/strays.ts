import { isStillThere, signalIfSame } from '../../process/signal.ts'
import type { ProcessRow } from '../../process/table.ts'
import type { Eyes } from './eyes.ts'

/** Ends what has left the process group of a trial and carries its certificate: nobody but its child can have passed that on. */
export const endStrays = async (strays: readonly ProcessRow[], { table, pause }: Pick<Eyes, 'table' | 'pause'>): Promise<void> => {
  for (const [signal, waitMs] of [
    ['SIGTERM', 300],
    ['SIGKILL', 1000],
  ] as const) {
    const there = strays.filter((stray) => isStillThere(table, stray))
    for (const stray of there) signalIfSame(table, stray, signal)
    const until = performance.now() + waitMs
    while (there.some((stray) => isStillThere(table, stray)) && performance.now() < until) await pause(10)
  }
}
