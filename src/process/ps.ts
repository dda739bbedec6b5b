/**
 * Reads what ps(1) of macOS prints, without headers, in the C locale and in UTC: start times are local times otherwise,
 * and a process would seem to be another one after a journey or a change of the clocks. Pure.
 *
 * A start time has a resolution of one second. That is enough to tell two processes with one pid apart: pids go up to
 * 99 999 in order, and nobody starts that many processes within a second.
 */
import type { ProcessRow, ProcessUsage } from './table.ts'

/** The name is the last, since it may have spaces; `ucomm` is the kernel's own word for it, `comm` what the process says itself. */
export const psColumns = 'pid=,ppid=,pgid=,lstart=,stat=,rss=,time=,ucomm='

export interface PsRow extends Omit<ProcessRow, 'bootId'>, ProcessUsage {}

/** `  501     1   501 Thu Nov  5 09:41:00 2026     Ss     1328   0:12.74 node`: kilobytes, then minutes, seconds, hundredths */
const row =
  /^ *(?<pid>\d+) +(?<ppid>\d+) +(?<pgid>\d+) +\w{3} (?<month>\w{3}) +(?<day>\d{1,2}) (?<clock>\d\d:\d\d:\d\d) (?<year>\d{4}) +(?<stat>\S+) +(?<rss>\d+) +(?<time>[\d:.-]+) (?<name>.*)$/

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
/** Uninterruptible and idle, in the letters of Linux. */
const states: Readonly<Record<string, string>> = { U: 'D', I: 'S' }

/** All but zombies, which run nothing and hold nothing. A line that is not understood is left out. */
export const parsePs = (text: string): PsRow[] => text.split('\n').flatMap((line) => parseRow(line) ?? [])

const parseRow = (line: string): PsRow | undefined => {
  const fields = row.exec(line)?.groups
  if (fields === undefined) return undefined
  const { pid, ppid, pgid, month = '', day = '', clock, year, stat = '', rss, time = '', name = '' } = fields
  const state = states[stat.charAt(0)] ?? stat.charAt(0)
  if (state === 'Z' || !months.includes(month)) return undefined
  return {
    pid: Number(pid),
    startTime: `${year}-${twoDigits(months.indexOf(month) + 1)}-${twoDigits(day)}T${clock}Z`,
    ppid: Number(ppid),
    pgid: Number(pgid),
    state,
    name: name.trimEnd(),
    memoryBytes: Number(rss) * 1024,
    cpuMs: cpuMs(time),
  }
}

const twoDigits = (number: number | string): string => String(number).padStart(2, '0')

/** `139:17.71`, and as POSIX has it: `1-02:03:04`. */
const cpuMs = (time: string): number => {
  const [clock = '', days = '0'] = time.split('-').reverse()
  const seconds = clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)
  return Math.round((Number(days) * 86_400 + seconds) * 1000)
}

/** `pid=,command=`: the rest of each line, by pid. ps writes a line break in it as `^J`. */
export const parsePsTexts = (text: string): Map<number, string> => {
  const texts = new Map<number, string>()
  for (const line of text.split('\n')) {
    const [, pid, rest = ''] = /^ *(\d+) (.*)$/.exec(line) ?? []
    if (pid !== undefined) texts.set(Number(pid), rest)
  }
  return texts
}

/**
 * The value of a variable in `ps -E -o command=`: arguments, then the environment, all parted by spaces, so that it is
 * only for values that have none (a certificate). It is believed if another variable or the end follows, and if nothing
 * else there bears the name.
 */
export const variableInPs = (text: string, name: string): string | undefined => {
  const words = text.trimEnd().split(' ')
  const values = words.flatMap((word, i) => {
    if (!word.startsWith(`${name}=`)) return []
    const next = words[i + 1]
    return [next === undefined || /^[^=]+=/.test(next) ? word.slice(name.length + 1) : undefined]
  })
  const [value] = values
  return values.every((other) => other === value) ? value : undefined
}
