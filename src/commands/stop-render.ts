/** The answer of `stop` for people. Pure. */
import type { StopReport } from '../supervisor/controller.ts'
import type { Paint } from '../supervisor/sentences.ts'
import { printable } from './table.ts'

export type Stopped = { readonly service: string } & StopReport

export const renderStopped = ({ service, reaped }: Stopped, paint: Paint): string => {
  const ended = reaped.length === 0 ? '' : paint('dim', ` (ended pid ${reaped.join(', ')})`)
  return `${paint('dim', `[${printable(service)}]`)} stopped${ended}`
}

export interface Survivor {
  readonly pid: number
  /** Empty where it is not known. */
  readonly command: string
}

export const survivorWords = (survivors: readonly Survivor[]): string => {
  const named = survivors.map(({ pid, command }) => `${pid}${command === '' ? '' : ` (${printable(command.slice(0, 80))})`}`).join(', ')
  return survivors.length === 1
    ? `Process ${named} lives on. It was started by this service, but is not proved to be ours, or did not die.`
    : `Processes ${named} live on. They were started by this service, but are not proved to be ours, or did not die.`
}
