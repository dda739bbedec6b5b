/** The text of `--help`, made from the tables that the command line is read with. Pure. */
import type { OptionTable } from './arguments.ts'

export interface CommandHelp {
  readonly usage: readonly string[]
  readonly summary: string
  readonly options: OptionTable
}

const column = 26

const optionLines = (table: OptionTable): string[] =>
  Object.entries(table).map(([name, { value, help }]) => `  ${`--${name}${value === undefined ? '' : ` ${value}`}`.padEnd(column)}${help}`)

export const commandHelp = ({ usage, summary, options }: CommandHelp, everywhere: OptionTable): string =>
  [
    summary,
    '',
    'Usage',
    ...usage.map((line) => `  jarvis-supervise ${line}`),
    ...(Object.keys(options).length === 0 ? [] : ['', 'Options', ...optionLines(options)]),
    '',
    'Everywhere',
    ...optionLines(everywhere),
    '',
  ].join('\n')

export const overview = (commands: Readonly<Record<string, CommandHelp>>, everywhere: OptionTable): string =>
  [
    'Supervises a local backend: proves that it is ours that answers, keeps it answering,',
    'leaves nothing behind.',
    '',
    'Usage',
    '  jarvis-supervise <command> [options]',
    '',
    'Commands',
    ...Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(column)}${summary}`),
    '',
    'Everywhere',
    ...optionLines(everywhere),
    '',
    'More on a command: jarvis-supervise <command> --help',
    '',
  ].join('\n')
