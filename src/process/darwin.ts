import { treeFrom } from './linux.ts'
import { type PsRow, parsePs, parsePsTexts, psColumns, variableInPs } from './ps.ts'
import { Snapshot } from './snapshot.ts'
import { isSomebody } from './somebody.ts'
import type { ProcessRow, ProcessTable, ProcessUsage } from './table.ts'
import { systemTools, type Tools } from './tool.ts'

/** By their paths: PATH may be bare, or lead elsewhere. */
const ps = '/bin/ps'
const sysctl = '/usr/sbin/sysctl'

const commandLimit = 4096

interface Look {
  readonly rows: ReadonlyMap<number, PsRow>
  /** Read when they are first asked for. */
  environments?: ReadonlyMap<number, string>
}

/** Times in UTC, and the words of the C locale; but names as they are, and not `M-CM-$` for an ä. */
export const darwinTools = (): Tools => systemTools({ TZ: 'UTC', LC_CTYPE: 'UTF-8' })

/** The process table as ps(1) of macOS tells it. Every question runs a tool, for 5 to 50 ms. */
export const darwinProcessTable = (tools: Tools = darwinTools()): ProcessTable => {
  const seen = new Snapshot<Look>()
  let bootId: string | undefined

  // not kern.boottime, which moves whenever the clock is set
  const boot = (): string | undefined => {
    const said = bootId === undefined ? tools.runNow(sysctl, ['-n', 'kern.bootsessionuuid']) : undefined
    if (said?.code === 0 && said.text.trim() !== '') bootId = said.text.trim()
    return bootId
  }

  const ask = (pid: number, ...args: readonly string[]): string => {
    const said = isSomebody(pid) ? tools.runNow(ps, ['-ww', ...args, '-p', String(pid)]) : undefined
    return said?.code === 0 ? said.text : ''
  }
  const askRow = (pid: number): PsRow | undefined => parsePs(ask(pid, '-o', psColumns)).find((row) => row.pid === pid)

  const identify = (pid: number): ProcessRow | undefined => {
    const row = askRow(pid)
    const id = row && boot()
    // half an identity would fit too many
    return row && id !== undefined ? processRow(row, id) : undefined
  }

  const list = async (): Promise<ProcessRow[]> => {
    const said = await tools.run(ps, ['-ww', '-axo', psColumns])
    const rows = said?.code === 0 ? parsePs(said.text) : []
    seen.keep({ rows: new Map(rows.map((row) => [row.pid, row])) })
    const id = rows.length === 0 ? '' : (boot() ?? '')
    return rows.map((row) => processRow(row, id))
  }

  const tree = async (pid: number): Promise<ProcessRow[]> => {
    const rows = isSomebody(pid) ? await list() : []
    const root = rows.find((row) => row.pid === pid)
    return root === undefined ? [] : treeFrom(root, rows)
  }

  /** Asked of one of a list it will be asked of all: then one ps for them all. */
  const environmentTextOf = (pid: number): string => {
    const look = seen.fresh
    if (look === undefined) return ask(pid, '-E', '-o', 'command=')
    look.environments ??= environmentsNow()
    return look.environments.get(pid) ?? ask(pid, '-E', '-o', 'command=')
  }
  const environmentsNow = (): ReadonlyMap<number, string> => {
    const said = tools.runNow(ps, ['-E', '-ww', '-axo', 'pid=,command='])
    return parsePsTexts(said?.code === 0 ? said.text : '')
  }

  return {
    identify,
    list,
    tree,
    // shown of this user's own processes only, and of no program that the system protects (/bin/sleep)
    environmentOf: (pid, variable) => variableInPs(environmentTextOf(pid), variable),
    commandOf: (pid) => commandIn(ask(pid, '-o', 'command=')),
    usageOf: (pid) => usage(seen.fresh?.rows.get(pid) ?? askRow(pid)),
  }
}

const processRow = ({ pid, startTime, ppid, pgid, state, name }: PsRow, bootId: string): ProcessRow => ({
  ...{ pid, startTime, bootId, ppid, pgid, state, name },
})

const usage = (row: PsRow | undefined): ProcessUsage | undefined => row && { memoryBytes: row.memoryBytes, cpuMs: row.cpuMs }

/** A name in brackets is what ps says where it may not read the command; a zombie has none. */
const commandIn = (text: string): string => {
  const command = text.trim().slice(0, commandLimit)
  return /^\([^)]*\)$/.test(command) || command === '<defunct>' ? '' : command
}
