/**
 * Decides whether the parent of a process has ended, from its row and that of its parent. Pure.
 *
 * An orphan goes to the first process, or to the nearest ancestor that has asked for orphans (PR_SET_CHILD_SUBREAPER).
 * The first process has children of its own, too, and these look the same: services that it has started are `adopted`
 * here. Of the others only those count that do nothing but to look after orphans, by their names: a program that takes
 * in what its own children leave (a container's shim, a terminal) is the parent of what it has started before all.
 */
import type { ProcessRow } from '../../process/table.ts'

export const isAdopted = ({ pid, ppid }: ProcessRow, parent: ProcessRow | undefined, platform: NodeJS.Platform): boolean => {
  if (pid <= 1) return false
  // Windows gives nobody another parent: it is just not there any more
  if (platform === 'win32') return parent === undefined
  // elsewhere a parent always lives; one that is not shown is another user's
  return ppid === 1 || (platform === 'linux' && parent !== undefined && inits.test(parent.name))
}

/** `Relay(…)` is how the init of WSL calls itself. */
const inits = /^(?:systemd|init|tini|dumb-init|docker-init|catatonit|s6-svscan|runsvdir|Relay\(.*)$/
