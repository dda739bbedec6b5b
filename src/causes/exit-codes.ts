/**
 * What exit codes and signals mean: in words for people, and as a cause where nothing else could be meant. Pure: a
 * program is free to use any small number for anything, so most of them have words and no cause.
 */
import type { CauseCode } from './codes.ts'

interface Meaning {
  readonly words: string
  readonly cause?: CauseCode
}

const signals: Readonly<Record<string, Meaning>> = {
  SIGHUP: { words: 'its terminal went away' },
  SIGINT: { words: 'interrupted' },
  SIGQUIT: { words: 'asked to quit' },
  SIGILL: { words: 'an instruction that this processor does not know', cause: 'KILLED_BY_CPU_OR_KERNEL' },
  SIGTRAP: { words: 'stopped by a trap', cause: 'KILLED_BY_CPU_OR_KERNEL' },
  SIGABRT: { words: 'aborted' },
  SIGBUS: { words: 'memory that is not there', cause: 'KILLED_BY_CPU_OR_KERNEL' },
  SIGFPE: { words: 'impossible arithmetic' },
  SIGKILL: { words: 'killed' },
  SIGSEGV: { words: 'memory that is not its own', cause: 'KILLED_BY_CPU_OR_KERNEL' },
  SIGPIPE: { words: 'wrote to a pipe that nobody reads', cause: 'BROKEN_PIPE' },
  SIGTERM: { words: 'asked to end' },
  SIGXCPU: { words: 'more processor time than it may take' },
  SIGXFSZ: { words: 'a larger file than it may write' },
  SIGSYS: { words: 'a system call that it may not make', cause: 'KILLED_BY_CPU_OR_KERNEL' },
}

/** As on Linux; on macOS SIGBUS and SIGSYS have other numbers, and these are signals that hardly anybody sends. */
const signalNumbers: Readonly<Record<number, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  4: 'SIGILL',
  5: 'SIGTRAP',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  13: 'SIGPIPE',
  15: 'SIGTERM',
  24: 'SIGXCPU',
  25: 'SIGXFSZ',
  31: 'SIGSYS',
}

/** Said by whoever started the program, or by the system: not the program's own choice. */
const said: Readonly<Record<number, Meaning>> = {
  126: { words: 'the shell found the command and could not run it' },
  127: { words: 'the shell found no such command' },
  2147483651: { words: 'stopped by a breakpoint or a failed check' },
  3221225477: { words: 'access violation', cause: 'KILLED_BY_CPU_OR_KERNEL' },
  3221225495: { words: 'not enough memory' },
  3221225501: { words: 'an instruction that this processor does not know', cause: 'KILLED_BY_CPU_OR_KERNEL' },
  3221225506: { words: 'access denied' },
  3221225539: { words: 'a file it needs is in use' },
  3221225595: { words: 'a program or DLL that is damaged or built for another machine' },
  3221225622: { words: 'a privileged instruction', cause: 'KILLED_BY_CPU_OR_KERNEL' },
  3221225725: { words: 'stack overflow' },
  3221225781: { words: 'a DLL was not found', cause: 'DEPENDENCY_MISSING' },
  3221225785: { words: 'a DLL is too old or too new: it lacks a function' },
  3221225786: { words: 'ended by Ctrl-C or a closed console' },
  3221225794: { words: 'a DLL could not be initialised' },
  3221226356: { words: 'damaged heap' },
  3221226505: { words: 'fail fast: a stack overrun, or it ended itself after a fatal error' },
  3762504530: { words: 'an unhandled .NET exception' },
}

/** Conventions that a program may ignore. */
const customs: Readonly<Record<number, string>> = {
  0: 'ended without an error',
  1: 'ended with an error',
  2: 'wrong usage, in many programs; a syntax error in a shell; a panic in Go',
  7: 'an error within the handler of uncaught errors, in Node',
  9: 'a bad option or NODE_OPTIONS, in Node',
  12: 'a bad inspector option, in Node',
  13: 'a top-level await that never settled, in Node',
  64: "wrong usage, by convention; Electron's helper that was started without --type",
  65: 'wrong input data, by convention',
  66: 'a missing input file, by convention',
  69: 'a service it needs is not there, by convention',
  70: 'an internal error, by convention',
  71: 'an error of the system, by convention',
  73: 'a file that could not be created, by convention',
  74: 'an input or output error, by convention',
  75: 'a failure that may pass, by convention',
  77: 'no permission, by convention',
  78: 'wrong configuration, by convention',
  101: 'a panic, in Rust',
}

/** Windows' codes are unsigned; some programs print and pass on the signed number. */
const unsigned = (code: number): number => (code < 0 ? code >>> 0 : code)

/** The signal that a shell, or a program that does like one, tells as 128 + its number. */
export const toldSignal = (code: number): string | undefined => signalNumbers[code - 128]

const systemMeaning = (code: number): Meaning | undefined => {
  const signal = toldSignal(code)
  const meaning = signal === undefined ? said[unsigned(code)] : signals[signal]
  return signal === undefined || meaning === undefined ? meaning : { ...meaning, words: `${meaning.words} (${signal})` }
}

/** What an exit that the system or a shell gave its number to means; for a number of the program's own choice nothing. */
export const systemWords = (code: number): string | undefined => systemMeaning(code)?.words

/** What an exit means, in a few words for people: `aborted (SIGABRT)`. */
export const exitMeaning = (code: number | null, signal: string | null): string | undefined => {
  if (signal !== null) return signals[signal] && `${signals[signal].words} (${signal})`
  return code === null ? undefined : (systemMeaning(code)?.words ?? customs[code])
}

/** The cause that an exit is proof of, without a word of output. */
export const causeOfExit = (code: number | null, signal: string | null): CauseCode | undefined => {
  if (signal !== null) return signals[signal]?.cause
  return code === null ? undefined : systemMeaning(code)?.cause
}

/** `0xC0000005` for codes of Windows, else the number. */
export const exitCodeText = (code: number | null): string => {
  const known = unsigned(code ?? 0)
  return known >= 0x80000000 ? `0x${known.toString(16).toUpperCase()}` : String(code)
}
