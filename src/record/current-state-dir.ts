import { homedir } from 'node:os'
import { workingDirectory } from '../config/working-directory.ts'
import { SupervisorError } from '../errors.ts'
import { stateDirOf } from './state-dir.ts'

/**
 * Where this process keeps state, or is told to look for it; absolute, made by nobody yet.
 * @throws SupervisorError `ERR_STATE_DIR` where it would be in a home folder and there is none.
 */
export const currentStateDir = (asked?: string | undefined): string => {
  const { env, platform } = process
  return stateDirOf({ asked, env, platform, home, cwd: workingDirectory })
}

const home = (): string => {
  try {
    return homedir()
  } catch {
    throw new SupervisorError('ERR_STATE_DIR', 'There is no home folder to keep state in: neither HOME nor this user id has one.', {
      hint: 'Name a folder with --state-dir, `stateDir` or JARVIS_STATE_DIR.',
    })
  }
}
