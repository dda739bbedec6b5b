import { realpathSync } from 'node:fs'
import { SupervisorError } from '../errors.ts'

/** @throws SupervisorError `ERR_INVALID_OPTIONS` when the folder in which this process was started is gone. */
export const workingDirectory = (): string => {
  try {
    return process.cwd()
  } catch {
    throw new SupervisorError('ERR_INVALID_OPTIONS', 'The folder from which this was started is not there any more.', {
      reason: 'CWD_MISSING',
      hint: 'Change to another folder.',
    })
  }
}

/** Its real path; empty when it is gone, and so nobody's project. */
export const realWorkingDirectory = (): string => {
  try {
    return realpathSync(process.cwd())
  } catch {
    return ''
  }
}
