/** Commands that a finding offers to copy. Pure. */
import type { Evidence } from '../evidence.ts'
import { quoted } from './reading.ts'

export const inFolder = (folder: string, command: string): string => `cd ${quoted(folder)} && ${command}`

/** Nothing where the shell of the machine is another. */
export const posixOnly = ({ machine }: Evidence, command: string): string | undefined =>
  machine.platform === 'win32' ? undefined : command
