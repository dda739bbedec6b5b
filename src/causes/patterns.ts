/**
 * Lines that name a cause, as data: from the last line upwards, the first that a pattern matches. What was survived
 * explains no end: the search stops where the program went on, and at an error that no pattern knows.
 */
import type { CauseCode } from './codes.ts'
import { type OutputLine, readOutput, seen, signedVersion } from './output-lines.ts'

export interface OutputPattern {
  readonly cause: CauseCode
  readonly pattern: RegExp
  /** The exit code that must come with it, where other programs go on after such a line. */
  readonly code?: number
  /** What one of the five lines before must show. */
  readonly after?: RegExp
  /** Only in a Node older than this (22.18 for v22.18), as far as it has signed its last words. */
  readonly olderThan?: number
}

const lowPort = String.raw`:(?:[1-9]\d{0,2}|10[01]\d|102[0-3])\b`
const otherPort = String.raw`:(?:102[4-9]|10[3-9]\d|1[1-9]\d\d|[2-9]\d{3}|\d{5})\b`
/** Too long for a Unix socket, on every system. */
const longPath = String.raw` \/[^\n]{103,}$`

const taken =
  /(?<!connect )\bEADDRINUSE\b|\bAddrInUse\b|\baddress (?:is )?already in use\b|\bonly one usage of each socket address\b|\bport \d+ (?:is|was) (?:already |currently )?(?:in use|taken|used|occupied|allocated)\b|\bport is already allocated\b|\bis port \d+ in use\?|\bsomething is already running on port \d/i
const forbidden = new RegExp(
  String.raw`listen EACCES[^\n]*${otherPort}|\bWinError 10013\b|\bforbidden by its access permissions\b|Permission denied: bind\b`,
)

