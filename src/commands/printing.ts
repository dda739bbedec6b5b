import type { Paint } from '../supervisor/sentences.ts'
import type { ParsedArguments } from './arguments.ts'
import type { TableOptions } from './table.ts'
import { outputOf, painter } from './terminal.ts'

export const printJson = (value: unknown): void => void outputOf('stdout').write(`${JSON.stringify(value, null, 2)}\n`)
export const printText = (text: string): void => void outputOf('stdout').write(`${text}\n`)
/** Words, which never stand among data. */
export const tell = (words: string): void => void outputOf('stderr').write(`${words}\n`)

export const isJson = ({ values }: ParsedArguments): boolean => values.json === true

export const painterOf = ({ values }: ParsedArguments, fd: 1 | 2): Paint => painter(fd, process.env, values['no-color'] === true)

/** Only a terminal is ever too narrow. */
export const tableOptions = (args: ParsedArguments): TableOptions => ({
  paint: painterOf(args, 1),
  width: outputOf('stdout').columns ?? Number.POSITIVE_INFINITY,
})
