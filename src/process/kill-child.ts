import type { ProcessTable } from './table.ts'

/**
 * Kills a child of this process that it has not reaped and, where it leads a group of its own, what it has started there;
 * nobody else. Synchronous: for the moment when this process ends for a reason of its own and nothing else runs any more.
 */
export const killChild = (pid: number, table: Pick<ProcessTable, 'identify'>): void => {
  // one that was reaped meanwhile has given its pid away
  const child = table.identify(pid)
  if (child?.ppid !== process.pid) return
  try {
    // nobody is left who could end them later
    process.kill(child.pgid === pid ? -pid : pid, 'SIGKILL')
  } catch {
    // it ended in the same moment
  }
}
