import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { askLoginShell, knownLoginShell, shouldAskShell } from '../../src/detect/ask-login-shell.ts'
import { onPath } from '../../src/detect/paths.ts'
import { isExecutableFile } from '../../src/detect/see.ts'
import { currentSurroundings, type Surroundings } from '../../src/detect/surroundings.ts'
import { describePids, isAlive, killPid, pidsMarked, until } from '../helpers/processes.ts'
import { emptyFolder, install, type Tree, text } from './installed.ts'

const find = (shell: string): string | undefined =>
  onPath(shell, { platform: process.platform, env: { PATH: `${process.env.PATH}:/bin:/usr/bin:/usr/local/bin` } }).find(isExecutableFile)

/** A home with these files, and who is started by a desktop in it: the machine's own files of the user are not read. */
const homeOf = (files: Readonly<Record<string, string>>, folder = 'home'): string => {
  const home = join(emptyFolder(), folder)
  mkdirSync(home)
  const tree: Tree = Object.fromEntries(Object.entries(files).map(([name, body]) => [name, text(`${body}\n`, 0o644)]))
  install(home, tree)
  return home
}

const startedIn = (home: string, shell: string, env: Readonly<Record<string, string>> = {}): Surroundings =>
  currentSurroundings({
    env: {
      PATH: '/usr/bin:/bin',
      HOME: home,
      ZDOTDIR: home,
      XDG_CONFIG_HOME: join(home, '.config'),
      XDG_DATA_HOME: join(home, '.data'),
      ...env,
    },
    home,
    shell,
    isTerminal: false,
  })

const noted = (home: string, name: string): string[] => {
  const file = join(home, name)
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
}

/** Of whatever runs in that home. */
const nothingIsLeft = (home: string): Promise<void> =>
  until(`nothing is left of ${describePids(pidsMarked(`HOME=${home}`))}`, () => pidsMarked(`HOME=${home}`).length === 0)

const exported = 'export PATH="/from/rc:$PATH"'
const aliased = "alias claude='/opt/my claude/claude'\nalias claude='/opt/claude'"

interface Case {
  readonly shell: string
  readonly file: string
  readonly body: string
  readonly also?: Readonly<Record<string, string>>
  readonly claude: string | null
}

const cases: readonly Case[] = [
  { shell: 'bash', file: '.bashrc', body: `${aliased}\n${exported}`, also: { '.bash_profile': '. ~/.bashrc' }, claude: '/opt/claude' },
  { shell: 'bash', file: '.bashrc', body: exported, also: { '.bash_profile': 'MINE=1' }, claude: null },
  { shell: 'bash', file: '.bashrc', body: exported, claude: null },
  { shell: 'bash', file: '.profile', body: exported, claude: null },
  { shell: 'zsh', file: '.zshrc', body: `${aliased}\n${exported}`, claude: '/opt/claude' },
  { shell: 'zsh', file: '.zprofile', body: exported, also: { '.zshrc': '' }, claude: null },
  { shell: 'dash', file: '.profile', body: `${aliased}\n${exported}`, claude: '/opt/claude' },
  { shell: 'ksh', file: '.profile', body: `${aliased}\n${exported}`, claude: '/opt/claude' },
  { shell: 'fish', file: '.config/fish/config.fish', body: 'if status is-interactive\nset -gx PATH /from/rc $PATH\nend', claude: null },
  { shell: 'tcsh', file: '.tcshrc', body: 'alias claude "~/bin/claude"\nsetenv PATH "/from/rc:$PATH"', claude: '~/bin/claude' },
  { shell: 'tcsh', file: '.login', body: 'setenv PATH "/from/rc:$PATH"', claude: null },
  { shell: 'nu', file: '.config/nushell/config.nu', body: '$env.PATH = ($env.PATH | prepend "/from/rc")', claude: null },
]

describe.each(cases)('$shell that reads $file', ({ shell, file, body, also, claude }) => {
  const path = find(shell)

  it.skipIf(path === undefined)('answers with the PATH of that file, and what claude is', async () => {
    const home = homeOf({ ...also, [file]: body }, 'my home')
    const answer = await askLoginShell(startedIn(home, path!))
    expect(answer).toEqual({ ok: true, shell: path, folders: expect.any(Array), claude: claude?.replace('~', home) ?? null })
    const folders = answer.ok ? answer.folders : []
    expect(folders[0]).toBe('/from/rc')
    expect(folders).toContain('/usr/bin')
    await nothingIsLeft(home)
  })

  it.skipIf(path === undefined)('answers without that file as well', async () => {
    const home = homeOf({})
    expect(await askLoginShell(startedIn(home, path!))).toMatchObject({ ok: true, claude: null })
    await nothingIsLeft(home)
  })
})

