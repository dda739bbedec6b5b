/** Commands that examine the same service again with something said differently, or end what is in its way. Pure. */
import type { Evidence } from '../evidence.ts'
import { quoted } from './reading.ts'

/** @param options As they are written: `--port 19414`. */
export const again = (evidence: Evidence, options: string): string =>
  ['jarvis-supervise doctor', options, ...serviceWords(evidence)].join(' ')

/** With any port that is free, which is what a service gets that asks for none; undefined: what to start is not known. */
export const withFreePort = (evidence: Evidence): string | undefined => {
  const words = serviceWords(evidence)
  return words.length === 0 ? undefined : ['jarvis-supervise doctor', ...words].join(' ')
}

const serviceWords = ({ service }: Evidence): string[] => {
  if (service === null) return []
  const { script, command } = service
  const args = service.args.map((arg) => quoted(arg))
  if (script !== null) return [quoted(script), ...(args.length === 0 ? [] : ['--', ...args])]
  return command === null ? [] : ['--', quoted(command), ...args]
}

/** Ends a process that is not ours; only people may. */
export const killing = (pid: number, platform: NodeJS.Platform): string =>
  platform === 'win32' ? `taskkill /F /PID ${pid}` : `kill ${pid}`
