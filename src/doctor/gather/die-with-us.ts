import type { ProcessTable } from '../../process/table.ts'

/**
 * Kills a child and its process group, should this process end in the middle of everything. Call what is returned as soon
 * as the child has ended.
 */
export const dieWithUs = (pid: number, table: Pick<ProcessTable, 'identify'>): (() => void) => {
  const kill = (): void => {
    const child = table.identify(pid)
    // one that was reaped meanwhile has given its pid away
    if (child?.ppid !== process.pid) return
    try {
      // synchronous, and so in one piece: nothing else runs any more
      process.kill(child.pgid === pid ? -pid : pid, 'SIGKILL')
    } catch {
      // it ended in the same moment
    }
  }
  process.once('exit', kill)
  return () => void process.off('exit', kill)
}