export const outputPatterns: readonly OutputPattern[] = [
  // Node cuts a long path, or says that it is taken, or calls it invalid
  { cause: 'SOCKET_PATH_TOO_LONG', pattern: new RegExp(`listen (?:EADDRINUSE|EINVAL|ENAMETOOLONG)[^/]*${longPath}`) },
  { cause: 'SOCKET_PATH_TOO_LONG', pattern: /AF_UNIX path too long|path must be shorter than SUN_LEN|Unix domain path too long/ },
  { cause: 'PORT_TAKEN', pattern: taken },
  { cause: 'PORT_PRIVILEGED', pattern: new RegExp(`listen EACCES[^\\n]*${lowPort}$`) },
  // the headline of a long report may be lost
  { cause: 'PORT_PRIVILEGED', pattern: new RegExp(`^ {2}port${lowPort.replace(':', ': ')}$`), after: /^ {2}code: 'EACCES'/ },
  { cause: 'PORT_PRIVILEGED', pattern: new RegExp(`listen (?:tcp|udp)[46]?[^\\n]*${lowPort}: bind: permission denied`) },
  { cause: 'PORT_PRIVILEGED', pattern: /BindException: Permission denied(?!: bind)|bind\(2\) for \S+ port \d{1,3} \(Errno::EACCES\)/ },
  { cause: 'PORT_PRIVILEGED', pattern: /^PermissionError: \[Errno 13\] Permission denied$/, after: /\.bind\(|server_bind/ },
  { cause: 'PORT_PRIVILEGED', pattern: /bind on address \([^)]*\): permission denied/ },
  { cause: 'PORT_RESERVED_BY_WINDOWS', pattern: forbidden },
  { cause: 'LOCALHOST_UNRESOLVABLE', pattern: /getaddrinfo (?:ENOTFOUND|EAI_AGAIN) localhost\b/ },
  { cause: 'ADDRESS_NOT_AVAILABLE', pattern: /(?<!connect )\bEADDRNOTAVAIL\b|(?<!connect: )cannot assign requested address/i },
  { cause: 'SANDBOX_FORBIDS_BIND', pattern: /listen EPERM|bind: operation not permitted/ },
  { cause: 'PORT_NOT_A_NUMBER', pattern: /ERR_SOCKET_BAD_PORT|"port" argument must be >= 0|\btcp[46]?\/\S*: unknown port/ },
  { cause: 'TOO_MANY_OPEN_FILES', pattern: /\bE[MN]FILE\b|too many open files/i },

  { cause: 'OUT_OF_HEAP', pattern: /Reached heap limit|JavaScript heap out of memory|invalid table size|Ineffective mark-compacts/ },
  { cause: 'OUT_OF_HEAP', pattern: /Fatal (?:process|JavaScript) out of memory: (?!Failed to reserve)/ },
  { cause: 'OUT_OF_HEAP', pattern: /java\.lang\.OutOfMemoryError: (?!unable to create)|System\.OutOfMemoryException|^Out of memory\.$/ },
  { cause: 'OUT_OF_HEAP', pattern: /^MemoryError\b|\(NoMemoryError\)|^fatal error: runtime: (?:cannot allocate memory|out of memory)/ },
  { cause: 'OUT_OF_HEAP', pattern: /^memory allocation of \d+ bytes failed/ },

  { cause: 'NATIVE_ABI_MISMATCH', pattern: /NODE_MODULE_VERSION \d+/ },
  { cause: 'WRONG_ARCHITECTURE', pattern: /\bexec format error\b|\bBad CPU type in executable\b|is an incompatible architecture/i },
  { cause: 'WRONG_ARCHITECTURE', pattern: /\.node: (?:invalid ELF header|wrong ELF class)|is not a valid Win32 application[^\n]*\.node\b/ },
  { cause: 'WRONG_ARCHITECTURE', pattern: /\bspawn Unknown system error -86\b|\bspawn \S* ?EBADARCH\b/ },
  {
    cause: 'KILLED_BY_CPU_OR_KERNEL',
    pattern: /\bCPU lacks \w+ support\b|^Illegal instruction\b|^Bad system call\b|^(?:Fatal Python error: )?Segmentation fault\b/,
  },
  { cause: 'KILLED_BY_CPU_OR_KERNEL', pattern: /^#\s+SIG(?:SEGV|ILL|BUS) \(0x/ },

  { cause: 'TYPESCRIPT_ENTRY', pattern: /Unknown file extension "\.[cm]?tsx?"|ERR_UNKNOWN_FILE_EXTENSION[^\n]*\.[cm]?tsx?\b/ },
  { cause: 'TYPESCRIPT_ENTRY', pattern: /ERR_UNSUPPORTED_(?:TYPESCRIPT_SYNTAX|NODE_MODULES_TYPE_STRIPPING)/ },
  // a Node that strips types finds a mistake in TypeScript before it reads JavaScript, and says so
  {
    cause: 'TYPESCRIPT_ENTRY',
    pattern: /^SyntaxError: (?:Missing initializer in|Unexpected |Invalid or unexpected|missing \)|Cannot use import statement)/,
    after: /\.[cm]?tsx?:\d+$/,
    olderThan: 22.18,
  },
  { cause: 'TYPESCRIPT_ENTRY', pattern: /^SyntaxError: Unexpected token '<'/, after: /\.tsx:\d+$/ },
  {
    cause: 'MODULE_FORMAT_MISMATCH',
    pattern:
      /require is not defined in ES module scope|(?:module|exports|__dirname|__filename) is not defined in ES module scope|Cannot use import statement outside a module|ERR_REQUIRE_ESM|ERR_REQUIRE_ASYNC_MODULE|Unexpected token 'export'|Cannot use 'import\.meta' outside a module|await is only valid in async functions and the top level bodies/,
  },
  // Node's own loader says so of the script that it was given
  { cause: 'ENTRY_MISSING', pattern: /requireStack: \[\]/ },
  {
    cause: 'ENTRY_MISSING',
    pattern: /: can't open file '[^\n]*\[Errno 2\]|^Error: Unable to access jarfile |^Error: Could not find or load main class /,
  },
  { cause: 'ENTRY_MISSING', pattern: /^ruby: No such file or directory -- |^The application to execute does not exist: / },
  // an import says where it stands
  { cause: 'ENTRY_MISSING', pattern: /^error: Module not found "(?!file:)/ },
  { cause: 'DEPENDENCY_MISSING', pattern: /Cannot find (?:package|module) '(?:(?![./~#]|@\/|[A-Za-z]:)|[^']*[\\/]node_modules[\\/])/ },
  { cause: 'DEPENDENCY_MISSING', pattern: /^error: (?:Import "[^"]*" not a dependency|Cannot find package ")/ },
  { cause: 'DEPENDENCY_MISSING', pattern: /\bModuleNotFoundError: No module named\b|\bNo module named '?[\w.]+'?$|Bundler::GemNotFound/ },
  { cause: 'DEPENDENCY_MISSING', pattern: /^Can't locate \S+\.pm in @INC\b/ },
  { cause: 'DEPENDENCY_MISSING', pattern: /cannot load such file -- (?![./])[^\n]*\(LoadError\)/ },
  {
    cause: 'DEPENDENCY_MISSING',
    pattern: /^Exception in thread "[^"]*" java\.lang\.(?:NoClassDefFoundError: (?!Could not init)|ClassNotFoundException: )/,
  },
  { cause: 'DEPENDENCY_MISSING', pattern: /Could not load file or assembly '|error while loading shared libraries: / },
  { cause: 'BAD_NODE_OPTION', pattern: /is not allowed in NODE_OPTIONS|: bad option:|: must be 0 or in range 1024 to 65535\.$/ },
  { cause: 'BAD_NODE_OPTION', pattern: /: \S+ requires an argument$|: invalid value for NODE_OPTIONS/, code: 9 },
  { cause: 'NODE_TOO_OLD', pattern: /^ReferenceError: (?:fetch|Headers|Request|Response|FormData) is not defined/, olderThan: 18 },
  { cause: 'NODE_TOO_OLD', pattern: /^ReferenceError: (?:CustomEvent|crypto) is not defined/, olderThan: 19 },
  { cause: 'NODE_TOO_OLD', pattern: /^ReferenceError: File is not defined/, olderThan: 20 },
  { cause: 'NODE_TOO_OLD', pattern: /^ReferenceError: WebSocket is not defined/, olderThan: 22 },
  { cause: 'NODE_TOO_OLD', pattern: /^SyntaxError: Unexpected token '(?:\?\?|\|\||&&)='/, olderThan: 15 },
  { cause: 'NODE_TOO_OLD', pattern: /No such built-in module: node:(?:sqlite|sea|test)\b/ },
  {
    cause: 'NODE_TOO_OLD',
    pattern: /\brequires (?:at least )?Node(?:\.js)?(?: version)? ?(?:>=|v?\d)|\bNode(?:\.js)? version [^\n]{1,30} is required\b/i,
  },
  { cause: 'NODE_TOO_OLD', pattern: /\bThe engine "node" is incompatible with this module\b/ },

  { cause: 'PATH_INSIDE_ASAR', pattern: /\bspawn [^\n]*\.asar[\\/][^\n]* (?:ENOTDIR|ENOENT)$/ },
  // Node throws it without the path: a file where a folder should be, and an archive is the one that people meet
  { cause: 'PATH_INSIDE_ASAR', pattern: /^(?:Uncaught )?Error: spawn ENOTDIR$/ },
  {
    cause: 'ARGUMENTS_TOO_LONG',
    pattern: /\bspawn (?:\S+ )?(?:E2BIG|ENAMETOOLONG)\b|\bArgument list too long\b|\bThe command line is too long\b/,
  },
  { cause: 'WINDOWS_CMD_WITHOUT_SHELL', pattern: /\bspawn (?:\S+\.(?:cmd|bat) )?EINVAL\b/i },
  { cause: 'NOT_EXECUTABLE', pattern: /\bspawn [^\n]* EACCES\b/ },
  { cause: 'NOT_EXECUTABLE', pattern: /: Permission denied$/i, code: 126 },
  { cause: 'INTERPRETER_MISSING', pattern: /: bad interpreter: No such file|cannot execute: required file not found/ },
  { cause: 'INTERPRETER_MISSING', pattern: /^Error (?:loading shared library|relocating)[^\n]* ?ld-linux/ },
  {
    cause: 'CLAUDE_NOT_FOUND',
    pattern: /\bclaude(?: (?:code|cli|native|binary|executable|command))*(?: was| is)? not found\b|\bCould not find claude\b/i,
  },
  {
    cause: 'CLAUDE_NOT_FOUND',
    pattern: /\bspawn claude(?:\.exe)? ENOENT\b|: claude: (?:command )?not found|command not found: claude$|'claude' is not recognized/,
  },
  {
    cause: 'CLAUDE_NOT_FOUND',
    pattern: /Executable not found in \$PATH: "claude"|^which: no claude in |env: ['\u2018]?claude['\u2019]?: No such file/,
  },
  {
    cause: 'NODE_NOT_IN_PATH',
    pattern: /\bspawn node(?:\.exe)? ENOENT\b|env: ['\u2018]?node['\u2019]?: No such file|: node: (?:command )?not found/,
  },
  { cause: 'NODE_NOT_IN_PATH', pattern: /Executable not found in \$PATH: "node"|command not found: node$|'node' is not recognized/ },
  {
    cause: 'COMMAND_NOT_FOUND',
    pattern: /\bspawn [^\s/\\]+ ENOENT\b|Executable not found in \$PATH: "|is not recognized as an internal or external command/,
  },
  {
    cause: 'COMMAND_NOT_FOUND',
    pattern: /: (?:command )?not found$|command not found: \S+$|^(?:\S*\/)?env: [^\n]*: No such file/,
    code: 127,
  },
  { cause: 'CWD_MISSING', pattern: /\buv_cwd\b|\bgetcwd: cannot access parent directories\b/ },
  { cause: 'WORKING_DIRECTORY_UNUSABLE', pattern: /\bEROFS: |\bread-only file system\b|\[Errno 30\]/i },
  {
    cause: 'WORKING_DIRECTORY_UNUSABLE',
    pattern: /\b(?:EACCES: permission denied|EPERM: operation not permitted), mkdir '(?![/\\]|[A-Za-z]:)/,
  },
  {
    cause: 'ENVIRONMENT_INCOMPLETE',
    pattern:
      /\b(?:missing|required|undefined|invalid|unset)\b[^\n]{0,60}\benv(?:ironment)?[ _]?var(?:iable)?s?\b|\benv(?:ironment)? var(?:iable)?s?\b[^\n]{0,80}\b(?:is missing|are missing|required|must be (?:set|defined|provided)|not (?:set|defined|found|present|provided|specified))\b/i,
  },
  { cause: 'ENVIRONMENT_INCOMPLETE', pattern: /^KeyError: '[A-Z][A-Z0-9_]+'$/, after: /File "(?:<frozen os>|[^"]*[\\/]os\.py)"/ },
  { cause: 'ENVIRONMENT_INCOMPLETE', pattern: /\$HOME is not defined\b/ },
  { cause: 'SECOND_INSTANCE', pattern: /\banother instance\b[^\n]{0,40}\balready running\b/i },
  { cause: 'BROKEN_PIPE', pattern: /\bwrite EPIPE\b|^BrokenPipeError\b|failed printing to std(?:out|err): Broken pipe/ },
  { cause: 'EXITED_BEFORE_LISTENING', pattern: /^error: Top-level await promise never resolved/ },
  {
    cause: 'CLAUDE_UNUSABLE',
    pattern: /\bcannot be launched inside another Claude Code session\b|\bClaude Code on Windows requires git-bash\b/,
  },
  { cause: 'CLAUDE_UNUSABLE', pattern: /--dangerously-skip-permissions cannot be used with root/ },
]

