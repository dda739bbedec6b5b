/** Whoever has asked for the tree asks about its members next. */
const freshMs = 1000

/** What the last look at all processes has told, for as long as it is fresh: one look costs as much as a question about one process. */
export class Snapshot<T> {
  #seen: T | undefined
  #at = 0

  keep(seen: T): void {
    this.#seen = seen
    this.#at = performance.now()
  }

  get fresh(): T | undefined {
    if (performance.now() - this.#at > freshMs) this.#seen = undefined
    return this.#seen
  }
}
