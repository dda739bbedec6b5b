import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

/** A process; pid and start together, because a pid is given out again. */
export interface Member {
  pid: number
  parent: number
  group: number
  start: string
}

const execFileText = promisify(execFile)
const passes = 10

export function killGroup(group: number, signal: NodeJS.Signals): void {
  kill(process.platform === 'win32' ? group : -group, signal)
}

/** `root`, which leads a group of its own, what descends from it, and the groups that those made. */
export async function listTree(root: number): Promise<Member[]> {
  return withKin(await listAll(), ({ pid, group }) => pid === root || group === root)
}

/** Kills what is left of a tree that was listed earlier, and what joined it since. */
export async function endTree(root: number, members: Member[]): Promise<void> {
  if (process.platform === 'win32') {
    await execFileText('taskkill', ['/pid', String(root), '/T', '/F']).catch(() => {})
    return
  }
  const known = new Set(members.map(identity))
  // Several passes, because a process may start another between the listing and the signal.
  for (let pass = 0; pass < passes; pass++) {
    const left = withKin(await listAll(), (member) => known.has(identity(member)) || member.group === root)
    if (left.length === 0) return
    for (const member of left) {
      known.add(identity(member))
      kill(member.pid, 'SIGKILL')
    }
  }
}

function withKin(all: Member[], isSeed: (member: Member) => boolean): Member[] {
  const found = new Set(all.filter(isSeed))
  for (const member of found) {
    for (const other of all) {
      // A group's leader has the group's number for its pid; a member in somebody else's group says nothing of that group.
      if (other.parent === member.pid || other.group === member.pid) found.add(other)
    }
  }
  return [...found]
}

function identity({ pid, start }: Member): string {
  return `${pid} ${start}`
}

function kill(target: number, signal: NodeJS.Signals): void {
  try {
    process.kill(target, signal)
  } catch {
    // Gone already, which is what was wanted.
  }
}

function listAll(): Promise<Member[]> {
  if (process.platform === 'win32') return Promise.resolve([])
  return process.platform === 'linux' ? listProc() : listPs()
}

async function listProc(): Promise<Member[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const stats = await Promise.all(names.map((name) => readFile(`/proc/${name}/stat`, 'utf8').catch(() => '')))
  return stats.flatMap((stat) => {
    // The name, in parentheses, may hold anything, so the fields are counted from its end.
    const [state, parent, group, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (!stat || state === 'Z' || state === 'X') return []
    return [{ pid: Number.parseInt(stat, 10), parent: Number(parent), group: Number(group), start: rest[16]! }]
  })
}

async function listPs(): Promise<Member[]> {
  const listing = await execFileText('ps', ['-axo', 'pid=,ppid=,pgid=,state=,lstart='], { env: { ...process.env, LC_ALL: 'C' } }).catch(
    () => undefined,
  )
  return (listing?.stdout ?? '').split('\n').flatMap((line) => {
    const [pid, parent, group, state, ...start] = line.trim().split(/\s+/)
    if (!pid || state?.startsWith('Z')) return []
    return [{ pid: Number(pid), parent: Number(parent), group: Number(group), start: start.join(' ') }]
  })
}
