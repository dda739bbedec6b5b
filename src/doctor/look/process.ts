import { redactShown } from '../../logs/redact.ts'
import type { Listener } from '../../ports/owners.ts'
import { readListeners } from '../../ports/read-listeners.ts'
import { darwinTools } from '../../process/darwin.ts'
import { parseProcStat } from '../../process/proc-stat.ts'
import { parsePsTexts } from '../../process/ps.ts'
import type { ProcessRow } from '../../process/table.ts'
import type { ListenerEvidence, ProcessEvidence } from '../evidence.ts'
import { cpuShares } from './cpu.ts'
import { Budget, type Descriptors, describeDescriptors, descriptorsOf } from './descriptors.ts'
import { headInTime, linkNow, textNow } from './proc-files.ts'
import type { LookWorld } from './world.ts'

export interface SeenProcess {
  readonly evidence: ProcessEvidence
  /** null: it does not show what it has open. */
  readonly descriptors: Descriptors | null
}

const commandLimit = 4096
const commandsAtOnce = 16

/** null: nobody has this pid. A zombie is somebody. */
export const lookAtProcess = async (pid: number, world: LookWorld): Promise<ProcessEvidence | null> => {
  const row = rowOf(pid, world)
  return row === undefined ? null : ((await seeProcesses([row], world))[0]?.evidence ?? null)
}

/** The process table takes a zombie for gone; to whoever wonders where a process is, it is not. */
export const rowOf = (pid: number, { table, platform }: LookWorld): ProcessRow | undefined =>
  table.identify(pid) ?? (platform === 'linux' ? zombie(pid) : undefined)

const zombie = (pid: number): ProcessRow | undefined => {
  const stat = parseProcStat(textNow(`/proc/${pid}/stat`))
  return stat && { pid, ppid: stat.ppid, pgid: stat.pgid, state: stat.state, name: stat.name, startTime: stat.startTime, bootId: '' }
}

export interface SeeOptions {
  /** Takes a tenth of a second. Default true. */
  readonly cpu?: boolean
}

/** Each of the processes, in their order. What has ended meanwhile is there as it was seen before. */
export const seeProcesses = async (
  rows: readonly ProcessRow[],
  world: LookWorld,
  { cpu = true }: SeeOptions = {},
): Promise<SeenProcess[]> => {
  const isLinux = world.platform === 'linux'
  const [shares, commands, descriptors] = await Promise.all([
    cpu ? cpuShares(rows, world) : new Map<number, number>(),
    isLinux ? linuxCommands(rows) : otherCommands(rows, world),
    isLinux ? allDescriptors(rows) : new Map<number, Descriptors>(),
  ])
  return Promise.all(
    rows.map(async (row): Promise<SeenProcess> => {
      const { pid, ppid, name } = row
      const own = descriptors.get(pid) ?? null
      const evidence = { pid, ppid, name, command: redactShown(commands.get(pid) ?? ''), cpuPercent: shares.get(pid) ?? null }
      if (!isLinux)
        return { descriptors: null, evidence: { ...evidence, state: row.state, wchan: '', descriptors: null, otherNetwork: false } }
      // last of all, so that it is true of the same moments as the share
      const place = whereItWaits(row)
      // a zombie has nothing open, which is not to be mistaken for a process that has
      const seen = { ...evidence, ...place, descriptors: place.state === 'Z' ? null : describeDescriptors(pid, own) }
      if (!isInOtherNetwork(pid)) return { descriptors: own, evidence: { ...seen, otherNetwork: false } }
      return { descriptors: own, evidence: { ...seen, otherNetwork: true, ownListeners: await listenersThere(pid, own) } }
    }),
  )
}

const whereItWaits = ({ pid, state }: ProcessRow): { readonly state: string; readonly wchan: string } => {
  const stat = parseProcStat(textNow(`/proc/${pid}/stat`))
  return { state: stat?.state ?? state, wchan: wchanOf(`/proc/${pid}`) }
}

/** Of a process or a thread; empty: nowhere, or not shown. */
export const wchanOf = (folder: string): string => {
  const wchan = textNow(`${folder}/wchan`).trim()
  return wchan === '0' ? '' : wchan
}

/**
 * One that sleeps uninterruptibly may keep its command to itself for as long as it does: these come last and one by
 * one, and where the first hangs the others are not asked. Each that hangs takes one of Node's four threads with it.
 */
const linuxCommands = async (rows: readonly ProcessRow[]): Promise<ReadonlyMap<number, string>> => {
  const commands = new Map<number, string>()
  const ask = async ({ pid }: ProcessRow): Promise<boolean> => {
    const text = await headInTime(`/proc/${pid}/cmdline`, commandLimit)
    if (text !== undefined) commands.set(pid, text.toString('utf8').replace(/\0+$/, '').replaceAll('\0', ' '))
    return text !== undefined
  }
  const easy = rows.filter(({ state }) => state !== 'D')
  for (let at = 0; at < easy.length; at += commandsAtOnce) await Promise.all(easy.slice(at, at + commandsAtOnce).map(ask))
  for (const row of rows) if (row.state === 'D' && !(await ask(row))) break
  return commands
}

/** Windows tells commands with the list of processes; macOS runs ps, once for all. */
const otherCommands = async (rows: readonly ProcessRow[], { platform, table, tools }: LookWorld): Promise<ReadonlyMap<number, string>> => {
  if (platform !== 'darwin') return new Map(rows.map(({ pid }) => [pid, table.commandOf(pid)]))
  const said = await (tools ?? darwinTools()).run('/bin/ps', ['-ww', '-o', 'pid=,command=', '-p', rows.map(({ pid }) => pid).join(',')])
  return new Map([...parsePsTexts(said?.text ?? '')].map(([pid, command]) => [pid, command.slice(0, commandLimit)]))
}

const allDescriptors = async (rows: readonly ProcessRow[]): Promise<ReadonlyMap<number, Descriptors>> => {
  const budget = new Budget()
  const found = new Map<number, Descriptors>()
  for (const { pid } of rows) {
    const descriptors = await descriptorsOf(pid, budget)
    if (descriptors !== null) found.set(pid, descriptors)
  }
  return found
}

/** Where that is not shown, it is taken for ours. */
const isInOtherNetwork = (pid: number): boolean => {
  const [own, its] = [linkNow('/proc/self/ns/net'), linkNow(`/proc/${pid}/ns/net`)]
  return own !== '' && its !== '' && own !== its
}

/** Of all that listens in its namespace, what it has open itself. */
const listenersThere = async (pid: number, descriptors: Descriptors | null): Promise<ListenerEvidence[]> => {
  const [v4, v6] = await Promise.all([readListeners(`/proc/${pid}/net/tcp`, 'ipv4'), readListeners(`/proc/${pid}/net/tcp6`, 'ipv6')])
  return [...v4, ...v6].filter(({ socket }) => descriptors?.sockets.has(socket)).map((listener) => asEvidence(listener, pid))
}

/** Without what ties it to a process here. */
export const asEvidence = ({ family, address, port, acceptQueue }: Listener, pid: number | null): ListenerEvidence => ({
  ...{ family, address, port, acceptQueue, pid },
})
