// What a process uses, from /proc.
import { readdirSync, readFileSync } from 'node:fs'
import { sleep } from './time.mjs'

/** Milliseconds on a processor, of every thread. */
export const cpuMs = (pid) => {
  const threads = readdirSync(`/proc/${pid}/task`)
  return (
    threads.reduce((sum, thread) => sum + Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0]), 0) / 1e6
  )
}

export const residentMb = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))[1]) / 1024

export const descriptorsOf = (pid) => readdirSync(`/proc/${pid}/fd`).length

/** The most MiB that it had above what it has now, while something was done. */
export const peakDuring = async (pid, work) => {
  const before = residentMb(pid)
  let peak = before
  let isOver = false
  const watching = (async () => {
    for (; !isOver; await sleep(10)) peak = Math.max(peak, residentMb(pid))
  })()
  try {
    await work()
  } finally {
    isOver = true
    await watching
  }
  return peak - before
}
