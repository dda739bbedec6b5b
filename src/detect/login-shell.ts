/**
 * Decides how each shell is asked for the PATH that it gives its user, and reads the answer out of whatever else its
 * files print. Pure: runs nothing, looks at nothing.
 */
import { posix } from 'node:path'

export interface ShellPaths {
  /** Absolute, in the shell's order. */
  readonly folders: readonly string[]
  /** What `claude` stands for in this shell, where that is a path; null otherwise. */
  readonly claude: string | null
}

interface Dialect {
  /** Prints three lines between those of the marks: the PATH, what `claude` is, and nothing. No program is started that the PATH must have. */
  readonly script: (begin: string, end: string) => string
  /** Of a login shell that reads what an interactive one reads: version managers are set up there. */
  readonly interactive: readonly string[]
  /** For one whose interactive files end it, or become another shell. */
  readonly plain: readonly string[]
}

const posixLike: Dialect = {
  script: (begin, end) => `printf '\\n%s\\n' '${begin}' "$PATH" "$(command -v claude)" '${end}'`,
  interactive: ['-i', '-l', '-c'],
  plain: ['-l', '-c'],
}

const cLike: Dialect = {
  script: (begin, end) => `/usr/bin/printf '\\n%s\\n' '${begin}' "$PATH" "\`alias claude\`" '${end}'`,
  // -l counts only when it is alone
  interactive: ['-i', '-c'],
  plain: ['-c'],
}

const dialects: Readonly<Record<string, Dialect>> = {
  csh: cLike,
  tcsh: cLike,
  fish: { ...posixLike, script: (begin, end) => `printf '\\n%s\\n' '${begin}' (string join : $PATH) '' '${end}'` },
  pwsh: {
    script: (begin, end) => `[Console]::Out.Write("\`n${begin}\`n\`n$env:PATH\`n\`n\`n\`n${end}\`n")`,
    interactive: ['-NoLogo', '-Login', '-Command'],
    plain: ['-NoLogo', '-NoProfile', '-Command'],
  },
  nu: { ...posixLike, script: (begin, end) => `print $"\\n${begin}\\n\\n($env.PATH | str join ':')\\n\\n\\n\\n${end}\\n"` },
}

/** Accounts that nobody logs in to have one of these. */
const noShells = new Set(['false', 'true', 'nologin', 'sync', 'halt', 'shutdown'])

export const isShell = (path: string): boolean => posix.isAbsolute(path) && !noShells.has(posix.basename(path))

export interface Marks {
  readonly begin: string
  readonly end: string
}

/** @param nonce Letters and digits that nothing else prints. */
export const marksOf = (nonce: string): Marks => ({ begin: `${nonce}begin`, end: `${nonce}end` })

export const shellArguments = (shell: string, mode: 'interactive' | 'plain', { begin, end }: Marks): string[] => {
  const dialect = dialects[posix.basename(shell)] ?? posixLike
  return [...dialect[mode], dialect.script(begin, end)]
}

/** The lines between the marks. The script itself holds the marks as well, and may be printed; there they do not stand alone. */
const between = (output: string, { begin, end }: Marks): string[] | undefined => {
  const lines = output.split(/\r*\n/)
  const first = lines.lastIndexOf(begin)
  const last = lines.indexOf(end, first)
  return first === -1 || last === -1 ? undefined : lines.slice(first + 1, last).filter((line) => line !== '')
}

export const isAnswer = (output: string, marks: Marks): boolean => output.includes(`\n${marks.end}`) && between(output, marks) !== undefined

/** undefined: it has not answered. */
export const readAnswer = (output: string, marks: Marks, home: string): ShellPaths | undefined => {
  const lines = between(output, marks)
  if (lines === undefined) return undefined
  const [path = '', claude = ''] = lines
  const folders = path.split(':').filter((folder) => posix.isAbsolute(folder))
  return { folders: [...new Set(folders)], claude: aliasedPath(claude, home) }
}

/** `alias claude='/x/y'`, `alias claude=/x/y`, or the mere value. With arguments it is no path to start. */
const aliasedPath = (said: string, home: string): string | null => {
  const value = said.replace(/^alias\s+claude=/, '').replace(/^(['"])(.*)\1$/, '$2')
  const path = value.replace(/^(?:~|\$HOME|\$\{HOME\})(?=\/)/, home)
  return posix.isAbsolute(path) && !/\s/.test(path) ? posix.normalize(path) : null
}
