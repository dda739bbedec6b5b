/** Text that waits to be written, as bytes in few large blocks. They are used again: fresh pages cost the kernel more than the writing. */
export class BlockQueue {
  readonly #blocks: Block[] = []
  readonly #spare: Buffer[] = []
  /** Of what waits. */
  #bytes = 0

  get bytes(): number {
    return this.#bytes
  }

  /** Latin1: a character is a byte. */
  push(text: string): void {
    const last = this.#blocks.at(-1)
    const block = last !== undefined && last.length + text.length <= last.buffer.length ? last : this.#add(text.length)
    block.length += block.buffer.write(text, block.length, 'latin1')
    this.#bytes += text.length
  }

  /** Takes away the oldest block, if there is one. It is to be given back once it was written. */
  shift(): Buffer | undefined {
    const block = this.#blocks.shift()
    if (block === undefined) return undefined
    this.#bytes -= block.length
    return block.buffer.subarray(0, block.length)
  }

  giveBack({ buffer }: Buffer): void {
    if (this.#spare.length < spares && buffer.byteLength === blockBytes) this.#spare.push(Buffer.from(buffer))
  }

  #add(bytes: number): Block {
    const buffer = bytes > blockBytes ? undefined : this.#spare.pop()
    const block = { buffer: buffer ?? Buffer.allocUnsafeSlow(Math.max(blockBytes, bytes)), length: 0 }
    this.#blocks.push(block)
    return block
  }
}

interface Block {
  readonly buffer: Buffer
  length: number
}

const blockBytes = 512 * 1024
/** Kept when nothing waits. */
const spares = 4
