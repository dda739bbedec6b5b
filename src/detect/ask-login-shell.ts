/** Asks the user's login shell for its PATH: what a desktop starts has another one. Once per process. */
import { isAnswer, isShell, type Marks, type Mode, marksOf, readAnswer, type ShellPaths, shellArguments } from './login-shell.ts'
import { runBriefly } from './run-briefly.ts'
import { isExecutableFile } from './see.ts'
import type { Surroundings } from './surroundings.ts'
import { isFromTerminal } from './terminal.ts'

export type { ShellPaths } from './login-shell.ts'

export type ShellAnswer = ({ readonly ok: true; readonly shell: string } & ShellPaths) | { readonly ok: false; readonly reason: string }

export interface AskOptions {
  /** For both tries together; 5 s. Who finds the shell asked already waits for that answer, by its deadline. */
  readonly deadlineMs?: number | undefined
}

const shellDeadlineMs = 5000
/** No shell starts in less. */
const leastMs = 50
/** A shell that did not answer is not asked again for this long. */
const patienceMs = 30_000
/** Some rc files print a novel. */
const mostBytes = 1024 * 1024

interface Asked {
  readonly answer: Promise<ShellAnswer>
  /** `at`: by the clock of `performance`. */
  known: { readonly answer: ShellAnswer; readonly at: number } | undefined
}

const asked = new Map<string, Asked>()

const keyOf = ({ shell, home, env }: Surroundings): string => [shell, home, env.HOME, env.ZDOTDIR, env.XDG_CONFIG_HOME, env.PATH].join('\n')

/** Whether there is a shell to ask, and something that it knows and this process does not. */
export const shouldAskShell = (surroundings: Surroundings): boolean => {
  const { platform, shell } = surroundings
  return platform !== 'win32' && !isFromTerminal(surroundings) && shell !== undefined && isShell(shell) && isExecutableFile(shell)
}

/** What it has answered before; undefined: it was not asked, or has not answered. */
export const knownLoginShell = (surroundings: Surroundings): ShellPaths | undefined => {
  const known = asked.get(keyOf(surroundings))?.known?.answer
  return known?.ok ? known : undefined
}

/**
 * Its PATH, and what `claude` stands for in it. Everybody who asks gets the one answer; one whom a terminal started,
 * or who has no shell, is told so at once. Never rejects.
 */
export const askLoginShell = (surroundings: Surroundings, { deadlineMs = shellDeadlineMs }: AskOptions = {}): Promise<ShellAnswer> => {
  if (!shouldAskShell(surroundings)) return Promise.resolve({ ok: false, reason: 'there is no login shell to ask' })
  const key = keyOf(surroundings)
  const before = asked.get(key)
  if (before !== undefined && !hasExpired(before)) return before.answer
  const asking: Asked = { answer: converse(surroundings, deadlineMs), known: undefined }
  asked.set(key, asking)
  void asking.answer.then((answer) => {
    asking.known = { answer, at: performance.now() }
  })
  return asking.answer
}

const hasExpired = ({ known }: Asked): boolean => known?.answer.ok === false && performance.now() - known.at > patienceMs

const converse = async (surroundings: Surroundings, deadlineMs: number): Promise<ShellAnswer> => {
  const until = performance.now() + deadlineMs
  const first = await ask('interactive', surroundings, deadlineMs)
  const leftMs = until - performance.now()
  // a slow one is not asked twice
  return first.ok || leftMs < leastMs ? first : ask('plain', surroundings, Math.round(leftMs))
}

const ask = async (mode: Mode, surroundings: Surroundings, deadlineMs: number): Promise<ShellAnswer> => {
  const { shell = '', home, env } = surroundings
  // takes milliseconds to load, and most processes never ask
  const { randomBytes } = await import('node:crypto')
  const marks = marksOf(`jarvis${randomBytes(8).toString('hex')}`)
  const overlay = { ...quiet, ...(env.HOME === undefined && home !== '' && { HOME: home }) }
  const run: [string, ...string[]] = [shell, ...shellArguments(shell, mode, marks)]
  const isEnough = (output: string): boolean => isAnswer(output, marks)
  const said = await runBriefly({ run, env: overlay, deadlineMs, mostBytes, question: 'echo $PATH', isEnough }, surroundings)
  return said.ok ? read(said.output, marks, surroundings) : { ok: false, reason: `${shell} ${said.reason}` }
}

const read = (output: string, marks: Marks, { shell = '', home, env }: Surroundings): ShellAnswer => {
  const paths = readAnswer(output, marks, env.HOME ?? home)
  return paths === undefined ? { ok: false, reason: `${shell} ended without telling its PATH` } : { ok: true, shell, ...paths }
}

/** Nobody is there to be asked whether to update, or to look at a new tmux. */
const quiet = { ELECTRON_RUN_AS_NODE: null, DISABLE_AUTO_UPDATE: 'true', ZSH_TMUX_AUTOSTARTED: 'true', ZSH_TMUX_AUTOSTART: 'false' }
