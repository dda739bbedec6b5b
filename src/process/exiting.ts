import { readFileSync } from 'node:fs'
import { isExiting } from './proc-stat.ts'

/**
 * Whether a process has begun to end: the kernel closes what it had open, its connections too, only after that. undefined:
 * nobody can tell on this platform.
 */
export type Exiting = (pid: number) => boolean | undefined

export const exitingFor = (platform: NodeJS.Platform): Exiting => (platform === 'linux' ? exitingOnLinux : () => undefined)

const exitingOnLinux: Exiting = (pid) => {
  try {
    return isExiting(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    // nobody has this pid any more
    return true
  }
}
