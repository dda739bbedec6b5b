import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readCmdShim } from '../../src/detect/cmd-shim.ts'
import { headBytes, typeContent } from '../../src/detect/content.ts'
import { natives, npmNative, npmScript, oldScript, pnpmScript, psScript, scoopBatch, scripts } from './shims.ts'

const cliJs = 'node_modules/@anthropic-ai/claude-code/cli.js'
const claudeExe = 'node_modules/@anthropic-ai/claude-code/bin/claude.exe'
const spelled = (path: string): string => path.replaceAll('\\', '/')

const everyShim = [
  ...Object.values(scripts).flatMap((template) => [template(cliJs), template(cliJs, '--no-warnings --max-old-space-size=8192')]),
  ...Object.values(natives).map((template) => template(claudeExe)),
  scoopBatch('C:\\apps\\nodejs\\bin\\claude.cmd'),
]

describe('what a shim starts', () => {
  it.each(Object.entries(scripts))('a script, through Node: %s', (_, template) => {
    const plain = readCmdShim(template(cliJs))
    expect(plain).toMatchObject({ format: 'cmd-shim', throughNode: true, args: [] })
    expect(spelled(plain!.target)).toBe(cliJs)
    expect(readCmdShim(template(cliJs, '--no-warnings --expose-gc'))).toMatchObject({ args: ['--no-warnings', '--expose-gc'] })
  })

  it.each(Object.entries(natives))('a native file: %s', (_, template) => {
    const seen = readCmdShim(template(claudeExe))
    expect(seen).toMatchObject({ format: 'cmd-shim', throughNode: false, args: [] })
    expect(spelled(seen!.target)).toBe(claudeExe)
  })

  it('the batch file of a package: scoop', () => {
    const target = 'C:\\Users\\me\\scoop\\persist\\nodejs\\bin\\claude.cmd'
    expect(readCmdShim(scoopBatch(target))).toMatchObject({ target, throughNode: false, maker: 'scoop' })
  })

  it('says who wrote it, and in which language', () => {
    expect(readCmdShim(npmNative(claudeExe))).toMatchObject({ maker: 'npm', language: 'batch file' })
    expect(readCmdShim(pnpmScript(cliJs))).toMatchObject({ maker: 'pnpm', language: 'batch file' })
    expect(readCmdShim(psScript(cliJs))).toMatchObject({ language: 'PowerShell script' })
  })

  it('may lie above, in a folder with blanks, brackets, an ampersand or letters of any language', () => {
    const target = '../../Jörg & Söhne (2)/モジュール/cli.js'
    for (const text of [npmScript(target), oldScript(target), psScript(target)]) {
      expect(spelled(readCmdShim(text)!.target)).toBe(target)
    }
  })

  it('is the same with the line ends of POSIX, as a checkout may have them', () => {
    for (const text of everyShim) expect(readCmdShim(text.replaceAll('\r\n', '\n'))).toEqual(readCmdShim(text))
  })
})

const isPowerShell = (text: string): boolean => text.startsWith('#!')
const inPath = (text: string, name: string): string => text.replaceAll(/node_modules|(?<=\\)apps(?=\\)/g, () => name)

