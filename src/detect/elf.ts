/** Decides what an ELF header says: machine and interpreter. Pure. */

export interface Elf {
  readonly format: 'elf'
  /** In Node's words (`x64`, `arm64`); `machine 99` for one that Node does not run on. */
  readonly arch: string
  /** The loader it asks for; null: none needed (static); undefined: not within the bytes at hand. */
  readonly interpreter: string | null | undefined
}

/** `e_machine`, as far as Node has a word for it. */
const machines: Readonly<Record<number, string>> = {
  3: 'ia32',
  8: 'mips',
  21: 'ppc64',
  22: 's390x',
  40: 'arm',
  62: 'x64',
  183: 'arm64',
  243: 'riscv64',
  258: 'loong64',
}

const PT_INTERP = 3

interface Reader {
  readonly is64: boolean
  half(offset: number): number
  word(offset: number): number
  /** An address: 8 bytes in the 64-bit class. What does not fit a number is far outside the bytes at hand. */
  wide(offset: number): number
}

const readerOf = (head: Buffer): Reader => {
  const is64 = head[4] === 2
  const little = head[5] !== 2
  const half = (offset: number) => (little ? head.readUInt16LE(offset) : head.readUInt16BE(offset))
  const word = (offset: number) => (little ? head.readUInt32LE(offset) : head.readUInt32BE(offset))
  const wide = (offset: number) => (is64 ? Number(little ? head.readBigUInt64LE(offset) : head.readBigUInt64BE(offset)) : word(offset))
  return { is64, half, word, wide }
}

/** Where the fields lie, in the 64-bit and in the 32-bit class. */
const layouts = {
  64: { header: 64, phoff: 32, phentsize: 54, phnum: 56, entry: 56, offset: 8, filesz: 32 },
  32: { header: 52, phoff: 28, phentsize: 42, phnum: 44, entry: 32, offset: 4, filesz: 16 },
}

const interpreterOf = (head: Buffer, { is64, half, word, wide }: Reader): string | null | undefined => {
  const layout = layouts[is64 ? 64 : 32]
  const [first, size, count] = [wide(layout.phoff), half(layout.phentsize), half(layout.phnum)]
  for (let index = 0; index < count; index++) {
    const at = first + index * size
    if (size < layout.entry || at + layout.entry > head.length) return undefined
    if (word(at) !== PT_INTERP) continue
    const [start, length] = [wide(at + layout.offset), wide(at + layout.filesz)]
    if (start + length > head.length || length === 0) return undefined
    return head.toString('utf8', start, start + length).replace(/\0.*$/s, '')
  }
  return null
}

export const readElf = (head: Buffer): Elf | undefined => {
  if (head.length < 4 || head.readUInt32BE(0) !== 0x7f454c46) return undefined
  const reader = readerOf(head)
  if (head.length < layouts[reader.is64 ? 64 : 32].header) return undefined
  const machine = reader.half(18)
  return { format: 'elf', arch: machines[machine] ?? `machine ${machine}`, interpreter: interpreterOf(head, reader) }
}
