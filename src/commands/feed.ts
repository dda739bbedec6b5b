import { drained } from '../logs/drained.ts'
import { outputOf } from './terminal.ts'

/** Text for one of our outputs. */
export interface Piece {
  readonly to: 'stdout' | 'stderr'
  readonly text: string
}

const batchLength = 64 * 1024

/**
 * Writes pieces of text as they come, in their order and no faster than they are read; those that come together in one go.
 * When the reader leaves (`| head`), that ends it quietly; `gone` is aborted for whoever would wait for more.
 */
export const feed = async (pieces: AsyncIterable<Piece>, gone: AbortController): Promise<void> => {
  const out = outputOf('stdout')
  out.on('error', () => gone.abort())
  let batch = ''
  let flushing: NodeJS.Immediate | undefined
  const flush = (): boolean => {
    clearImmediate(flushing)
    flushing = undefined
    const text = batch
    batch = ''
    return text === '' || !out.writable || out.write(text)
  }
  for await (const { to, text } of pieces) {
    if (!out.writable) break
    if (to === 'stderr') {
      flush()
      outputOf('stderr').write(text)
      continue
    }
    batch += text
    flushing ??= setImmediate(flush)
    if (batch.length >= batchLength && !flush()) await drained(out)
  }
  flush()
}
