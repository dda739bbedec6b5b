/** Reads the text of /proc/PID/stat. Pure. The name in it may hold spaces and parentheses: fields count from its last `)`. */
export interface ProcStat {
  readonly name: string
  readonly state: string
  readonly ppid: number
  readonly pgid: number
  /** Bits of the kernel (`PF_…`); 0 where it keeps them to itself. */
  readonly flags: number
  readonly threads: number
  /** Clock ticks since boot, as text. */
  readonly startTime: string
  /** User and system time, clock ticks. */
  readonly cpuTicks: number
}

export const parseProcStat = (text: string): ProcStat | undefined => {
  const open = text.indexOf('(')
  const close = text.lastIndexOf(')')
  if (open === -1 || close < open) return undefined
  // from field 3 (state) on; field n of the manual page is fields[n - 3]
  const fields = text.slice(close + 2).split(' ')
  const [state, ppid, pgid] = fields
  const startTime = fields[19]
  if (state === undefined || startTime === undefined) return undefined
  return {
    name: text.slice(open + 1, close),
    state,
    ppid: Number(ppid),
    pgid: Number(pgid),
    flags: Number(fields[6]),
    threads: Number(fields[17]),
    startTime,
    cpuTicks: Number(fields[11]) + Number(fields[12]),
  }
}

/** A zombie runs nothing and holds nothing: it counts as gone. It is none while threads live on that its first one has left behind. */
export const isLive = ({ state, threads }: ProcStat): boolean => !['Z', 'X', 'x'].includes(state) || threads > 1

/** `PF_EXITING`: set before a thread gives anything back that it had open. */
const exiting = 0x4

/** undefined: it cannot be told. A first thread that has ended says nothing about those that it has left behind. */
export const isExiting = (text: string): boolean | undefined => {
  const stat = parseProcStat(text)
  if (stat === undefined || stat.flags === 0) return undefined
  const hasEnded = (stat.flags & exiting) !== 0 || ['Z', 'X', 'x'].includes(stat.state)
  return hasEnded && stat.threads > 1 ? undefined : hasEnded
}
