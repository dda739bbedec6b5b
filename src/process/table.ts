import type { ProcessIdentity } from './identity.ts'

/** One row of the process table. */
export interface ProcessRow extends ProcessIdentity {
  readonly ppid: number
  /** Process group; 0 where the platform has none (Windows). */
  readonly pgid: number
  /** Scheduler state: `R` `S` `D` `T` `Z` … as on Linux; empty where unknown. */
  readonly state: string
  /** The executable's short name as the kernel keeps it. */
  readonly name: string
}

/** Memory and processor time of a process. */
export interface ProcessUsage {
  readonly memoryBytes: number
  /** User + system time since its start, milliseconds. */
  readonly cpuMs: number
}

/**
 * What the supervisor can learn about processes. One reader per platform. A zombie counts as gone: nothing of it
 * runs or holds a port. No call throws because a process went away meanwhile.
 */
export interface ProcessTable {
  /** Who has this pid now; undefined when nobody has (or a zombie). Synchronous: used right before a signal. */
  identify(pid: number): ProcessRow | undefined
  /** All live processes. Yields to the event loop while it reads, so that a long table never holds the thread. */
  list(): Promise<ProcessRow[]>
  /** `pid` and what descends from it now, root first; cheap where the kernel lists children. */
  tree(pid: number): Promise<ProcessRow[]>
  /** Value of a variable in the environment that the process was *started* with; undefined when absent or not readable. */
  environmentOf(pid: number, variable: string): string | undefined
  /** The command line, arguments separated by spaces; empty when not readable. */
  commandOf(pid: number): string
  usageOf(pid: number): ProcessUsage | undefined
}
