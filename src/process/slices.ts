/** Long enough to get on, short enough that nobody notices: a read of /proc takes some 15 µs. */
const sliceMs = 1

/**
 * Long synchronous work in slices. After each of its steps: `if (slices.over) await slices.pause()`, and the event
 * loop turns every millisecond.
 */
export class Slices {
  #until = performance.now() + sliceMs

  get over(): boolean {
    return performance.now() >= this.#until
  }

  async pause(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    this.#until = performance.now() + sliceMs
  }
}

/** Maps a long list synchronously, in slices. */
export const inSlices = async <T, R>(items: readonly T[], map: (item: T) => R, slices = new Slices()): Promise<R[]> => {
  const results: R[] = []
  for (const item of items) {
    results.push(map(item))
    if (slices.over) await slices.pause()
  }
  return results
}
