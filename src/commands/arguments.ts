/**
 * Reads a command line against a table of options. Values stay as written: `--name 007` is a text. Pure; every mistake
 * is one sentence.
 */
import { parseArgs } from 'node:util'
import { nearest } from '../config/shape.ts'
import { SupervisorError } from '../errors.ts'

export interface OptionSpec {
  /** Name of the value in the help; none: a switch. */
  readonly value?: string
  readonly repeated?: true
  readonly help: string
}

export type OptionTable = Readonly<Record<string, OptionSpec>>

export interface ParsedArguments {
  /** By long name; switches are `true`. The last one wins. */
  readonly values: Readonly<Record<string, string | true | undefined>>
  readonly lists: Readonly<Record<string, readonly string[]>>
  readonly positionals: readonly string[]
  /** What stands after `--`; undefined without one. */
  readonly rest: readonly string[] | undefined
}

export const usageError = (message: string, hint = 'Run with --help to see the options.'): SupervisorError =>
  new SupervisorError('ERR_INVALID_OPTIONS', message, { hint })

const shortNames: Readonly<Record<string, string>> = { h: 'help', v: 'version' }

export const parseArguments = (argv: readonly string[], table: OptionTable): ParsedArguments => {
  const cut = argv.indexOf('--')
  const own = cut === -1 ? argv : argv.slice(0, cut)
  const options = Object.fromEntries(
    Object.entries(table).map(([name, { value }]) => [name, { type: value === undefined ? ('boolean' as const) : ('string' as const) }]),
  )
  const { tokens } = parseArgs({ args: [...own], options, strict: false, allowPositionals: true, tokens: true })
  const values: Record<string, string | true> = {}
  const lists: Record<string, string[]> = {}
  const positionals: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value)
    if (token.kind !== 'option') continue
    const name = token.rawName.startsWith('--') ? token.name : (shortNames[token.name] ?? token.name)
    const spec = Object.hasOwn(table, name) ? table[name] : undefined
    if (spec === undefined) throw unknownOption(token.rawName, table)
    const value = checkValue(token.rawName, spec, token.value)
    if (spec.repeated && value !== true) lists[name] = [...(lists[name] ?? []), value]
    else values[name] = value
  }
  return { values, lists, positionals, rest: cut === -1 ? undefined : argv.slice(cut + 1) }
}

const checkValue = (rawName: string, spec: OptionSpec, value: string | undefined): string | true => {
  if (spec.value === undefined) {
    if (value !== undefined) throw usageError(`${rawName} takes no value, got ${JSON.stringify(value)}.`)
    return true
  }
  if (value === undefined) throw usageError(`${rawName} needs a value: ${rawName} ${spec.value}.`)
  if (value === '') throw usageError(`${rawName} is empty; it needs a value: ${rawName} ${spec.value}.`)
  return value
}

const unknownOption = (rawName: string, table: OptionTable): SupervisorError => {
  const near = nearest(rawName.replace(/^-+/, ''), Object.keys(table))
  return usageError(`Unknown option ${rawName}${near === undefined ? '' : `; did you mean --${near}?`}`)
}

/** A whole number between bounds, from a value as written. */
export const integerArgument = (name: string, text: string, min: number, max: number): number => {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max) return value
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`
  throw usageError(`Expected --${name} to be a whole number ${range}, got ${JSON.stringify(text)}.`)
}
