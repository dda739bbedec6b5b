/**
 * Decides what a file is by its first bytes. Its name says nothing: npm's native Claude is called `claude.exe` on every
 * system. Pure: never reads, never throws, whatever the bytes.
 */
import { type CmdShim, readCmdShim } from './cmd-shim.ts'
import { type Elf, readElf } from './elf.ts'
import { type MachO, readMachO } from './mach-o.ts'
import { type Pe, readPe } from './pe.ts'
import { readShebang, type Shebang } from './shebang.ts'

/** npm's placeholder, where the script that puts the native file there never ran. */
export interface Placeholder {
  readonly format: 'placeholder'
}

export interface OtherContent {
  readonly format: 'empty' | 'text' | 'binary'
}

export type Content = Elf | MachO | Pe | Shebang | CmdShim | Placeholder | OtherContent

/** No more than this is read of any file. */
export const headBytes = 4096

const placeholderText = 'claude native binary not installed'

export const typeContent = (head: Buffer): Content => {
  if (head.length === 0) return { format: 'empty' }
  const native = readElf(head) ?? readMachO(head) ?? readPe(head)
  if (native !== undefined) return native
  // A file that fills the head may go on; what it starts is known only of a whole one.
  const known = (head.length < headBytes ? readCmdShim(head.toString()) : undefined) ?? readShebang(head)
  if (known !== undefined) return known
  if (head.includes(0)) return { format: 'binary' }
  // A file that fills the head may go on for megabytes; the placeholder is 500 bytes.
  if (head.length < headBytes && head.includes(placeholderText)) return { format: 'placeholder' }
  return { format: 'text' }
}
