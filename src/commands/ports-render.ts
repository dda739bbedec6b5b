/** The answer of `ports` for people. Pure. */
import type { PortRow } from '../ports/table.ts'
import { type Cell, type Column, setTable, type TableOptions } from './table.ts'

/** Of which service a process is, in words. */
export type ServiceOf = (pid: number) => { readonly service: string; readonly isOrphan: boolean } | undefined

const columns: readonly Column[] = [
  { title: 'PORT', align: 'right' },
  { title: 'ADDRESS' },
  { title: 'PID', align: 'right' },
  { title: 'USER', optional: 1 },
  { title: 'SERVICE' },
  { title: 'COMMAND', shrinks: true },
]

export const renderPorts = (rows: readonly PortRow[], serviceOf: ServiceOf, options: TableOptions): string =>
  setTable(
    columns,
    rows.map((row) => ({ cells: cellsOf(row, serviceOf) })),
    options,
  ).join('\n')

const none: Cell = { text: '–', style: 'dim' }

const cellsOf = ({ port, address, pid, user, ours, command }: PortRow, serviceOf: ServiceOf): Cell[] => [
  { text: String(port), style: 'bold' },
  { text: address },
  pid === null ? none : { text: String(pid) },
  user === null ? none : { text: user },
  serviceCell(pid === null || !ours ? undefined : serviceOf(pid)),
  command === null ? none : { text: briefCommand(command) },
]

/** Where the program lies is not what a person looks for. */
const briefCommand = (command: string): string => command.replace(/^\S*\//, '')

const serviceCell = (belonging: ReturnType<ServiceOf>): Cell => {
  if (belonging === undefined) return none
  const { service, isOrphan } = belonging
  return isOrphan ? { text: `${service} (orphan)`, style: 'yellow' } : { text: service, style: 'green' }
}
