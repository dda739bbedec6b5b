/**
 * Decides how each shell is asked for the PATH that it gives its user, and reads the answer out of whatever else its
 * files print. Pure: runs nothing, looks at nothing.
 */
import { posix } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

export interface ShellPaths {
  /** Absolute, in the shell's order. */
  readonly folders: readonly string[]
  /** What `claude` stands for in this shell, where that is a path; null otherwise. */
  readonly claude: string | null
}

/** What stands alone on a line before the PATH, between it and what `claude` is, and after both. */
export interface Marks {
  readonly begin: string
  readonly middle: string
  readonly end: string
}

/** @param nonce Letters and digits that nothing else prints. */
export const marksOf = (nonce: string): Marks => ({ begin: `${nonce}begin`, middle: `${nonce}middle`, end: `${nonce}end` })

export type Mode = 'interactive' | 'plain'

interface Dialect {
  /** Prints the answer between the marks, after a line break, for what was printed before. No program is started that the PATH must have. */
  readonly script: (marks: Marks, mode: Mode) => string
  /** Of a login shell that reads what an interactive one reads: version managers are set up there. */
  readonly interactive: readonly string[]
  /** For one whose interactive files end it, become another shell, or close its output. */
  readonly plain: readonly string[]
}

const posixLike: Dialect = {
  // an alias of the user's for printf is not meant, and some have their shell die of unset variables
  script: ({ begin, middle, end }) => `\\printf '\\n%s\\n' '${begin}' "\${PATH-}" '${middle}' "$(command -v claude)" '${end}'`,
  interactive: ['-i', '-l', '-c'],
  plain: ['-l', '-c'],
}

/** A login of bash does not read what its terminals on Linux read, unless its own file says so: most do. */
const readTerminalFile =
  'for f in ~/.bash_profile ~/.bash_login ~/.profile; do [ -r "$f" ] && break; done; ' +
  'case "$(< "$f")" in *bashrc*) ;; *) [ ! -r ~/.bashrc ] || . ~/.bashrc ;; esac 2>/dev/null; '

const bash: Dialect = {
  ...posixLike,
  script: (marks, mode) => `${mode === 'interactive' ? readTerminalFile : ''}${posixLike.script(marks, mode)}`,
}

const cLike: Dialect = {
  // -l counts only when it is alone: what a login reads beyond the rest is read here
  script: ({ begin, middle, end }, mode) =>
    `${mode === 'interactive' ? 'if (-r ~/.login) source ~/.login; ' : ''}/usr/bin/printf '\\n%s\\n' '${begin}' "$PATH" '${middle}' "alias claude=\`alias claude\`" '${end}'`,
  interactive: ['-i', '-c'],
  plain: ['-c'],
}

const fish: Dialect = {
  ...posixLike,
  // quoted, an empty list is an argument all the same
  script: ({ begin, middle, end }) =>
    `set -l folders (string join : -- $PATH); printf '\\n%s\\n' '${begin}' "$folders" '${middle}' '' '${end}'`,
}

const powerShell: Dialect = {
  script: ({ begin, middle, end }) => `[Console]::Out.Write("\`n${begin}\`n$env:PATH\`n${middle}\`n${end}\`n")`,
  // -Login counts only when it comes first
  interactive: ['-Login', '-NoLogo', '-Command'],
  plain: ['-Login', '-NoLogo', '-NoProfile', '-Command'],
}

const nu: Dialect = {
  ...posixLike,
  script: ({ begin, middle, end }) => `print $"\\n${begin}\\n($env.PATH | str join ':')\\n${middle}\\n${end}"`,
}

const dialects = new Map([
  ['bash', bash],
  ['csh', cLike],
  ['tcsh', cLike],
  ['fish', fish],
  ['pwsh', powerShell],
  ['nu', nu],
])

/** Accounts that nobody logs in to have one of these. */
const noShells = new Set(['false', 'true', 'nologin', 'sync', 'halt', 'shutdown'])

export const isShell = (path: string): boolean => posix.isAbsolute(path) && !noShells.has(posix.basename(path))

export const shellArguments = (shell: string, mode: Mode, marks: Marks): string[] => {
  const dialect = dialects.get(posix.basename(shell)) ?? posixLike
  return [...dialect[mode], dialect.script(marks, mode)]
}

interface Answer {
  readonly path: readonly string[]
  readonly claude: readonly string[]
}

/** The lines between the marks. The script itself holds the marks as well, and may be printed; there they do not stand alone. */
const between = (output: string, { begin, middle, end }: Marks): Answer | undefined => {
  const lines = output.split(/\r*\n/)
  const first = lines.lastIndexOf(begin)
  const second = lines.indexOf(middle, first + 1)
  const last = lines.indexOf(end, second + 1)
  if (first === -1 || second === -1 || last === -1) return undefined
  const clean = lines.map((line) => stripVTControlCharacters(line))
  return { path: clean.slice(first + 1, second), claude: clean.slice(second + 1, last) }
}

export const isAnswer = (output: string, marks: Marks): boolean => output.includes(`\n${marks.end}`) && between(output, marks) !== undefined

/** undefined: it has not answered. */
export const readAnswer = (output: string, marks: Marks, home: string): ShellPaths | undefined => {
  const answer = between(output, marks)
  if (answer === undefined) return undefined
  const folders = answer.path.flatMap((line) => line.split(':')).filter((folder) => posix.isAbsolute(folder))
  const paths = answer.claude.map((line) => aliasedPath(line, home)).filter((path) => path !== null)
  return { folders: [...new Set(folders)], claude: paths[0] ?? null }
}

/**
 * What shells say of an alias: `alias claude='/x/y'`, `claude=/x/y`, `claude: aliased to /x/y`, `'/x/y'`. With
 * arguments, or with anything that a shell would have to work out, it is no path to start.
 */
const aliasedPath = (said: string, home: string): string | null => {
  const shown = said.replace(/^(?:alias\s+(?:-\w+\s+)*)?claude(?:=|: aliased to )/, '')
  // once as it is shown, once as it is typed
  const word = unquoted(unquoted(shown))
  const rest = word.replace(/^(?:~|\$HOME|\$\{HOME\})(?=\/)/, '')
  const path = rest === word ? word : home + rest
  return posix.isAbsolute(path) && !rest.includes('$') ? posix.normalize(path) : null
}

const oneWord = /^(?:[^\s'"\\;|&<>()`]|\\.|'[^']*'|"(?:[^"\\]|\\.)*")+$/
const quoting = /\\(.)|'([^']*)'|"((?:[^"\\]|\\.)*)"/g

/** A word as the shell would see it; empty when it is none, or several. */
const unquoted = (text: string): string => {
  const word = text.trim()
  if (!oneWord.test(word)) return ''
  const inner = (_: string, escaped?: string, single?: string, double?: string): string =>
    escaped ?? single ?? (double ?? '').replace(/\\(["\\$`])/g, '$1')
  return word.replace(quoting, inner)
}
