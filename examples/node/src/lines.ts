export type Line = { text: string } | { droppedBytes: number }

const newline = 0x0a

/** Cuts bytes, not text, so that a character split over two chunks stays whole. A line above the cap is counted, not kept. */
export async function* splitLines(chunks: AsyncIterable<Buffer>, capBytes: number): AsyncGenerator<Line> {
  let parts: Buffer[] = []
  let bytes = 0
  const add = (part: Buffer) => {
    bytes += part.length
    if (bytes <= capBytes) parts.push(part)
    else parts = []
  }
  const take = (): Line => {
    const line = bytes > capBytes ? { droppedBytes: bytes } : { text: Buffer.concat(parts).toString('utf8') }
    parts = []
    bytes = 0
    return line
  }
  for await (const chunk of chunks) {
    let start = 0
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      add(chunk.subarray(start, end))
      start = end + 1
      yield take()
    }
    add(chunk.subarray(start))
  }
  if (bytes > 0) yield take()
}
