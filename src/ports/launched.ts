/**
 * Decides which process a supervisor had just launched when it died: it had written down that it was about to, and not
 * yet whom. Pure: never reads, never signals.
 *
 * Whatever the backend starts has its certificate, too; but the certificate was made for this launch, nobody but the
 * child leads a group of its own from the moment of the launch on, and nobody has the certificate before the child has it.
 */
import type { ProcessRow } from '../process/table.ts'

export interface Launch {
  /** When the launch was written down: milliseconds since the boot. */
  readonly launchedSinceBootMs: number
}

/** A launch takes some milliseconds, and more on a machine that is out of breath. Whom a backend starts comes later. */
const longestMs = 250
/** The kernel counts in hundredths of a second. */
const tickMs = 10

/** @param carriers Every process that carries the certificate of the launch. undefined: none of them is proved to be the child. */
export const whoWasLaunched = ({ launchedSinceBootMs }: Launch, carriers: readonly ProcessRow[]): ProcessRow | undefined => {
  const [first, second] = [...carriers].sort((a, b) => Number(a.startTime) - Number(b.startTime))
  if (first === undefined || first.pid !== first.pgid) return undefined
  // of two that started in the same hundredth of a second, the parent is the first
  if (second?.startTime === first.startTime && second.pid === second.pgid) return undefined
  const afterMs = Number(first.startTime) * tickMs - launchedSinceBootMs
  return afterMs >= -2 * tickMs && afterMs <= longestMs ? first : undefined
}