/** Files that each shell reads at a login, and those that it reads only when it is interactive. */
const layouts: Readonly<Record<string, (rc: string) => Readonly<Record<string, string>>>> = {
  bash: (rc) => ({
    '.bash_profile': 'PATH="/from/login:$PATH"\n. ~/.bashrc',
    '.bashrc': `case $- in *i*) ;; *) return ;; esac\necho $$ >> ~/asked\n${rc}`,
  }),
  zsh: (rc) => ({ '.zprofile': 'path=(/from/login $path)', '.zshrc': `echo $$ >> ~/asked\n${rc}` }),
}

describe.each(Object.keys(layouts))('%s whose rc file', (name) => {
  const shell = find(name)!
  const homeWith = (rc: string): string => homeOf(layouts[name]!(rc))
  const test = it.skipIf(shell === undefined)

  test.each([
    ['prints a novel', 'i=0; while [ $i -lt 2000 ]; do i=$((i+1)); printf "%0100d\\n" $i; done'],
    ['prints a novel to stderr', 'i=0; while [ $i -lt 2000 ]; do i=$((i+1)); printf "%0100d\\n" $i >&2; done'],
    ['prints colours, a title and half a line', 'printf "\\033]0;title\\007\\033[31mwelcome\\033[0m\\r\\n\\033[?25l50%% "'],
    ['prints every command', 'set -vx'],
    ['has a prompt that prints', 'PS1="$(echo \'me $ \')"; PROMPT_COMMAND="echo prompt"; precmd() { echo prompt; }'],
    ['reads what is typed', 'read -r answer; while read -r line; do :; done'],
    ['reads the terminal', 'read -r answer < /dev/tty'],
    ['has aliases for everything', 'alias printf="echo no" command="echo no" echo="echo no"'],
    ['dies of unset variables and of errors', 'set -eu'],
    ['fails', 'no-such-command; false'],
    ['says goodbye', 'trap "echo goodbye; exit 4" EXIT'],
  ])('%s answers', async (_, rc) => {
    const home = homeWith(`${rc}\n${exported}`)
    const answer = await askLoginShell(startedIn(home, shell))
    expect(answer).toMatchObject({ ok: true, claude: null })
    expect(answer.ok && answer.folders.slice(0, 2)).toEqual(['/from/rc', '/from/login'])
    expect(noted(home, 'asked')).toHaveLength(1)
    await nothingIsLeft(home)
  })

  test.each([
    ['ends it', 'exit 3'],
    ['ends it as if all were well', 'exit'],
    ['becomes another shell', 'exec /bin/sh'],
    ['closes its output', 'exec > /dev/null'],
    ['dies', 'kill -KILL $$'],
  ])('%s is asked without it', async (_, rc) => {
    const home = homeWith(rc)
    const answer = await askLoginShell(startedIn(home, shell))
    expect(answer).toMatchObject({ ok: true, claude: null })
    expect(answer.ok && answer.folders[0]).toBe('/from/login')
    expect(noted(home, 'asked')).toHaveLength(1)
    await nothingIsLeft(home)
  })

  test('leaves jobs that hold its output is not waited for, and they are gone', async () => {
    const home = homeWith(`sleep 60 &\necho $! >> ~/job\n(sleep 60 &)\n${exported}`)
    const began = performance.now()
    expect(await askLoginShell(startedIn(home, shell), { deadlineMs: 10_000 })).toMatchObject({ ok: true })
    expect(performance.now() - began).toBeLessThan(5000)
    const [job] = noted(home, 'job').map(Number)
    await until('the job is gone', () => !isAlive(job!))
    await nothingIsLeft(home)
  })

  it.skipIf(shell === undefined || find('setsid') === undefined)(
    'starts a daemon is not waited for, and the daemon is left alone',
    async () => {
      const home = homeWith(`setsid sh -c 'echo $$ > ~/daemon; exec sleep 60' &\nuntil [ -s ~/daemon ]; do :; done\n${exported}`)
      const began = performance.now()
      expect(await askLoginShell(startedIn(home, shell), { deadlineMs: 10_000 })).toMatchObject({ ok: true })
      expect(performance.now() - began).toBeLessThan(5000)
      const [daemon] = noted(home, 'daemon').map(Number)
      expect(isAlive(daemon!)).toBe(true)
      await killPid(daemon!)
      await nothingIsLeft(home)
    },
  )

  test('does not come to its end is given up at the deadline, with all that it started', async () => {
    const home = homeWith('sleep 60 & echo $! >> ~/asked; wait')
    const began = performance.now()
    const answer = await askLoginShell(startedIn(home, shell), { deadlineMs: 500 })
    expect(answer).toEqual({ ok: false, reason: `${shell} does not answer echo $PATH within 0.5 s` })
    expect(performance.now() - began).toBeLessThan(3000)
    expect(noted(home, 'asked')).toHaveLength(2)
    await nothingIsLeft(home)
  })

  test('prints without end is given up', async () => {
    const home = homeWith('yes')
    const answer = await askLoginShell(startedIn(home, shell), { deadlineMs: 10_000 })
    // the login without it is well
    expect(answer).toMatchObject({ ok: true, folders: expect.arrayContaining(['/from/login']) })
    await nothingIsLeft(home)
  })

  test('leaves no PATH says that, and its alias all the same', async () => {
    const home = homeWith("alias claude='~/claude'\nPATH=")
    expect(await askLoginShell(startedIn(home, shell))).toEqual({ ok: true, shell, folders: [], claude: join(home, 'claude') })
    const another = homeWith("alias claude='~/claude'\nset -u\nunset PATH")
    expect(await askLoginShell(startedIn(another, shell))).toMatchObject({ ok: true, claude: join(another, 'claude') })
  })

  test('takes claude for more than a path is not followed', async () => {
    const home = homeWith(`alias claude='/x/claude --model opus'\n${exported}`)
    expect(await askLoginShell(startedIn(home, shell))).toMatchObject({ ok: true, claude: null })
  })
})

