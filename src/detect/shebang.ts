/** Decides which interpreter the first line of a script asks for. Pure. */
import { posix } from 'node:path'

export interface Shebang {
  readonly format: 'shebang'
  /** As the kernel reads it. A `\r` at the end stays: it is why such a script does not start. */
  readonly interpreter: string
  /** What `env` is to look for on PATH; null when the interpreter is not `env`. */
  readonly throughEnv: string | null
  /** Base name of what interprets in the end. */
  readonly program: string
  /** Arguments of that program, before the script's path. */
  readonly args: readonly string[]
}

const unspaced = (word: string): string => word.replace(/\r$/, '')

const throughEnv = (interpreter: string, words: readonly string[]): Shebang => {
  const split = words[0] === '-S' || words[0] === '--split-string'
  const rest = split ? words.slice(1) : words
  const start = rest.findIndex((word) => !/^[A-Za-z_]\w*=/.test(word))
  // Without -S the kernel hands env a single argument: "node --flag" is then the name of one file.
  const wanted = split ? (rest[start] ?? '') : rest.join(' ')
  const args = split ? rest.slice(start + 1).map(unspaced) : []
  return { format: 'shebang', interpreter, throughEnv: wanted, program: posix.basename(unspaced(wanted)), args }
}

export const readShebang = (head: Buffer): Shebang | undefined => {
  if (head.length < 2 || head.toString('latin1', 0, 2) !== '#!') return undefined
  const end = head.indexOf(10)
  const line = head.toString('utf8', 2, end === -1 ? head.length : end).replace(/^[ \t]+|[ \t]+$/g, '')
  const [interpreter = '', ...words] = line.split(/[ \t]+/)
  const program = posix.basename(unspaced(interpreter))
  if (program === 'env') return throughEnv(interpreter, words)
  return { format: 'shebang', interpreter, throughEnv: null, program, args: words.map(unspaced) }
}
