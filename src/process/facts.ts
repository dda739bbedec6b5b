import { readFileSync } from 'node:fs'
import type { ProcessRow } from './table.ts'

/** What people want to know of a process, and the supervisor does not. null: not known here. */
export interface ProcessFacts {
  /** When it was started: wall time, milliseconds since 1970. */
  startedAt(row: ProcessRow): number | null
  /** Name of the user that it runs as. */
  userOf(pid: number): string | null
}

const unknownFacts: ProcessFacts = { startedAt: () => null, userOf: () => null }

export const processFactsFor = (platform: NodeJS.Platform): ProcessFacts => (platform === 'linux' ? linuxFacts() : unknownFacts)

/** Linux reports start times in hundredths of a second, whatever the kernel's own tick is. */
const msPerTick = 10

const linuxFacts = (): ProcessFacts => {
  const booted = bootTime(text('/proc/stat'))
  const names = userNames(text('/etc/passwd'))
  return {
    startedAt: ({ startTime }) => (booted === undefined || startTime === '' ? null : booted + Number(startTime) * msPerTick),
    userOf: (pid) => names.get(effectiveUser(text(`/proc/${pid}/status`)) ?? '') ?? null,
  }
}

const bootTime = (stat: string): number | undefined => {
  const seconds = /^btime (\d+)$/m.exec(stat)?.[1]
  return seconds === undefined ? undefined : Number(seconds) * 1000
}

/** `name:password:uid:…`; the first name of a user counts, as it does for `ps`. */
const userNames = (passwd: string): Map<string, string> => {
  const names = new Map<string, string>()
  for (const line of passwd.split('\n')) {
    const [name = '', , uid] = line.split(':')
    if (uid !== undefined && name !== '' && !names.has(uid)) names.set(uid, name)
  }
  return names
}

/** `Uid:	real effective saved filesystem` */
const effectiveUser = (status: string): string | undefined => /^Uid:\s+\d+\s+(\d+)/m.exec(status)?.[1]

// it may go away between two reads, or belong to somebody else
const text = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
