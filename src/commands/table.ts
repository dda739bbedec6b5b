/**
 * Sets rows in columns. Pure. Where they are too wide, columns that can be missed are left out, then one is cut. What
 * others have named (processes, services) cannot move the cursor: it is shown, not obeyed.
 */
import type { Paint, Style } from '../supervisor/sentences.ts'

export interface Column {
  readonly title: string
  readonly align?: 'right'
  /** Left out where there is too little room, the highest number first. */
  readonly optional?: number
  /** Cut where there is still too little room. */
  readonly shrinks?: true
}

export interface Cell {
  readonly text: string
  readonly style?: Style | undefined
}

export interface Row {
  readonly cells: readonly Cell[]
  /** Lines below it. */
  readonly notes?: readonly Cell[]
}

export interface TableOptions {
  readonly paint: Paint
  /** Columns of the terminal; Infinity where there is none. */
  readonly width: number
}

const gap = '  '
const narrowest = 8

/** Lines, the titles first. */
export const setTable = (columns: readonly Column[], rows: readonly Row[], { paint, width }: TableOptions): string[] => {
  const widths = columns.map(({ title }, at) => Math.max(title.length, ...rows.map(({ cells }) => shown(cells[at]).length)))
  const least = widths.map((own, at) => (columns[at]?.shrinks ? Math.min(own, 2 * narrowest) : own))
  const kept = keptColumns(columns, least, width)
  const excess = total(kept, widths) - width
  for (const at of kept) if (columns[at]?.shrinks && excess > 0) widths[at] = Math.max(narrowest, widths[at]! - excess)
  const line = (cells: readonly Cell[]): string =>
    kept
      .map((at) => set(cells[at], columns[at], widths[at]!, paint))
      .join(gap)
      .trimEnd()
  const titles = columns.map(({ title }): Cell => ({ text: title, style: 'dim' }))
  return [line(titles), ...rows.flatMap(({ cells, notes = [] }) => [line(cells), ...notes.map((note) => indented(note, paint))])]
}

const keptColumns = (columns: readonly Column[], least: readonly number[], width: number): number[] => {
  let kept = columns.map((_, at) => at)
  for (;;) {
    const optional = kept.filter((at) => columns[at]?.optional !== undefined)
    if (total(kept, least) <= width || optional.length === 0) return kept
    const dropped = optional.reduce((a, b) => (columns[a]!.optional! >= columns[b]!.optional! ? a : b))
    kept = kept.filter((at) => at !== dropped)
  }
}

const total = (kept: readonly number[], widths: readonly number[]): number =>
  kept.reduce((sum, at) => sum + widths[at]!, 0) + gap.length * (kept.length - 1)

const set = (cell: Cell | undefined, column: Column | undefined, width: number, paint: Paint): string => {
  const text = shown(cell)
  const cut = cutTo(text, width)
  const painted = cell?.style === undefined || cut === '' ? cut : paint(cell.style, cut)
  const space = ' '.repeat(width - cut.length)
  return column?.align === 'right' ? space + painted : painted + space
}

/** Both ends stay: how a command begins and which script it runs say more than what is between. */
const cutTo = (text: string, width: number): string => {
  if (text.length <= width) return text
  const head = Math.floor((width - 1) / 3)
  return `${text.slice(0, head)}…${text.slice(text.length - (width - 1 - head))}`
}

const indented = (note: Cell, paint: Paint): string => `  ${note.style === undefined ? shown(note) : paint(note.style, shown(note))}`

const shown = (cell: Cell | undefined): string => printable(cell?.text ?? '')

/** Without anything that a terminal would take for an order, or that would turn the order of what is read. */
export const printable = (text: string): string =>
  text.replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, '·')
