import { readdir } from 'node:fs'
import { promisify } from 'node:util'
import { parseProcStat } from '../../process/proc-stat.ts'
import { Budget, type Descriptors, descriptorsOf } from './descriptors.ts'
import { isClosedOnExec, parseRegistrations, type Registration } from './epoll.ts'
import { headInTime, showLines, textNow } from './proc-files.ts'
import { wchanOf } from './process.ts'
import { established, tcpRowsOf } from './tcp-rows.ts'
import { acceptsFrom, type Wait, waitOf } from './waits.ts'

const namesIn = promisify(readdir)

const mostThreads = 256
const mostEpolls = 32
/** Ten thousand registrations. */
const epollLimit = 1024 * 1024

/**
 * Whether a process waits for connections on a listening socket, or merely has it open, as a child has that has inherited
 * it. null: it cannot be told, or it has no such socket. Linux only; others show none of it.
 */
export const acceptsConnections = async (pid: number, socketInode: string): Promise<boolean | null> => {
  const descriptors = await descriptorsOf(pid, new Budget())
  const fds = descriptors?.sockets.get(socketInode)
  if (descriptors === null || fds === undefined) return null
  const registrations = await registrationsOf(pid, descriptors)
  const lists = (inode: string, of: readonly number[]): boolean =>
    registrations.found.some((one) => of.includes(one.fd) && (one.inode === null || one.inode === inode))
  const registered = lists(socketInode, fds)
  const { epolls, hasRing, sockets } = descriptors
  const connections = registered ? [] : await connectionsFrom(pid, socketInode, descriptors)
  return acceptsFrom({
    waits: registered ? [] : await waitsOf(pid, fds),
    registered: registered || (registrations.whole && descriptors.whole ? false : null),
    hasEpoll: epolls.length > 0,
    hasRing,
    closedOnExec: fds.every((fd) => isClosedOnExec(textNow(`/proc/${pid}/fdinfo/${fd}`))),
    // who has an event loop serves what is in it, and has merely inherited the others
    serves: connections.some((inode) => epolls.length === 0 || lists(inode, sockets.get(inode) ?? [])),
  })
}

const registrationsOf = async (
  pid: number,
  { epolls }: Descriptors,
): Promise<{ readonly found: readonly Registration[]; readonly whole: boolean }> => {
  const found: Registration[] = []
  let whole = epolls.length <= mostEpolls
  for (const fd of epolls.slice(0, mostEpolls)) {
    const isShown = await showLines(`/proc/${pid}/fdinfo/${fd}`, (lines) => found.push(...parseRegistrations(lines)), epollLimit)
    whole &&= isShown
  }
  return { found, whole }
}

/** Sockets of the process that are established connections of the listener's port, as its own network namespace shows them. */
const connectionsFrom = async (pid: number, socketInode: string, { sockets }: Descriptors): Promise<string[]> => {
  const inodes = new Set(sockets.keys())
  const rows: ReturnType<typeof tcpRowsOf> = []
  const add = (lines: string): void => {
    rows.push(...tcpRowsOf(lines, inodes))
  }
  await Promise.all([showLines(`/proc/${pid}/net/tcp`, add), showLines(`/proc/${pid}/net/tcp6`, add)])
  const port = rows.find(({ inode }) => inode === socketInode)?.localPort
  return rows.filter(({ state, localPort }) => state === established && localPort === port).map(({ inode }) => inode)
}

const waitsOf = async (pid: number, fds: readonly number[]): Promise<Wait[]> => {
  const threads = await namesIn(`/proc/${pid}/task`).catch(() => [])
  const waits: Wait[] = threads.length > mostThreads ? ['unknown'] : []
  for (const thread of threads.slice(0, mostThreads)) {
    const folder = `/proc/${pid}/task/${thread}`
    const state = parseProcStat(textNow(`${folder}/stat`))?.state
    // a thread that has ended waits for nothing
    if (state === undefined || state === 'Z' || state === 'X') continue
    const wait = waitOf(state, wchanOf(folder))
    waits.push(wait === 'accept' && (await acceptsElsewhere(folder, fds)) ? 'elsewhere' : wait)
  }
  return waits
}

/** `288 0x3 …`: number of the system call, its arguments, of which accept(2) has the descriptor first. Refused, it is believed to be ours. */
const acceptsElsewhere = async (folder: string, fds: readonly number[]): Promise<boolean> => {
  const [, fd] = /^\d+ (0x[0-9a-f]+) /.exec((await headInTime(`${folder}/syscall`, 200))?.toString('latin1') ?? '') ?? []
  return fd !== undefined && !fds.includes(Number(fd))
}
