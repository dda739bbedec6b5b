import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { isLive, parseProcStat } from '../../src/process/proc-stat.ts'

/** Asks until something has become true: for facts of the system, which tell nobody when they change. */
export async function until(what: string, isTrue: () => boolean | Promise<boolean>, deadlineMs = 10_000): Promise<void> {
  const deadline = performance.now() + deadlineMs
  while (!(await isTrue())) {
    if (performance.now() > deadline) throw new Error(`After ${deadlineMs} ms it is not true that ${what}.`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** A zombie does not count, but while others of its threads end it has everything open still. */
export const isAlive = (pid: number): boolean => {
  const stat = parseProcStat(read(`/proc/${pid}/stat`))
  return stat !== undefined && isLive(stat)
}

/** All that was started with this variable in its environment, found where it does not hide: `NAME=value`. */
export const pidsMarked = (mark: string): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => read(`/proc/${name}/environ`).split('\0').includes(mark))
    .map(Number)

export const commandOf = (pid: number): string => read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim()

/** For a failed test to say what it left. */
export const describePids = (pids: readonly number[]): string[] => pids.map((pid) => `${pid} ${commandOf(pid)}`)

/** Ends a process that the test has started, and waits until it is gone. */
export const killPid = async (pid: number): Promise<void> => {
  process.kill(pid, 'SIGKILL')
  await until(`process ${pid} is gone`, () => !isAlive(pid))
}

/** What this process holds that could leak: sockets, pipes and the like (no files: modules are read at any time), timers, handles. */
export const holdings = (): string[] => {
  const descriptors = readdirSync('/proc/self/fd').flatMap((fd) => {
    const target = link(`/proc/self/fd/${fd}`)
    return target.startsWith('/') || target === '' ? [] : [`fd ${target.replace(/\[?\d+\]?$/, '')}`]
  })
  return [...descriptors, ...process.getActiveResourcesInfo()].sort()
}

/** What is in `after` more often than in `before`. */
export const surplus = (before: readonly string[], after: readonly string[]): string[] => {
  const rest = [...before]
  return after.filter((item) => {
    const at = rest.indexOf(item)
    if (at !== -1) rest.splice(at, 1)
    return at === -1
  })
}

/** A process that has nothing to do with any supervisor. Resolves when it has been spawned. */
export const startStranger = async (script: string, env: NodeJS.ProcessEnv): Promise<ChildProcess> => {
  const child = spawn(process.execPath, [script], { env, stdio: 'ignore' })
  await once(child, 'spawn')
  return child
}

// a process may go away between two reads
const read = (path: string): string => {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}

const link = (path: string): string => {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
