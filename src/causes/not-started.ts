/**
 * Decides why a command did not start. The system says ENOENT for a missing file, folder and interpreter alike, and
 * nothing at all where a shell reads a foreign binary; the facts tell them apart.
 * Pure: never looks, never runs. What the facts do not explain stays unexplained.
 */
import type { CauseCode } from './codes.ts'

export interface StartFacts {
  /** As it was to be started. */
  readonly command: string
  readonly cwd: string
  readonly cwdExists: boolean
  readonly platform: NodeJS.Platform
  /** Where the command was looked for or found: absolute; null when no folder on PATH has it. */
  readonly file: string | null
  /** Folders on PATH, for a command without folders. */
  readonly pathEntries: number
  /** Where the command lies although no folder on PATH has it: absolute; null where that was not seen. */
  readonly elsewhere: string | null
  readonly fileExists: boolean
  /** What lies there instead of a file, as `a directory`. */
  readonly notAFile: string | null
  readonly isExecutable: boolean
  /** An interpreter or loader that the file asks for and that is not there. */
  readonly missingInterpreter: string | null
  /** The machine it was built for, where that is another one, as `arm64`. */
  readonly builtFor: string | null
  /** A `.cmd` or `.bat` file. */
  readonly isBatch: boolean
  /** npm's placeholder for the native Claude. */
  readonly isPlaceholder: boolean
  /** The command or the working directory, where it lies inside an Electron archive, and the same place unpacked. */
  readonly inArchive: { readonly path: string; readonly unpacked: string } | null
  /** Node's code of the failed start (`ENOENT`), where there was one. */
  readonly errorCode: string | null
}

export interface NotStarted {
  readonly cause: CauseCode | undefined
  /** What happened and what was seen. */
  readonly message: string
  /** What to do about it. */
  readonly hint: string | undefined
}

type Rule = (facts: StartFacts) => NotStarted | undefined

const because = (cause: CauseCode, message: string, hint: string): NotStarted => ({ cause, message, hint })

const argumentsTooLong: Rule = ({ command, errorCode }) => {
  if (errorCode !== 'E2BIG' && errorCode !== 'ENAMETOOLONG') return undefined
  const message = `${command} was not started: its arguments and environment are longer than the system allows (${errorCode}).`
  return because('ARGUMENTS_TOO_LONG', message, 'Pass long text by stdin or in a file.')
}

const insideAsar: Rule = ({ command, inArchive }) => {
  if (inArchive === null) return undefined
  const message = `${command} was not started: ${inArchive.path} lies inside an Electron archive, which is a file to the system.`
  return because('PATH_INSIDE_ASAR', message, `List it in asarUnpack and name ${inArchive.unpacked}.`)
}

const cwdMissing: Rule = ({ command, cwd, cwdExists }) =>
  cwdExists
    ? undefined
    : because('CWD_MISSING', `${command} was not started: the working directory ${cwd} is not there.`, 'Create it, or name another `cwd`.')

const baseName = (path: string): string => path.replace(/^.*[\\/]/, '').replace(/\.(?:exe|cmd|bat)$/i, '')

const notOnPath: Rule = ({ command, file, pathEntries, elsewhere }) => {
  if (file !== null) return undefined
  const found = elsewhere === null ? '' : `, but it lies at ${elsewhere}`
  const message = `${command} was not started: none of the ${pathEntries} folders on PATH has it${found}.`
  const name = baseName(command)
  const cause = name === 'node' ? 'NODE_NOT_IN_PATH' : name === 'claude' ? 'CLAUDE_NOT_FOUND' : 'COMMAND_NOT_FOUND'
  if (elsewhere !== null) return because(cause, message, `Name it by its whole path, ${elsewhere}, or add its folder to PATH.`)
  if (name === 'node') return because(cause, message, 'An app started from the desktop has a short PATH: name Node by its whole path.')
  if (name === 'claude') return because(cause, message, 'Install the Claude CLI, or name it by its whole path (--claude-path).')
  return because(cause, message, 'Install it, or name it by its whole path.')
}

const noSuchFile: Rule = ({ command, file, fileExists }) => {
  if (fileExists) return undefined
  const cause = baseName(command) === 'claude' ? 'CLAUDE_NOT_FOUND' : 'COMMAND_NOT_FOUND'
  return because(cause, `${command} was not started: ${file} does not exist.`, 'Correct the path, or install it again.')
}

const batch: Rule = ({ command, file, isBatch, platform }) => {
  if (!isBatch || platform !== 'win32') return undefined
  const message = `${command} was not started: ${file} is a batch file, and Node starts those only through a shell.`
  return because('WINDOWS_CMD_WITHOUT_SHELL', message, 'Name the .exe or the script that it starts.')
}

const notAFile: Rule = ({ command, file, notAFile }) =>
  notAFile === null
    ? undefined
    : because('NOT_EXECUTABLE', `${command} was not started: ${file} is ${notAFile}.`, 'Name the executable itself.')

const placeholder: Rule = ({ command, file, isPlaceholder }) =>
  isPlaceholder
    ? because(
        'CLAUDE_UNUSABLE',
        `${command} was not started: ${file} is the placeholder of npm, where the native file was never put.`,
        'Run `node install.cjs` in the folder of @anthropic-ai/claude-code, or install it again without --ignore-scripts.',
      )
    : undefined

const wrongArchitecture: Rule = ({ command, file, builtFor }) => {
  if (builtFor === null) return undefined
  const message = `${command} was not started: ${file} is built for ${builtFor}, not for this machine.`
  return because('WRONG_ARCHITECTURE', message, 'Install the build for this machine.')
}

const notExecutable: Rule = ({ command, file, isExecutable, errorCode }) => {
  if (isExecutable && errorCode !== 'EACCES') return undefined
  const seen = isExecutable ? 'the system forbids it (EACCES)' : 'it is not executable'
  const hint = 'Make it executable (chmod +x), and check that its disk is not mounted noexec.'
  return because('NOT_EXECUTABLE', `${command} was not started: ${file} is there, but ${seen}.`, hint)
}

const interpreterMissing: Rule = ({ command, file, missingInterpreter }) => {
  if (missingInterpreter === null) return undefined
  const wanted = JSON.stringify(missingInterpreter)
  const message = `${command} was not started: ${file} is there, but what runs it is not: ${wanted}.`
  if (missingInterpreter.endsWith('\r')) return because('INTERPRETER_MISSING', message, 'Its lines end as on Windows; convert it.')
  if (baseName(missingInterpreter).startsWith('ld-')) {
    return because('INTERPRETER_MISSING', message, 'Install the build for the C library of this system (glibc or musl).')
  }
  return because(
    'INTERPRETER_MISSING',
    message,
    `Install ${baseName(missingInterpreter)}, or start the script with its interpreter by whole path.`,
  )
}

/** In the order in which the system meets them. */
const rules: readonly Rule[] = [
  argumentsTooLong,
  insideAsar,
  cwdMissing,
  notOnPath,
  noSuchFile,
  notAFile,
  batch,
  placeholder,
  wrongArchitecture,
  notExecutable,
  interpreterMissing,
]

export const explainNotStarted = (facts: StartFacts): NotStarted => {
  for (const rule of rules) {
    const found = rule(facts)
    if (found !== undefined) return found
  }
  const code = facts.errorCode === null ? '' : ` (${facts.errorCode})`
  return { cause: undefined, message: `${facts.command} could not be started${code}, and nothing is wrong with its file.`, hint: undefined }
}
