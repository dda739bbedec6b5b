import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { integerArgument, type OptionTable, parseArguments } from '../../src/commands/arguments.ts'

const table: OptionTable = {
  name: { value: 'NAME', help: '' },
  port: { value: 'N', help: '' },
  env: { value: 'K=V', repeated: true, help: '' },
  json: { help: '' },
  'no-restart': { help: '' },
  help: { help: '' },
  version: { help: '' },
}
const parse = (...argv: string[]): ReturnType<typeof parseArguments> => parseArguments(argv, table)

describe('a command line', () => {
  it('is read into values, lists, positionals and the rest', () => {
    expect(parse('server.js', '--name', 'api', '--port=3000', '--env', 'A=1', '--env=B=2', '--json', '--', '--name', 'x')).toEqual({
      values: { name: 'api', port: '3000', json: true },
      lists: { env: ['A=1', 'B=2'] },
      positionals: ['server.js'],
      rest: ['--name', 'x'],
    })
    expect(parse()).toEqual({ values: {}, lists: {}, positionals: [], rest: undefined })
    expect(parse('--').rest).toEqual([])
  })

  it.each(['007', '1e3', '0x10', 'true', 'false', 'null', '1.0', ' '])('the value %j stays as written', (value) => {
    expect(parse('--name', value).values.name).toBe(value)
    expect(parse(`--name=${value}`).values.name).toBe(value)
  })

  it('a switch never swallows what follows it', () => {
    expect(parse('--json', 'server.js')).toMatchObject({ values: { json: true }, positionals: ['server.js'] })
  })

  it('the last of an option wins', () => {
    expect(parse('--port', '1', '--port', '2').values.port).toBe('2')
  })

  it('an option that begins with no- is an option of its own', () => {
    expect(parse('--no-restart').values).toEqual({ 'no-restart': true })
  })

  it('-h and -v are short for help and version', () => {
    expect(parse('-h').values).toEqual({ help: true })
    expect(parse('-v').values).toEqual({ version: true })
  })

  it('what stands after -- is touched by nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (rest) => {
        expect(parse('--json', '--', ...rest)).toMatchObject({ values: { json: true }, positionals: [], rest })
      }),
    )
  })

  it.each([
    [['--nane', 'x'], 'Unknown option --nane; did you mean --name?'],
    [['--completely-different'], 'Unknown option --completely-different.'],
    [['-p', '3000'], 'Unknown option -p'],
    [['--toString'], 'Unknown option --toString'],
    [['--__proto__'], 'Unknown option --__proto__'],
    [['--json=yes'], '--json takes no value, got "yes".'],
    [['--name'], '--name needs a value: --name NAME.'],
    [['--name', '--', 'x'], '--name needs a value: --name NAME.'],
    [['--name='], '--name is empty; it needs a value: --name NAME.'],
  ])('%j: %s', (argv, message) => {
    const read = (): unknown => parse(...argv)
    expect(read).toThrow(expect.objectContaining({ code: 'ERR_INVALID_OPTIONS', hint: 'Run with --help to see the options.' }))
    expect(read).toThrow(message.replace(/\.$/, ''))
  })
})

describe('a whole number', () => {
  it.each([
    ['0', 0],
    ['3000', 3000],
    ['0080', 80],
  ])('%s is %i', (text, value) => {
    expect(integerArgument('port', text, 0, 65_535)).toBe(value)
  })

  it.each(['65536', '-1', '1.5', '1e3', '0x10', '', ' 1', 'x', '99999999999999999999'])('%j is none', (text) => {
    expect(() => integerArgument('port', text, 0, 65_535)).toThrow(
      `Expected --port to be a whole number from 0 to 65535, got ${JSON.stringify(text)}.`,
    )
  })

  it('without an upper bound says only the lower', () => {
    expect(() => integerArgument('n', '0', 1, Number.MAX_SAFE_INTEGER)).toThrow('Expected --n to be a whole number of at least 1, got "0".')
  })
})
