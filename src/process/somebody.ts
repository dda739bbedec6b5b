import { errnoOf } from '../errors.ts'

/** Whether a pid is anybody's, if only a zombie's: one system call, where asking who it is runs a tool. */
export const isSomebody = (pid: number): boolean => {
  // to kill(2), what is not positive is a group or everybody
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return errnoOf(error) === 'EPERM'
  }
}
