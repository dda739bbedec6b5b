import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isAnswer, isShell, marksOf, readAnswer, shellArguments } from '../../src/detect/login-shell.ts'

const marks = marksOf('nonce1')
const home = '/home/me'

const answerOf = (path: string, claude = ''): string =>
  ['', marks.begin, '', path, '', marks.middle, '', claude, '', marks.end, ''].join('\n')
const read = (output: string) => readAnswer(output, marks, home)
const claudeOf = (said: string): string | null | undefined => read(answerOf('/bin', said))?.claude

describe('a login shell is asked', () => {
  it.each([
    ['/bin/zsh', ['-i', '-l', '-c'], ['-l', '-c']],
    ['/bin/bash', ['-i', '-l', '-c'], ['-l', '-c']],
    ['/bin/sh', ['-i', '-l', '-c'], ['-l', '-c']],
    ['/opt/homebrew/bin/fish', ['-i', '-l', '-c'], ['-l', '-c']],
    ['/home/me/.cargo/bin/nu', ['-i', '-l', '-c'], ['-l', '-c']],
    ['/bin/tcsh', ['-i', '-c'], ['-c']],
    ['/bin/csh', ['-i', '-c'], ['-c']],
    ['/usr/local/bin/pwsh', ['-Login', '-NoLogo', '-Command'], ['-Login', '-NoLogo', '-NoProfile', '-Command']],
    ['/opt/my/constructor', ['-i', '-l', '-c'], ['-l', '-c']],
  ])('%s as %j, and where that fails as %j', (shell, interactive, plain) => {
    expect(shellArguments(shell, 'interactive', marks).slice(0, -1)).toEqual(interactive)
    expect(shellArguments(shell, 'plain', marks).slice(0, -1)).toEqual(plain)
  })

  it.each(['/bin/zsh', '/bin/dash', '/usr/bin/fish', '/bin/tcsh', '/usr/bin/pwsh', '/usr/bin/nu'])(
    'and %s that prints what it was asked has not answered with that',
    (shell) => {
      for (const mode of ['interactive', 'plain'] as const) {
        const script = shellArguments(shell, mode, marks).at(-1)!
        expect(isAnswer(`+ ${script}\n`, marks)).toBe(false)
        expect(read(`+ ${script}\n${answerOf('/a:/b')}`)?.folders).toEqual(['/a', '/b'])
      }
    },
  )

  it.each(['/bin/false', '/usr/sbin/nologin', '/sbin/nologin', '/bin/sync', 'zsh', './zsh', ''])('unless it is none: %j', (shell) => {
    expect(isShell(shell)).toBe(false)
  })
})

describe('the answer', () => {
  it('counts absolute folders, once, in their order', () => {
    expect(read(answerOf('/b:/a:relative::.:/b:/with space'))).toEqual({ folders: ['/b', '/a', '/with space'], claude: null })
  })

  it('may be that there is no PATH, and an alias all the same', () => {
    expect(read(answerOf('', "alias claude='/x/claude'"))).toEqual({ folders: [], claude: '/x/claude' })
  })

  it.each([
    ['nothing was printed', ''],
    ['there is no begin', `\n${marks.middle}\n\n${marks.end}\n`],
    ['there is no middle', `\n${marks.begin}\n/a\n${marks.end}\n`],
    ['it is cut off', answerOf('/a').slice(0, -marks.end.length)],
    ['the marks are in no order', `\n${marks.end}\n${marks.middle}\n${marks.begin}\n`],
    ['they are those of another', answerOf('/a').replaceAll('nonce1', 'nonce2')],
  ])('is none where %s', (_, output) => {
    expect(read(output)).toBeUndefined()
    expect(isAnswer(output, marks)).toBe(false)
  })

  it.each([
    ['comes through a terminal', answerOf('/a:/b', '/x/claude').replaceAll('\n', '\r\n')],
    ['has a title and colours in it', answerOf('\x1b[32m/a\x1b[0m:/b', '\x1b]0;title\x07/x/claude')],
    ['has lines of a background job in it', answerOf('/a:/b\nstill fetching', 'done\n/x/claude')],
    ['follows a prompt on the same line', `\x1b[1mme@here\x1b[0m % ${answerOf('/a:/b', '/x/claude')}`],
    ['comes twice', answerOf('/old') + answerOf('/a:/b', '/x/claude')],
  ])('is read where it %s', (_, output) => {
    expect(read(output)).toEqual({ folders: ['/a', '/b'], claude: '/x/claude' })
    expect(isAnswer(output, marks)).toBe(true)
  })
})

