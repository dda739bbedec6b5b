export interface Tail {
  add: (chunk: Buffer) => void
  text(): string
}

/** Keeps the last bytes of what it is given. */
export function keepTail(limitBytes: number): Tail {
  let kept: Buffer = Buffer.alloc(0)
  return {
    add(chunk) {
      kept = Buffer.concat([kept, chunk]).subarray(-limitBytes)
    },
    text: () => kept.toString('utf8').trim(),
  }
}
