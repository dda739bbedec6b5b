/** Lines that name a cause, as data: the first pattern that matches a line of the last output wins, from the last line upwards. */
import type { CauseCode } from './codes.ts'

export interface OutputPattern {
  readonly cause: CauseCode
  readonly pattern: RegExp
}

export const outputPatterns: readonly OutputPattern[] = [
  { cause: 'PORT_TAKEN', pattern: /\bEADDRINUSE\b|address already in use/i },
  { cause: 'PORT_PRIVILEGED', pattern: /listen EACCES[^\n]*:(?:[1-9]\d{0,2}|10[01]\d|102[0-3])$/ },
  { cause: 'ADDRESS_NOT_AVAILABLE', pattern: /\bEADDRNOTAVAIL\b|cannot assign requested address/i },
  { cause: 'SANDBOX_FORBIDS_BIND', pattern: /listen EPERM/ },
  { cause: 'PORT_NOT_A_NUMBER', pattern: /ERR_SOCKET_BAD_PORT/ },
  { cause: 'TOO_MANY_OPEN_FILES', pattern: /\bEMFILE\b|too many open files/i },
  { cause: 'OUT_OF_HEAP', pattern: /Reached heap limit|JavaScript heap out of memory|invalid table size/ },
  { cause: 'NATIVE_ABI_MISMATCH', pattern: /NODE_MODULE_VERSION \d+/ },
  { cause: 'TYPESCRIPT_ENTRY', pattern: /Unknown file extension "\.[cm]?tsx?"|ERR_UNKNOWN_FILE_EXTENSION[^\n]*\.[cm]?tsx?/ },
  {
    cause: 'MODULE_FORMAT_MISMATCH',
    pattern:
      /require is not defined in ES module scope|Cannot use import statement outside a module|ERR_REQUIRE_ESM|Unexpected token 'export'/,
  },
  // Node's own loader says so of the script that it was given
  { cause: 'ENTRY_MISSING', pattern: /requireStack: \[\]/ },
  { cause: 'DEPENDENCY_MISSING', pattern: /Cannot find (?:package|module) '(?![./]|[A-Za-z]:)|ERR_MODULE_NOT_FOUND|ModuleNotFoundError/ },
  { cause: 'BAD_NODE_OPTION', pattern: /is not allowed in NODE_OPTIONS|: bad option:/ },
  { cause: 'CLAUDE_NOT_FOUND', pattern: /claude(?: code)?(?: cli)?\b[^\n]{0,40}\bnot found|Could not find claude/i },
  { cause: 'NODE_NOT_IN_PATH', pattern: /spawn node ENOENT|env: ['‘]?node['’]?: No such file/ },
  { cause: 'BROKEN_PIPE', pattern: /\bwrite EPIPE\b/ },
  { cause: 'NODE_TOO_OLD', pattern: /fetch is not defined/ },
]

/** The cause that the last lines name, and the line that names it. */
export const causeInOutput = (tail: readonly string[]): { cause: CauseCode; line: string } | undefined => {
  for (const line of [...tail].reverse()) {
    const found = outputPatterns.find(({ pattern }) => pattern.test(line))
    if (found !== undefined) return { cause: found.cause, line }
  }
  return undefined
}

/** Ports that lines about a taken address name. Empty where none does. */
export const takenPorts = (tail: readonly string[]): number[] =>
  tail
    .filter((line) => /\bEADDRINUSE\b|address already in use|\bport:/i.test(line))
    .flatMap((line) => [...line.matchAll(/(?::|\bport[:= ]+)(\d{2,5})(?!\d|\.\d)/gi)].map((match) => Number(match[1])))
