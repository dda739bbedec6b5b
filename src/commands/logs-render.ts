/** Lines of output as `logs` shows them. Asks for nothing but the local time zone. */
import type { DiskLogLine } from '../logs/disk-line.ts'
import type { Paint } from '../supervisor/sentences.ts'

export type RenderLine = (line: DiskLogLine) => string

/** As they were written, and nothing else. */
export const rawLine: RenderLine = ({ line }) => `${line}\n`

export const jsonLine: RenderLine = ({ time, stream, pid, line, cut }) =>
  `${JSON.stringify({ time: new Date(time).toISOString(), stream, pid, line, ...(cut && { cut }) })}\n`

/** With the time before it, that of the complaints (stderr) in another colour; the day, too, where it is not today. */
export const timedLine =
  (paint: Paint, now: number): RenderLine =>
  ({ time, stream, line }) => {
    const isToday = dayOf(time) === dayOf(now)
    return `${paint(stream === 'stderr' ? 'yellow' : 'dim', `${isToday ? '' : `${dayOf(time)} `}${clockOf(time)}`)} ${line}\n`
  }

const two = (count: number): string => String(count).padStart(2, '0')

const dayOf = (time: number): string => {
  const date = new Date(time)
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

const clockOf = (time: number): string => {
  const date = new Date(time)
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')
}
