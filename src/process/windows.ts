import { win32 } from 'node:path'
import { type CimRow, cimQuery, parseCim, withTrueParents } from './cim.ts'
import { treeFrom } from './linux.ts'
import { Snapshot } from './snapshot.ts'
import { isSomebody } from './somebody.ts'
import type { ProcessRow, ProcessTable } from './table.ts'
import { systemTools, type Tools } from './tool.ts'

const commandLimit = 4096

/** Where Windows keeps a tool of its own: PATH may be bare, or lead elsewhere. */
export const systemPath = (env: NodeJS.ProcessEnv, ...parts: readonly string[]): string =>
  win32.join(env.SystemRoot ?? env.SYSTEMROOT ?? 'C:\\Windows', 'System32', ...parts)

/** Started below PowerShell 7, Windows PowerShell would look for its modules among those of PowerShell 7, and not load them. */
export const windowsTools = (env: NodeJS.ProcessEnv): Tools =>
  systemTools(Object.fromEntries(Object.entries(env).filter(([name]) => name.toLowerCase() !== 'psmodulepath')))

/** The process table as Windows PowerShell tells it. Every question starts one, for some 500 ms. */
export const windowsProcessTable = (env: NodeJS.ProcessEnv, tools: Tools = windowsTools(env)): ProcessTable => {
  const powershell = systemPath(env, 'WindowsPowerShell', 'v1.0', 'powershell.exe')
  const argumentsFor = (pid?: number) => ['-NoProfile', '-NonInteractive', '-Command', cimQuery(pid)]
  const seen = new Snapshot<ReadonlyMap<number, CimRow>>()

  const ask = (pid: number): CimRow | undefined => {
    const said = isSomebody(pid) ? tools.runNow(powershell, argumentsFor(pid)) : undefined
    return said?.code === 0 ? parseCim(said.text)?.find((row) => row.pid === pid) : undefined
  }
  const rowOf = (pid: number): CimRow | undefined => seen.fresh?.get(pid) ?? ask(pid)

  const list = async (): Promise<ProcessRow[]> => {
    const said = await tools.run(powershell, argumentsFor())
    const rows = withTrueParents((said?.code === 0 ? parseCim(said.text) : undefined) ?? [])
    seen.keep(new Map(rows.map((row) => [row.pid, row])))
    return rows.map(processRow)
  }

  return {
    identify: (pid) => {
      const row = ask(pid)
      // without its start it could be anybody
      return row === undefined || row.startTime === '' ? undefined : processRow(row)
    },
    list,
    tree: async (pid) => {
      const rows = isSomebody(pid) ? await list() : []
      const root = rows.find((row) => row.pid === pid)
      return root === undefined ? [] : treeFrom(root, rows)
    },
    // Windows shows the environment of a process to debuggers only
    environmentOf: () => undefined,
    commandOf: (pid) => rowOf(pid)?.command.slice(0, commandLimit) ?? '',
    usageOf: (pid) => {
      const row = rowOf(pid)
      return row && { memoryBytes: row.memoryBytes, cpuMs: row.cpuMs }
    },
  }
}

const processRow = ({ pid, startTime, bootId, ppid, pgid, state, name }: CimRow): ProcessRow => ({
  ...{ pid, startTime, bootId, ppid, pgid, state, name },
})
