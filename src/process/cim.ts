/**
 * Asks for Windows processes in PowerShell's words, and reads the answer. Pure. One process is an object, several are an
 * array, and none is an empty text. Windows PowerShell writes a date as `/Date(1700000000000)/` and later ones as a
 * local time: so the start is asked for as a text, in UTC and with all its digits.
 */
import type { ProcessRow, ProcessUsage } from './table.ts'

export interface CimRow extends ProcessRow, ProcessUsage {
  /** Empty where Windows does not show it: the system's own, and other users' processes. */
  readonly command: string
}

const properties = 'ProcessId,ParentProcessId,Name,CommandLine,WorkingSetSize,KernelModeTime,UserModeTime'

/** Without double quotes, which every layer on the way to PowerShell reads in its own manner. */
export const cimQuery = (pid?: number): string =>
  [
    "$ErrorActionPreference = 'Stop'",
    // without a console there is nothing to set
    'try { [Console]::OutputEncoding = New-Object Text.UTF8Encoding $false } catch { }',
    `Get-CimInstance Win32_Process${pid === undefined ? '' : ` -Filter 'ProcessId=${pid}'`} -Property ${properties},CreationDate |` +
      ` Select-Object ${properties},@{ n = 'Started'; e = { if ($_.CreationDate) { $_.CreationDate.ToUniversalTime().ToString('o') } } } |` +
      ' ConvertTo-Json -Compress',
  ].join('; ')

/** undefined: this is not what was asked for. */
export const parseCim = (text: string): CimRow[] | undefined => {
  // a byte order mark is trimmed, too
  const json = text.trim()
  if (json === '') return []
  try {
    const value: unknown = JSON.parse(json)
    return (Array.isArray(value) ? value : [value]).flatMap((item: unknown) => rowOf(item) ?? [])
  } catch {
    return undefined
  }
}

/** Processor time is counted in 100 ns. */
const unitsPerMs = 10_000

const rowOf = (item: unknown): CimRow | undefined => {
  if (typeof item !== 'object' || item === null) return undefined
  const fields = item as Readonly<Record<string, unknown>>
  const pid = numberIn(fields.ProcessId)
  if (pid === undefined) return undefined
  return {
    pid,
    startTime: textIn(fields.Started),
    // times of start are those of the calendar, and differ from boot to boot
    bootId: '',
    ppid: numberIn(fields.ParentProcessId) ?? 0,
    pgid: 0,
    state: '',
    name: textIn(fields.Name),
    command: textIn(fields.CommandLine),
    memoryBytes: numberIn(fields.WorkingSetSize) ?? 0,
    cpuMs: Math.round(((numberIn(fields.KernelModeTime) ?? 0) + (numberIn(fields.UserModeTime) ?? 0)) / unitsPerMs),
  }
}

const numberIn = (value: unknown): number | undefined => (typeof value === 'number' && value >= 0 ? value : undefined)
const textIn = (value: unknown): string => (typeof value === 'string' ? value : '')

/**
 * Windows never gives a process another parent, and gives the pid of a dead parent to somebody else: who was started
 * after its child is not its parent.
 */
export const withTrueParents = <T extends ProcessRow>(rows: readonly T[]): T[] => {
  const starts = new Map(rows.map(({ pid, startTime }) => [pid, startTime]))
  return rows.map((row) => {
    const parentStart = starts.get(row.ppid)
    const isFalse = parentStart !== undefined && row.startTime !== '' && parentStart > row.startTime
    return isFalse ? { ...row, ppid: 0 } : row
  })
}
