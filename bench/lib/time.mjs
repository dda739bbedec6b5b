// Time that processes share: CLOCK_MONOTONIC, in milliseconds.
import { setTimeout as sleep } from 'node:timers/promises'

export { sleep }

export const now = () => Number(process.hrtime.bigint()) / 1e6

/** Polls until `test` holds; resolves with the moment, rejects when the cap is reached. */
export const until = async (test, { what, capMs = 30_000, everyMs = 1 }) => {
  const deadline = now() + capMs
  while (!(await test())) {
    if (now() > deadline) throw new Error(`waited ${capMs} ms in vain for ${what}`)
    await sleep(everyMs)
  }
  return now()
}