describe('an alias', () => {
  it.each([
    ['bash, zsh, dash', "alias claude='/x/y'", '/x/y'],
    ['zsh, where nothing needs quotes', 'alias claude=/x/y', '/x/y'],
    ['zsh, a global one', 'alias -g claude=/x/y', '/x/y'],
    ['zsh, of `alias`', 'claude=/x/y', '/x/y'],
    ['zsh, of `which`', 'claude: aliased to /x/y', '/x/y'],
    ['ksh', "'$HOME/x'", '/home/me/x'],
    ['what lies on PATH', '/usr/local/bin/claude', '/usr/local/bin/claude'],
    ['of home, by its sign', "alias claude='~/.claude/local/claude'", '/home/me/.claude/local/claude'],
    ['of home, by its variable', 'alias claude=\'"$HOME/.claude/local/claude"\'', '/home/me/.claude/local/claude'],
    ['of home, by its variable in braces', "alias claude='${HOME}/bin/claude'", '/home/me/bin/claude'],
    ['a space in quotes', 'alias claude=\'"/my apps/claude"\'', '/my apps/claude'],
    ['a space behind a backslash', "alias claude='/my\\ apps/claude'", '/my apps/claude'],
    ['a quote', `alias claude=''\\''/x/y'\\'''`, '/x/y'],
    ['a folder that leads back', "alias claude='/x/../y'", '/y'],
  ])('of %s: %s', (_, said, path) => {
    expect(claudeOf(said)).toBe(path)
  })

  it.each([
    ['nothing', ''],
    ['tcsh, none', 'alias claude='],
    ['a function', 'claude'],
    ['arguments', "alias claude='/x/y --dangerously'"],
    ['arguments, tcsh', 'alias claude=/x/y --model opus'],
    ['arguments, ksh', "'/x/y --flag'"],
    ['a variable before it', "alias claude='A=1 /x/y'"],
    ['another name', "alias claude='claude-next'"],
    ['a relative path', "alias claude='./node_modules/.bin/claude'"],
    ['another home', "alias claude='~other/claude'"],
    ['another variable', "alias claude='$NVM_BIN/claude'"],
    ['another variable, in the middle', "alias claude='/x/$ARCH/claude'"],
    ['a command to run first', "alias claude='/x/y;/x/z'"],
    ['a command within', "alias claude='`which x`'"],
    ['a quote without end', "alias claude='/x/y"],
  ])('is no path where it is %s: %s', (_, said) => {
    expect(claudeOf(said)).toBeNull()
  })
})

const folder = fc.stringMatching(/^\/[\w .~+-]{1,12}$/)
const noise = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ unit: fc.constantFrom('\n', '\r', '\x1b[', 'm', "'", ':', '/', 'nonce1') }),
)

describe('whatever rc files print', () => {
  it('the answer is found in it', () => {
    fc.assert(
      fc.property(noise, fc.uniqueArray(folder, { maxLength: 8 }), noise, (before, folders, after) => {
        const output = `${before}${answerOf(folders.join(':'), "alias claude='/x/y'")}${after}`
        expect(isAnswer(output, marks)).toBe(true)
        expect(read(output)).toEqual({ folders, claude: '/x/y' })
      }),
    )
  })

  it('an answer that has not come to its end is none', () => {
    fc.assert(
      fc.property(noise, fc.array(folder), fc.nat(), (before, folders, cut) => {
        const answer = answerOf(folders.join(':'))
        expect(isAnswer(before + answer.slice(0, cut % (answer.length - 1)), marks)).toBe(false)
      }),
    )
  })

  it('reading never throws, and gives absolute paths only', () => {
    const piece = fc.oneof(
      noise,
      fc.constantFrom(...Object.values(marks).map((mark) => `\n${mark}\n`)),
      fc.constantFrom("alias claude='", '"', "'", '\\'),
    )
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const answer = read(pieces.join(''))
        for (const path of [...(answer?.folders ?? []), answer?.claude ?? '/']) expect(path.startsWith('/')).toBe(true)
        expect(isAnswer(pieces.join(''), marks) && answer === undefined).toBe(false)
      }),
    )
  })
})
