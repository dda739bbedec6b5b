/**
 * Decides how a utility process ended. Electron tells one number for it: on POSIX what `waitpid` gave, in which a signal
 * is a small number and an exit code may stand in the upper byte; 0 after its own `kill()`. Pure.
 */
import { constants } from 'node:os'
import type { ProcessGone } from './electron-processes.ts'
import type { Exit } from './launcher.ts'

export interface UtilityEnd {
  /** Of the event `exit`. */
  readonly code: number
  readonly platform: NodeJS.Platform
  /** The last signal that we have sent. */
  readonly sent: NodeJS.Signals | undefined
  /** Of the app's event `child-process-gone`, where there was one. */
  readonly gone: Pick<ProcessGone, 'reason' | 'exitCode'> | undefined
}

/** Ends that no code of the process explains. */
const bySignal = new Set(['killed', 'crashed', 'oom', 'memory-eviction'])

export const utilityExit = ({ code, platform, sent, gone }: UtilityEnd): Exit => {
  const status = code === 0 && gone !== undefined && bySignal.has(gone.reason) ? gone.exitCode : code
  if (platform === 'win32') return sent !== undefined && gone?.reason === 'killed' ? { code: null, signal: sent } : { code, signal: null }
  // the highest bit of the lower byte: a core was dumped
  const name = status > 0 && status < 256 ? nameOf(status & 0x7f) : undefined
  const isSignal = name !== undefined && (name === sent || (gone !== undefined && bySignal.has(gone.reason)))
  if (isSignal) return { code: null, signal: name }
  return { code: status > 255 && status % 256 === 0 ? status / 256 : status, signal: null }
}

const nameOf = (number: number): string | undefined => Object.entries(constants.signals).find(([, value]) => value === number)?.[0]
