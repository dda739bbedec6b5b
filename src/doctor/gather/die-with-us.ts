import { killChild } from '../../process/kill-child.ts'
import type { ProcessTable } from '../../process/table.ts'

/**
 * Kills a child and its process group, should this process end in the middle of everything. Call what is returned as soon
 * as the child has ended.
 */
export const dieWithUs = (pid: number, table: Pick<ProcessTable, 'identify'>): (() => void) => {
  const kill = (): void => killChild(pid, table)
  process.once('exit', kill)
  return () => void process.off('exit', kill)
}
