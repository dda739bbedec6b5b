import { closeSync, openSync, readdir, readdirSync, readFileSync, readSync } from 'node:fs'
import { variableIn } from './environ.ts'
import { isLive, type ProcStat, parseProcStat } from './proc-stat.ts'
import { inSlices, Slices } from './slices.ts'
import type { ProcessRow, ProcessTable, ProcessUsage } from './table.ts'

/** Linux reports processor time in hundredths of a second, whatever the kernel's own tick is. */
const msPerTick = 10
const environmentLimit = 256 * 1024
const commandLimit = 4096

/** The process table as /proc shows it. Reading it runs nothing. */
export const linuxProcessTable = (): ProcessTable => {
  let bootId: string | undefined
  // one for all reads: each is over before the next begins
  const buffer = Buffer.allocUnsafeSlow(environmentLimit)
  const head = (path: string, limit: number): Buffer => readHead(path, buffer, limit)
  const boot = (): string => (bootId ??= text('/proc/sys/kernel/random/boot_id')?.trim() ?? '')

  const identify = (pid: number): ProcessRow | undefined => {
    const stat = liveStat(pid)
    if (stat === undefined) return undefined
    const { name, state, ppid, pgid, startTime } = stat
    return { pid, startTime, bootId: boot(), ppid, pgid, state, name }
  }

  const list = async (): Promise<ProcessRow[]> => {
    const rows = await inSlices((await allNames('/proc')).filter(isPid), (name) => identify(Number(name)))
    return rows.filter((row) => row !== undefined)
  }

  const tree = async (pid: number): Promise<ProcessRow[]> => {
    const root = identify(pid)
    if (root === undefined) return []
    const rows = [root]
    const slices = new Slices()
    for (const row of rows) {
      const children = childrenOf(row.pid)
      if (children === undefined) return treeFrom(root, await list())
      for (const child of await inSlices(children, identify, slices)) if (child !== undefined) rows.push(child)
      if (slices.over) await slices.pause()
    }
    return rows
  }

  return {
    identify,
    list,
    tree,
    environmentOf: (pid, variable) => variableIn(head(`/proc/${pid}/environ`, environmentLimit), variable),
    commandOf: (pid) => head(`/proc/${pid}/cmdline`, commandLimit).toString('utf8').replace(/\0+$/, '').replaceAll('\0', ' '),
    usageOf,
  }
}

/** The same from a list, where the kernel does not tell what a process has started. */
export const treeFrom = (root: ProcessRow, all: readonly ProcessRow[]): ProcessRow[] => {
  const children = new Map<number, ProcessRow[]>()
  for (const row of all) {
    const siblings = children.get(row.ppid)
    if (siblings === undefined) children.set(row.ppid, [row])
    else siblings.push(row)
  }
  // the rows were not read in one moment: a reused pid must not lead round in a circle
  const rows = new Map([[root.pid, root]])
  for (const { pid } of rows.values()) for (const child of children.get(pid) ?? []) if (!rows.has(child.pid)) rows.set(child.pid, child)
  return [...rows.values()]
}

/** What each of its threads has started; undefined where this kernel does not list that (CONFIG_PROC_CHILDREN). */
const childrenOf = (pid: number): number[] | undefined => {
  const children: number[] = []
  for (const thread of names(`/proc/${pid}/task`)) {
    const listed = text(`/proc/${pid}/task/${thread}/children`)
    if (listed === undefined && text(`/proc/${pid}/task/${thread}/stat`) !== undefined) return undefined
    children.push(...(listed ?? '').split(' ').filter(isPid).map(Number))
  }
  return children
}

const liveStat = (pid: number): ProcStat | undefined => {
  const stat = parseProcStat(text(`/proc/${pid}/stat`) ?? '')
  return stat !== undefined && isLive(stat) ? stat : undefined
}

const usageOf = (pid: number): ProcessUsage | undefined => {
  const stat = liveStat(pid)
  const resident = /^VmRSS:\s+(\d+) kB/m.exec(text(`/proc/${pid}/status`) ?? '')
  return stat && { memoryBytes: Number(resident?.[1] ?? 0) * 1024, cpuMs: stat.cpuTicks * msPerTick }
}

const isPid = (name: string): boolean => /^\d+$/.test(name)

// A process may go away between two reads, or belong to somebody else: then there is nothing to tell about it.
const text = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return undefined
  }
}

const names = (path: string): string[] => {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

/** The kernel takes milliseconds to list some thousand names: not on this thread. */
const allNames = (path: string): Promise<string[]> =>
  new Promise((resolve) => readdir(path, (error, list) => resolve(error === null ? list : [])))

/** The first `limit` bytes: a process may make its environment and its arguments as long as it likes. */
const readHead = (path: string, buffer: Buffer, limit: number): Buffer => {
  let length = 0
  try {
    const file = openSync(path, 'r')
    try {
      for (let read = -1; read !== 0 && length < limit; length += read) read = readSync(file, buffer, length, limit - length, null)
    } finally {
      closeSync(file)
    }
  } catch {
    return buffer.subarray(0, 0)
  }
  return buffer.subarray(0, length)
}
