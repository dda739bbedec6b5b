// Events that come from elsewhere, each with the moment (`at`) at which it was told.
import { now, sleep } from './time.mjs'

export class Events {
  all = []
  #waits = new Set()

  push(event) {
    this.all.push(event)
    for (const wait of this.#waits) wait(event)
  }

  of(type) {
    return this.all.filter((event) => event.type === type)
  }

  /** The first event of a type at or after `since`; past ones count. */
  async next(type, { since = 0, capMs = 30_000 } = {}) {
    const fits = (event) => event.type === type && event.at >= since
    const past = this.all.find(fits)
    if (past !== undefined) return past
    let wait
    const coming = new Promise((resolve) => {
      wait = (event) => fits(event) && resolve(event)
      this.#waits.add(wait)
    })
    const stop = new AbortController()
    try {
      return await Promise.race([coming, sleep(capMs, undefined, stop).then(() => fail(type, capMs))])
    } finally {
      this.#waits.delete(wait)
      stop.abort()
    }
  }
}

const fail = (type, capMs) => {
  throw new Error(`waited ${capMs} ms in vain for the event ${type}`)
}

/** Reads lines of JSON as they come. */
export const readEvents = (stream, events) => {
  let rest = ''
  stream.setEncoding('utf8').on('data', (text) => {
    const at = now()
    const lines = (rest + text).split('\n')
    rest = lines.pop()
    for (const line of lines) events.push({ ...JSON.parse(line), at })
  })
}
