/** The answer of `status` for people. Pure. */
import type { ServiceStatus } from '../supervisor/controller.ts'
import { endOf } from '../supervisor/failure.ts'
import type { StateName } from '../supervisor/model.ts'
import type { Paint, Style } from '../supervisor/sentences.ts'
import { bytes, duration, percent } from './quantities.ts'
import { type Cell, type Column, printable, type Row, setTable, type TableOptions } from './table.ts'

export interface StatusRow {
  readonly name: string
  /** Real path of the project. */
  readonly root: string
  /** Process id. */
  readonly supervisor: number
  /** null: it does not answer. */
  readonly status: ServiceStatus | null
}

const columns: readonly Column[] = [
  { title: 'NAME' },
  { title: 'STATE' },
  { title: 'PID', align: 'right' },
  { title: 'URL' },
  { title: 'UPTIME', align: 'right' },
  { title: 'RESTARTS', align: 'right', optional: 1 },
  { title: 'MEMORY', align: 'right', optional: 2 },
  { title: 'CPU', align: 'right', optional: 3 },
]

export const renderStatus = (rows: readonly StatusRow[], options: TableOptions): string =>
  setTable(
    columns,
    rows.map((row) => rowOf(row, rows.filter(({ name }) => name === row.name).length > 1)),
    options,
  ).join('\n')

/** What `start` says of a service that has become ready. */
export const renderReady = ({ name, url, socket, pid, gateway }: ServiceStatus, paint: Paint): string => {
  const at = url ?? socket
  const place = at === undefined ? '' : ` at ${paint('bold', printable(at))}`
  const door = gateway === undefined ? '' : `, front door at ${paint('bold', gateway.url)}`
  return `${paint('dim', `[${printable(name)}]`)} ${paint('green', 'ready')}${place} ${paint('dim', `(pid ${pid})`)}${door}`
}

const none: Cell = { text: '–', style: 'dim' }
const cell = <T>(value: T | null, write: (value: T) => string): Cell => (value === null ? none : { text: write(value) })

const rowOf = ({ name, root, supervisor, status }: StatusRow, isOneOfSeveral: boolean): Row => {
  const place: Cell[] = isOneOfSeveral ? [{ text: `in ${root}`, style: 'dim' }] : []
  const title: Cell = { text: name, style: 'bold' }
  if (status === null) {
    const note: Cell = { text: `its supervisor, process ${supervisor}, does not answer`, style: 'dim' }
    return { cells: [title, { text: 'silent', style: 'red' }, none, none, none, none, none, none], notes: [...place, note] }
  }
  const { pid, uptimeMs, restarts, memoryBytes, cpuPercent } = status
  return {
    cells: [
      title,
      stateCell(status),
      cell(pid, String),
      cell(placeOf(status), String),
      cell(uptimeMs, duration),
      { text: String(restarts) },
      cell(memoryBytes, bytes),
      cell(cpuPercent, percent),
    ],
    notes: [...place, ...doorNotes(status), ...notesOf(status)],
  }
}

/** Where clients are to go. */
const placeOf = ({ gateway, url, socket }: ServiceStatus): string | null => gateway?.url ?? url ?? socket ?? null

/** What is behind it. */
const doorNotes = ({ gateway, url, socket, standby }: ServiceStatus): Cell[] => {
  if (gateway === undefined) return []
  const behind = url ?? socket
  const second =
    standby === undefined || standby.state === 'stopped'
      ? []
      : [`standby ${standby.state}${standby.pid === null ? '' : ` (pid ${standby.pid})`}`]
  return [{ text: [behind === undefined ? 'front door, nobody behind it' : `front door of ${behind}`, ...second].join(', '), style: 'dim' }]
}

const styles: Readonly<Record<StateName, Style>> = {
  stopped: 'dim',
  starting: 'yellow',
  ready: 'green',
  stopping: 'yellow',
  backoff: 'yellow',
  failed: 'red',
}

const stateCell = ({ state, health }: ServiceStatus): Cell => ({ text: state, style: health.ok === false ? 'yellow' : styles[state] })

/** What a person would ask next. */
const notesOf = ({ state, health, lastExit }: ServiceStatus): Cell[] => {
  if (health.failures > 0) return [{ text: `did not answer the last ${count(health.failures, 'probe')}`, style: 'yellow' }]
  if (lastExit === null || !['starting', 'backoff', 'failed'].includes(state)) return []
  return [{ text: `pid ${lastExit.pid} ${endOf(lastExit)}${lastExit.reason === null ? '' : `: ${lastExit.reason}`}`, style: 'dim' }]
}

const count = (number: number, noun: string): string => (number === 1 ? noun : `${number} ${noun}s`)