/** A shell that does as it is told: the last argument is the script. */
const fakeShell = (body: string): { readonly home: string; readonly shell: string } => {
  const home = homeOf({})
  install(home, { 'a-shell': text(`#!/bin/sh\necho x >> "$HOME/asked"\n${body}\n`) })
  return { home, shell: join(home, 'a-shell') }
}
const answers = 'for script; do :; done; PATH=/from/shell:/bin; eval "$script"'

describe.skipIf(process.platform === 'win32')('a login shell', () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  it('is asked once by all who ask, and what it said is known from then on', async () => {
    const { home, shell } = fakeShell(answers)
    const surroundings = startedIn(home, shell)
    expect(knownLoginShell(surroundings)).toBeUndefined()
    const all = Promise.all([1, 2, 3].map(() => askLoginShell(surroundings)))
    expect(knownLoginShell(surroundings)).toBeUndefined()
    const [first, ...others] = await all
    expect(first).toEqual({ ok: true, shell, folders: ['/from/shell', '/bin'], claude: null })
    expect(others).toEqual([first, first])
    expect(knownLoginShell(startedIn(home, shell))).toEqual(first)
    expect(await askLoginShell(startedIn(home, shell))).toEqual(first)
    expect(noted(home, 'asked')).toHaveLength(1)
  })

  it('is asked for each PATH, each home and each place of its files', async () => {
    const { home, shell } = fakeShell(answers)
    const other = homeOf({})
    const homes = { ...startedIn(home, shell), home: other }
    const places: readonly Readonly<Record<string, string>>[] = [
      {},
      { PATH: '/bin:/usr/bin' },
      { ZDOTDIR: other },
      { XDG_CONFIG_HOME: other },
    ]
    for (const surroundings of [...places.map((env) => startedIn(home, shell, env)), homes]) {
      expect(knownLoginShell(surroundings)).toBeUndefined()
      expect(await askLoginShell(surroundings)).toMatchObject({ ok: true })
    }
    expect(noted(home, 'asked')).toHaveLength(5)
  })

  it('that did not answer is asked again after half a minute', async () => {
    const { home, shell } = fakeShell(`[ -e "$HOME/well" ] || exit 3\n${answers}`)
    const surroundings = startedIn(home, shell)
    const failure = { ok: false, reason: `${shell} ends echo $PATH with code 3` }
    expect(await askLoginShell(surroundings)).toEqual(failure)
    // interactive, and not
    expect(noted(home, 'asked')).toHaveLength(2)
    install(home, { well: text('') })
    const now = performance.now()
    const clock = vi.spyOn(performance, 'now').mockReturnValue(now + 29_000)
    expect(await askLoginShell(surroundings)).toEqual(failure)
    expect(knownLoginShell(surroundings)).toBeUndefined()
    clock.mockReturnValue(now + 31_000)
    expect(await askLoginShell(surroundings)).toMatchObject({ ok: true })
    expect(noted(home, 'asked')).toHaveLength(3)
    clock.mockReturnValue(now + 3_600_000)
    expect(await askLoginShell(surroundings)).toMatchObject({ ok: true })
    expect(noted(home, 'asked')).toHaveLength(3)
  })

  it('that ends without a word is reported', async () => {
    const { home, shell } = fakeShell('exit 0')
    expect(await askLoginShell(startedIn(home, shell))).toEqual({ ok: false, reason: `${shell} ended without telling its PATH` })
  })

  it('that is slow and then ends is not asked again beyond the deadline', async () => {
    const { home, shell } = fakeShell('sleep 0.4; case $1 in -i) exit 3 ;; esac; sleep 60')
    const began = performance.now()
    const answer = await askLoginShell(startedIn(home, shell), { deadlineMs: 1000 })
    expect(answer.ok || answer.reason).toMatch(/does not answer echo \$PATH within 0\.[0-5]\d{0,2} s$/)
    expect(performance.now() - began).toBeLessThan(3000)
    await nothingIsLeft(home)
  })

  it('gets the environment of its user, without what belongs to Electron, and with what keeps it quiet', async () => {
    const { home, shell } = fakeShell(`env > "$HOME/env"; pwd > "$HOME/cwd"; ${answers}`)
    const surroundings = startedIn(home, shell, { ELECTRON_RUN_AS_NODE: '1', NODE_OPTIONS: '--no-warnings', MINE: '1' })
    await askLoginShell(surroundings)
    const env = noted(home, 'env')
    expect(env).toEqual(
      expect.arrayContaining(['MINE=1', 'NODE_OPTIONS=--no-warnings', 'DISABLE_AUTO_UPDATE=true', 'ZSH_TMUX_AUTOSTARTED=true']),
    )
    expect(env.filter((line) => line.startsWith('ELECTRON_'))).toEqual([])
    expect(noted(home, 'cwd')).toEqual(['/'])
    expect(surroundings.env.ELECTRON_RUN_AS_NODE).toBe('1')
  })

  it('finds its home where the process has none in its environment', async () => {
    const { home, shell } = fakeShell(answers)
    const { HOME: _, ...env } = startedIn(home, shell).env
    expect(await askLoginShell({ ...startedIn(home, shell), env })).toMatchObject({ ok: true })
    expect(noted(home, 'asked')).toHaveLength(1)
  })

  it.each<[string, (surroundings: Surroundings) => Partial<Surroundings>]>([
    ['a stream of the process is a terminal', () => ({ isTerminal: true })],
    ['a shell in a terminal started the process', ({ env }) => ({ env: { ...env, TERM: 'xterm', SHLVL: '1' } })],
    ['the process is on Windows', () => ({ platform: 'win32' })],
    ['there is none', () => ({ shell: undefined })],
    ['it is for nobody', () => ({ shell: '/bin/false' })],
    ['it is gone', ({ home }) => ({ shell: join(home, 'gone') })],
    ['it is a folder', ({ home }) => ({ shell: home })],
    ['it is a bare name', () => ({ shell: 'sh' })],
  ])('is not run where %s', async (_, change) => {
    const { home, shell } = fakeShell(answers)
    const usual = startedIn(home, shell)
    expect(shouldAskShell(usual)).toBe(true)
    const surroundings = { ...usual, ...change(usual) }
    expect(shouldAskShell(surroundings)).toBe(false)
    expect(await askLoginShell(surroundings)).toEqual({ ok: false, reason: 'there is no login shell to ask' })
    expect(knownLoginShell(surroundings)).toBeUndefined()
    expect(noted(home, 'asked')).toEqual([])
  })

  it('is not run where it may not be', async () => {
    const { home, shell } = fakeShell(answers)
    chmodSync(shell, 0o644)
    expect(shouldAskShell(startedIn(home, shell))).toBe(false)
  })
})
