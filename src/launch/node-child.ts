import type { ChildProcess } from 'node:child_process'
import type { Readable } from 'node:stream'
import type { Child, Exit, OutputStream } from './launcher.ts'
import { readPipe } from './read-pipe.ts'

export type OutputListener = (stream: OutputStream, chunk: Buffer) => void | Promise<void>

/**
 * Settles with the child as soon as it has a pid, rejects with the error that came instead. Call it in the same tick
 * as the launch: from then on the output is drained.
 */
export const startedChild = (process: ChildProcess): Promise<Child> => {
  if (process.pid !== undefined) return Promise.resolve(childOf(process, process.pid))
  return new Promise((_resolve, reject) => process.once('error', reject))
}

const childOf = (process: ChildProcess, pid: number): Child => {
  const listeners = new Set<OutputListener>()
  const exited = new Promise<Exit>((resolve) => process.once('exit', (code, signal) => resolve({ code, signal })))
  const drained = Promise.all([drain('stdout', process.stdout, listeners), drain('stderr', process.stderr, listeners)]).then(() => {})
  // a signal or message that could not be delivered because the process is ending: its exit says all that there is to say
  process.on('error', () => {})
  process.stdin?.on('error', () => {})
  return {
    pid,
    group: 'own',
    exited,
    drained,
    onOutput: (listener) => subscribe(listeners, listener),
    onMessage: (listener) => {
      process.on('message', listener)
      return () => process.off('message', listener)
    },
    send: (message) => process.connected && process.send(message as object, undefined, undefined, () => {}),
    // the handle of a process that was not reaped yet: its pid cannot have been given to another
    signal: (signal) => process.kill(signal),
  }
}

export const subscribe = <T>(set: Set<T>, item: T): (() => void) => {
  set.add(item)
  return () => set.delete(item)
}

/** libuv reads up to 2 MB in one turn; whoever else lives on this thread shall not wait for all of it. */
const turnMs = 4

/** Reads a stream to its end, whoever listens: a full pipe would stop the child. A slow listener holds it back. */
export const drain = (name: OutputStream, output: Readable | null, listeners: ReadonlySet<OutputListener>): Promise<void> => {
  if (output === null) return Promise.resolve()
  /** Listeners that have not taken what they got. */
  let waiting = 0
  let turnBegan: number | undefined
  const mayFlow = (): boolean => waiting === 0 && (turnBegan === undefined || performance.now() - turnBegan <= turnMs)
  const nextTurn = (): void => {
    turnBegan = undefined
    if (mayFlow()) stream.resume()
  }
  const taken = (): void => {
    waiting -= 1
    if (mayFlow()) stream.resume()
  }
  const stream = readPipe(output, (chunk) => {
    if (turnBegan === undefined) {
      turnBegan = performance.now()
      setImmediate(nextTurn)
    }
    for (const listener of listeners) {
      const wait = listener(name, chunk)
      if (wait === undefined) continue
      waiting += 1
      wait.then(taken, taken)
    }
    return mayFlow()
  })
  // a broken pipe ends the stream; 'close' follows
  stream.on('error', () => {})
  return new Promise((resolve) => stream.once('close', resolve))
}
