/** Long enough to get on, short enough that nobody notices: a read of /proc takes some 15 µs. */
const sliceMs = 2

/** Maps a long list synchronously, and lets the event loop turn every few milliseconds. */
export const inSlices = async <T, R>(items: readonly T[], map: (item: T) => R): Promise<R[]> => {
  const results: R[] = []
  let until = performance.now() + sliceMs
  for (const item of items) {
    results.push(map(item))
    if (performance.now() < until) continue
    await new Promise((resolve) => setImmediate(resolve))
    until = performance.now() + sliceMs
  }
  return results
}
