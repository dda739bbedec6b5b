/** Commands that examine the same service again with something said differently, or end what is in its way. Pure. */
import type { Evidence } from '../evidence.ts'
import { quoted } from './reading.ts'

/** @param options As they are written: `--port 19414`; they take the place of what was said of the same. */
export const again = (evidence: Evidence, options: string): string => command([options, ...wordsWithout(evidence, options)])

/** With any port that is free, which is what a service gets that asks for none; undefined: what to start is not known. */
export const withFreePort = (evidence: Evidence): string | undefined => {
  const words = wordsWithout(evidence, '--port')
  return words.length === 0 && evidence.asked === undefined ? undefined : command(words)
}

/** The same question once more. */
export const sameAgain = (evidence: Evidence): string => command(wordsOf(evidence))

const command = (words: readonly string[]): string => ['jarvis-supervise doctor', ...words].join(' ')

/** What cannot be said twice: a port, the one to prefer, or the address that the window dials. */
const alike: readonly (readonly string[])[] = [['--port', '--prefer-port', '--url'], ['--host']]

const nameOf = (piece: string): string => piece.split(' ', 1)[0] ?? ''

const wordsWithout = (evidence: Evidence, options: string): string[] => {
  const replaced = alike.filter((names) => names.includes(nameOf(options))).flat()
  const words = wordsOf(evidence)
  const own = words.includes('--') ? words.indexOf('--') : words.length
  // what comes behind is the service's, however it is spelled
  return words.filter((piece, at) => at >= own || !replaced.includes(nameOf(piece)))
}

/** As it was asked; else the service as it can be named. */
const wordsOf = (evidence: Evidence): readonly string[] => {
  if (evidence.asked !== undefined) return evidence.asked
  const { service, subject, address, archive } = evidence
  if (archive !== null) return [`--app ${quoted(archive.dir)}`]
  if (subject === 'address' && address !== null) return [`--url ${quoted(address.url)}`]
  return subject === 'running' || service === null ? [] : serviceWords(service)
}

const serviceWords = ({ script, command: name, args: given, port }: NonNullable<Evidence['service']>): string[] => {
  const args = given.map((arg) => quoted(arg))
  const ports = typeof port === 'number' ? [`--port ${port}`] : []
  if (script !== null) return [...ports, quoted(script), ...(args.length === 0 ? [] : ['--', ...args])]
  return name === null ? [] : [...ports, '--', quoted(name), ...args]
}

/** Ends a process that is not ours; only people may. */
export const killing = (pid: number, platform: NodeJS.Platform): string =>
  platform === 'win32' ? `taskkill /F /PID ${pid}` : `kill ${pid}`