describe('a file that somebody changed', () => {
  it.each([
    ['another command at the end', (text: string) => `${text}del /q C:\\*\r\n`],
    ['another command behind an empty line', (text: string) => `${text}\r\nclaude-setup\r\n`],
    ['another command before', (text: string) => `@call setup.cmd\r\n${text}`],
    ['a command joined to the last line', (text: string) => `${text.trimEnd()} & calc\r\n`],
    ['a variable in the path', (text: string) => inPath(text, isPowerShell(text) ? '$env:X' : '%X%')],
    ['a command in the path', (text: string) => inPath(text, isPowerShell(text) ? '$(calc)' : 'x" & calc & "')],
    ['a quote that ends the path', (text: string) => inPath(text, 'x" "y')],
    ['a byte order mark', (text: string) => `\ufeff${text}`],
    ['the last line missing', (text: string) => text.replace(/[^\n]*\r?\n?$/, '')],
  ])('starts nobody knows what: %s', (_, change) => {
    for (const text of everyShim) {
      expect(change(text)).not.toBe(text)
      expect({ text, seen: readCmdShim(change(text)) }).toEqual({ text, seen: undefined })
    }
  })

  it('nor with two targets that differ', () => {
    const one = oldScript(cliJs)
    expect(readCmdShim(one.replace('cli.js', 'other.js'))).toBeUndefined()
    expect(readCmdShim(pnpmScript(cliJs).replace('cli.js', 'other.js'))).toBeUndefined()
    expect(readCmdShim(psScript(cliJs).replace('cli.js', 'other.js'))).toBeUndefined()
    expect(readCmdShim(scoopBatch('C:\\a.cmd').replace('C:\\a.cmd', 'C:\\b.cmd'))).toBeUndefined()
  })

  it.each(['claude-wrapper & calc', '--eval=%X%', '>out', '^&', '"--x"', '`calc`', '$env:X', '|more', '(x)'])(
    'nor with a flag like %j',
    (flag) => {
      for (const template of Object.values(scripts)) expect(readCmdShim(template(cliJs, flag))).toBeUndefined()
    },
  )

  it('nor with a path that begins at the root, for which a relative one was meant', () => {
    expect(readCmdShim(npmNative('/server/share/claude.exe'))).toBeUndefined()
    expect(readCmdShim(npmNative('D:/claude.exe'))).toBeUndefined()
  })

  it('nor with whatever is put in anywhere: either it is refused, or it is part of one path without a command', () => {
    const commands = fc.constantFrom('\r\ncalc\r\n', '\ncalc\n', ' & calc', '%COMSPEC%', '"&calc&"', '$(calc)', ' | calc', '\0', '`', '^')
    fc.assert(
      fc.property(fc.constantFrom(...everyShim), fc.nat(2000), commands, (text, at, command) => {
        const seen = readCmdShim(text.slice(0, at % text.length) + command + text.slice(at % text.length))
        if (seen === undefined) return
        expect(seen.target).not.toMatch(/["%<>|\r\n\0]/)
        if (seen.language === 'PowerShell script') expect(seen.target).not.toMatch(/[$`]/)
        for (const word of seen.args) expect(word).toMatch(/^[\w./:=,@+-]+$/)
      }),
      { numRuns: 3000 },
    )
  })

  it('and never makes the reader throw, or think for long', () => {
    const pieces = fc.constantFrom(
      ...everyShim.flatMap((text) => text.split('\n')),
      '@',
      '"%~dp0\\',
      'a'.repeat(50),
      ' ',
      '\r\n',
      '%NODE_PATH%',
    )
    const texts = fc.oneof(
      fc.string(),
      fc.array(pieces, { maxLength: 40 }).map((some) => some.join('\n')),
    )
    fc.assert(
      fc.property(fc.constantFrom('', '@', '#!/usr/bin/env pwsh'), texts, (start, text) => {
        expect(() => readCmdShim(start + text)).not.toThrow()
      }),
      { numRuns: 3000 },
    )
    // A pattern that tries every way to cut these into words would never come back.
    for (const flags of ['a'.repeat(3000), 'a '.repeat(1500), ' '.repeat(3000)]) {
      expect(readCmdShim(npmScript(cliJs, flags).replace('%*', ''))).toBeUndefined()
    }
  })
})

describe('the type of such a file', () => {
  it('is that of a shim, the #! line of the PowerShell twin notwithstanding', () => {
    for (const text of everyShim) expect(typeContent(Buffer.from(text))).toEqual(readCmdShim(text))
  })

  it('is unknown where the file may go on behind what was read of it', () => {
    const whole = npmNative(`${'x'.repeat(headBytes - npmNative('').length)}`)
    expect(readCmdShim(whole)).toBeDefined()
    expect(typeContent(Buffer.from(`${whole}calc\r\n`).subarray(0, headBytes))).toEqual({ format: 'text' })
  })
})