/** The program says that it goes on: tries again, takes another, only warns; or Node that it does without its inspector. */
const goesOn =
  /\b(?:re-?)?trying\b|\bwill retry\b|\bretry (?:in|after|#?\d)|\binstead[.!]?$|\b(?:falling back|fallback|switching|defaulting)\b|\busing (?:default|an?other|the next|next|available|random|free)\b|\bwarn(?:ing)?\b|\bStarting inspector on\b/i

/** The program lives. */
const lives =
  /\b(?:listening|serving|running|ready|started|available)\b[^?]{0,40}\b(?:on|at)\b[^?]{0,40}(?::\d{2,5}\b|\bport \d|https?:\/\/)/i
const livesNot = /\b(?:already|another|in use|not|fail\w*|error|stop|process|program|configure)\b|n't\b/i

/** After an error a program may still say that it ends, and why. */
const lastWords = 5

export interface NamedCause {
  readonly cause: CauseCode
  readonly line: string
}

/** The cause that the last lines name, and the line that names it. */
export const causeInOutput = (tail: readonly string[], code: number | null = null): NamedCause | undefined => {
  const lines = readOutput(tail)
  const version = signedVersion(lines)
  let words = 0
  for (let at = endOfReport(lines); at >= 0; at -= 1) {
    const line = lines[at]
    if (line === undefined || line.kind === 'excerpt' || line.kind === 'noise') continue
    const isProse = line.kind === 'words'
    const wentOn = isProse && goesOn.test(line.text)
    const cause = wentOn ? undefined : causeOf(line.text, lines.slice(Math.max(0, at - 5), at), code, version)
    if (cause !== undefined) return { cause, line: headlineOf(lines.slice(0, at + 1), cause, code) }
    if (line.kind === 'error' || (isProse && lives.test(line.text) && !livesNot.test(line.text))) return undefined
    words += isProse ? 1 : 0
    if (words > lastWords) return undefined
  }
  return undefined
}

/** Node signs the report that it dies with. What stands behind it was said before, and came by another pipe. */
const endOfReport = (lines: readonly OutputLine[]): number => {
  const signed = lines.findLastIndex(({ text }) => /^Node\.js v\d/.test(text))
  const behind = lines.slice(signed + 1).filter(({ kind }) => kind !== 'noise')
  return signed !== -1 && behind.length <= lastWords ? signed : lines.length - 1
}

/** A property names the cause as well as the headline above it, but tells people less. */
const headlineOf = (lines: readonly OutputLine[], cause: CauseCode, code: number | null): string => {
  const headline = lines.findLast(({ text, kind }) => (kind === 'error' || kind === 'words') && causeOf(text, [], code) === cause)
  return (lines.at(-1)?.kind === 'detail' ? headline : lines.at(-1))?.text ?? lines.at(-1)?.text.trim() ?? ''
}

const causeOf = (text: string, before: readonly OutputLine[], code: number | null, version = 0): CauseCode | undefined =>
  outputPatterns.find(
    (known) =>
      (known.code === undefined || known.code === code) &&
      (known.olderThan === undefined || version < known.olderThan) &&
      (known.after === undefined || before.some((line) => known.after?.test(line.text))) &&
      known.pattern.test(text),
  )?.cause

const namesPort = new RegExp(`${taken.source}|${forbidden.source}|\\bport:`, 'i')
/** Numbers behind a colon that are no ports: the time of day, a place in source code. */
const noPorts = /\b\d\d:\d\d:\d\d\b|\.(?:[cm]?[jt]sx?|rs|go|py|rb|java|kt|cs|php):\d+(?::\d+)?/g

/** Ports that lines about a taken address name. Empty where none does. */
export const takenPorts = (tail: readonly string[]): number[] =>
  tail
    .map(seen)
    .filter((line) => namesPort.test(line))
    .flatMap((line) => [...line.replace(noPorts, '').matchAll(/(?::|\bport[:= ]+)(\d{2,5})(?!\d|\.\d)/gi)].map((match) => Number(match[1])))
