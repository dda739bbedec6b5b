// The longest time for which this process's event loop did not turn, while something was done.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { sleep } from './time.mjs'

export const pauseDuring = async (work) => {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  await sleep(20)
  await work()
  await sleep(20)
  delay.disable()
  // the monitor counts from tick to tick: its own millisecond is no pause
  return Math.max(0, delay.max / 1e6 - 1)
}
