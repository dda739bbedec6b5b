import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import type { Command } from './claude'
import { leash } from './leash'
import { splitLines } from './lines'
import { keepTail } from './tail'
import { endTree, killGroup, listTree } from './tree'

export interface Run {
  /** What Claude prints, one JSON value at a time. */
  messages(): AsyncGenerator<unknown>
  /** SIGTERM, then SIGKILL for all that is left after the grace. */
  stop(graceMs?: number): void
  /** Resolves once nothing is left of it that could be found; never rejects. */
  ended: Promise<RunEnd>
}

export interface RunEnd {
  code: number | null
  signal: NodeJS.Signals | null
  error?: Error
  stopped: boolean
  /** The last that it said beside its messages. */
  said: string
}

const lineCapBytes = 1024 * 1024
const tailBytes = 8 * 1024
const stopGraceMs = 5000
const quietMs = 250

export function startRun({ command, args, env }: Command, { cwd, input }: { cwd: string; input: string }): Run {
  const child = spawn(command, args, { cwd, env, detached: process.platform !== 'win32', windowsHide: true })
  const exited = exitOf(child)
  const unleash = leash(child.pid)
  const said = keepTail(tailBytes)
  let stopping: Promise<void> | undefined

  // A child that leaves early breaks the pipe; its exit tells more than EPIPE would.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  child.stderr.on('error', () => {}).on('data', said.add)

  async function stop(pid: number, graceMs: number): Promise<void> {
    const members = await listTree(pid)
    for (const group of new Set([pid, ...members.map((member) => member.group)])) killGroup(group, 'SIGTERM')
    await Promise.race([exited, new Promise((resolve) => setTimeout(resolve, graceMs).unref())])
    await endTree(pid, members)
  }

  async function end(): Promise<RunEnd> {
    const exit = await exited
    if (child.pid !== undefined) killGroup(child.pid, 'SIGKILL')
    await stopping
    await unleash()
    if (stopping) child.stdout.destroy()
    else void closedOrQuiet(child.stdout as Socket)
    await closedOrQuiet(child.stderr as Socket)
    return { ...exit, stopped: stopping !== undefined, said: said.text() }
  }

  return {
    ended: end(),
    stop(graceMs = stopGraceMs) {
      if (child.pid !== undefined && isRunning(child)) stopping ??= stop(child.pid, graceMs)
      else child.stdout.destroy()
    },
    async *messages() {
      for await (const line of splitLines(untilClosed(child.stdout as Socket), lineCapBytes)) {
        if ('droppedBytes' in line) {
          yield { type: 'system', subtype: 'line_dropped', bytes: line.droppedBytes, limitBytes: lineCapBytes }
          continue
        }
        const message = parse(line.text)
        const complaint = message === undefined ? line.text : failureIn(message)
        if (complaint) said.add(Buffer.from(`${complaint}\n`))
        if (message !== undefined) yield message
      }
    },
  }
}

type Exit = Pick<RunEnd, 'code' | 'signal' | 'error'>

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
    child.once('error', (error) => resolve({ code: null, signal: null, error }))
  })
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null
}

// A process that Claude left behind may hold its output open for ever: after the exit, silence is the end.
function closedOrQuiet(stream: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (stream.closed) return resolve()
    let read = stream.bytesRead
    const timer = setInterval(() => {
      if (stream.bytesRead === read && stream.readableLength === 0) stream.destroy()
      read = stream.bytesRead
    }, quietMs)
    stream.once('close', () => {
      clearInterval(timer)
      resolve()
    })
  })
}

async function* untilClosed(stream: Socket): AsyncGenerator<Buffer> {
  try {
    yield* stream
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

// Claude reports a missing login or a refusing API in its result, and then ends with 1 and an empty stderr.
function failureIn(message: unknown): string | undefined {
  const { type, is_error, result } = (message ?? {}) as Record<string, unknown>
  return type === 'result' && is_error === true && typeof result === 'string' ? result : undefined
}
