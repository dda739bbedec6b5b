/** Asks the user's login shell for its PATH: what a desktop starts has another one. Once per process. */
import { randomBytes } from 'node:crypto'
import { isAnswer, isShell, type Marks, marksOf, readAnswer, type ShellPaths, shellArguments } from './login-shell.ts'
import { runBriefly } from './run-briefly.ts'
import { isExecutableFile } from './see.ts'
import type { Surroundings } from './surroundings.ts'
import { isFromTerminal } from './terminal.ts'

export type { ShellPaths } from './login-shell.ts'

export type ShellAnswer = ({ readonly ok: true } & ShellPaths) | { readonly ok: false; readonly reason: string }

const shellDeadlineMs = 5000
/** A shell that did not answer is not asked again for this long. */
const patienceMs = 30_000
/** Some rc files print a novel. */
const mostBytes = 1024 * 1024

interface Asked {
  readonly answer: Promise<ShellAnswer>
  known: ShellAnswer | undefined
  /** By the clock of `performance`. */
  readonly at: number
}

const asked = new Map<string, Asked>()

const keyOf = ({ shell, home, env }: Surroundings): string => [shell, home, env.HOME, env.ZDOTDIR, env.PATH].join('\n')

/** Whether there is a shell to ask, and something that it knows and this process does not. */
export const shouldAskShell = (surroundings: Surroundings): boolean => {
  const { platform, shell } = surroundings
  return platform !== 'win32' && !isFromTerminal(surroundings) && shell !== undefined && isShell(shell) && isExecutableFile(shell)
}

/** What it has answered before; undefined: it was not asked, or has not answered. */
export const knownLoginShell = (surroundings: Surroundings): ShellPaths | undefined => {
  const known = asked.get(keyOf(surroundings))?.known
  return known?.ok ? known : undefined
}

/**
 * Its PATH, and what `claude` stands for in it. Everybody who asks gets the one answer. It is for who
 * `shouldAskShell`; never rejects.
 * @param deadlineMs 5 s.
 */
export const askLoginShell = (surroundings: Surroundings, deadlineMs: number = shellDeadlineMs): Promise<ShellAnswer> => {
  const key = keyOf(surroundings)
  const before = asked.get(key)
  const isOld = before?.known?.ok === false && performance.now() - before.at > patienceMs
  if (before !== undefined && !isOld) return before.answer
  const asking: Asked = { answer: converse(surroundings, deadlineMs), known: undefined, at: performance.now() }
  asked.set(key, asking)
  void asking.answer.then((answer) => {
    asking.known = answer
  })
  return asking.answer
}

const converse = async (surroundings: Surroundings, deadlineMs: number): Promise<ShellAnswer> => {
  const until = performance.now() + deadlineMs
  const first = await ask('interactive', surroundings, deadlineMs)
  const leftMs = until - performance.now()
  // one whose interactive files end it, or become another shell; a slow one is not asked twice
  return first.ok || leftMs <= 0 ? first : ask('plain', surroundings, leftMs)
}

const ask = async (mode: 'interactive' | 'plain', surroundings: Surroundings, deadlineMs: number): Promise<ShellAnswer> => {
  const { shell = '', home, env } = surroundings
  const marks = marksOf(`jarvis${randomBytes(8).toString('hex')}`)
  const overlay = { ...quiet, ...(env.HOME === undefined && home !== '' && { HOME: home }) }
  const run: [string, ...string[]] = [shell, ...shellArguments(shell, mode, marks)]
  const isEnough = (output: string): boolean => isAnswer(output, marks)
  const said = await runBriefly({ run, env: overlay, deadlineMs, mostBytes, question: 'for its PATH', isEnough }, surroundings)
  return said.ok ? read(said.output, marks, surroundings) : { ok: false, reason: `${shell} ${said.reason}` }
}

const read = (output: string, marks: Marks, { shell, home, env }: Surroundings): ShellAnswer => {
  const paths = readAnswer(output, marks, env.HOME ?? home)
  return paths === undefined ? { ok: false, reason: `${shell} ended without telling its PATH` } : { ok: true, ...paths }
}

/** Nobody is there to be asked whether to update, or to look at a new tmux. */
const quiet = { ELECTRON_RUN_AS_NODE: null, DISABLE_AUTO_UPDATE: 'true', ZSH_TMUX_AUTOSTART: 'false' }
