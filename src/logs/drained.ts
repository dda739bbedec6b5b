import type { Writable } from 'node:stream'

/** Settles when a stream has room again, or will never have any: it was closed, or nobody waits any longer. */
export const drained = (out: Writable, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      out.off('drain', done)
      out.off('close', done)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    out.on('drain', done)
    out.on('close', done)
    signal?.addEventListener('abort', done)
    if (signal?.aborted || out.closed) done()
  })
