import type { FileHandle } from 'node:fs/promises'
import { type Clock, systemClock } from '../clock.ts'
import { errnoOf, messageOf } from '../errors.ts'
import type { OutputStream } from '../launch/launcher.ts'
import { BlockQueue } from './block-queue.ts'
import { type DiskStream, diskPrefix } from './disk-line.ts'
import { redactTokens } from './redact.ts'
import { RotatingFile } from './rotating-file.ts'
import { LineCarry, type WholeLines } from './whole-lines.ts'

/** Keeps the output of a service on disk, line by line, without tokens. A disk that is full or hangs never stops the service. */
export interface JournalFile {
  /** Takes a chunk of a child's output. A returned promise asks to hold that stream back until it settles; it never rejects. */
  write(stream: OutputStream, chunk: Buffer, pid: number): void | Promise<void>
  /** A line of the supervisor's own. */
  say(text: string): void
  /** A child has ended: its unfinished last lines are lines. */
  end(pid: number): void
  /** Settles when all is written that can be. What comes later opens the file again: output for good, a line of ours for itself. */
  close(): Promise<void>
  readonly facts: JournalFacts
}

export interface JournalFacts {
  readonly droppedLines: number
  /** Of output, newlines included. */
  readonly droppedBytes: number
  /** Why the last write that failed did (`ENOSPC`, `EACCES`, …; `ELOOP`, `EFTYPE`: no file stands in its place); null: none did. */
  readonly errno: string | null
  /** Nothing could be written when it was last tried. */
  readonly isFailing: boolean
}

export interface JournalOptions {
  /** Older files stand beside it and end in `.1`, `.2`, …. Folders that lead to it are made, with 0700. */
  readonly path: string
  /** Size at which a file is put aside. */
  readonly maxBytes: number
  /** Files kept, with the one that is written to. */
  readonly maxFiles: number
  /** Milliseconds since 1970. */
  readonly wallClock?: () => number
  readonly clock?: Clock
  /** How the file is opened for reading and appending. Default: with 0600, and nothing but a file. */
  readonly open?: (path: string) => Promise<FileHandle>
}

/** Bytes that may wait; who has more to write is held back. */
const queueBytes = 2 * 1024 * 1024
/** Nothing waits above this, though a stream that is held back goes on writing. */
const mostQueueBytes = 2 * queueBytes
/** Formatted at once. A pipe gives no more. */
const chunkBytes = 64 * 1024
/** A disk on which nothing moves for that long holds nobody back any more. */
const holdMs = 100
/** A timer that fires later than that says nothing about the disk. */
const lateMs = 20
/** Nor does it hold up the end. */
const closeMs = 1000
/** After an error. */
const retryMs = 1000

/** Nothing is opened or made before there is something to write. */
export const openLogFile = (options: JournalOptions): JournalFile => new QueuedLogFile(options)

interface Source {
  readonly stream: OutputStream
  readonly pid: number
  readonly carry: LineCarry
}

/** Lines that were dropped one after another. */
interface Gap {
  lines: number
  bytes: number
  readonly why: string
}

class QueuedLogFile implements JournalFile {
  readonly #file: RotatingFile
  readonly #clock: Clock
  readonly #wallClock: () => number
  /** Whose last line is unfinished, by stream and pid. */
  readonly #sources = new Map<string, Source>()
  readonly #queue = new BlockQueue()
  #writing: Buffer | undefined
  #flush: Promise<void> | undefined
  #hold: { readonly promise: Promise<void>; readonly release: () => void } | undefined
  #cancelHold = (): void => {}
  #state: 'moving' | 'stuck' | 'failing' = 'moving'
  #failedAt = 0
  /** Not told in the file yet. */
  #gap: Gap | undefined
  #droppedLines = 0
  #droppedBytes = 0
  #errno: string | null = null
  /** Of the disk. */
  #steps = 0
  /** Nobody closes what is opened from now on but who has written to it. */
  #isClosed = false

  constructor({ path, maxBytes, maxFiles, open, clock = systemClock, wallClock = Date.now }: JournalOptions) {
    const onStep = (): void => this.#stepped()
    this.#file = new RotatingFile({ path, maxBytes, maxFiles, clock, onStep, ...(open !== undefined && { open }) })
    this.#clock = clock
    this.#wallClock = wallClock
  }

  get facts(): JournalFacts {
    return {
      droppedLines: this.#droppedLines,
      droppedBytes: this.#droppedBytes,
      errno: this.#errno,
      isFailing: this.#state === 'failing',
    }
  }

  write(stream: OutputStream, chunk: Buffer, pid: number): void | Promise<void> {
    this.#isClosed = false
    const key = `${stream} ${pid}`
    const source = this.#sources.get(key) ?? { stream, pid, carry: new LineCarry() }
    for (let at = 0; at < chunk.length; at += chunkBytes)
      for (const lines of source.carry.push(chunk.toString('latin1', at, at + chunkBytes))) this.#take(lines, stream, pid)
    if (source.carry.isEmpty) this.#sources.delete(key)
    else this.#sources.set(key, source)
    return this.#room()
  }

  say(text: string): void {
    this.#take({ text: Buffer.from(text).toString('latin1'), continues: false }, 'supervisor', process.pid)
  }

  end(pid: number): void {
    for (const [key, source] of this.#sources) if (source.pid === pid) this.#finish(key, source)
  }

  async close(): Promise<void> {
    for (const [key, source] of this.#sources) this.#finish(key, source)
    this.#isClosed = true
    const isFlushed = await this.#settles(this.#flushed())
    const closed = this.#closeFile()
    if (isFlushed) await this.#settles(closed)
  }

  /** It may hang, or fail: what it holds is on disk, or nobody can help it. */
  #closeFile(): Promise<void> {
    return this.#file.close().catch(() => {})
  }

  /** What is under way, and what is left after that, though it may have failed just now. */
  async #flushed(): Promise<void> {
    await this.#flush
    if (this.#isIdle) return
    this.#flush ??= this.#flushAll()
    await this.#flush
  }

  #finish(key: string, { stream, pid, carry }: Source): void {
    this.#sources.delete(key)
    const unfinished = carry.end()
    if (unfinished !== undefined) this.#take(unfinished, stream, pid)
  }

  #take(lines: WholeLines, stream: DiskStream, pid: number): void {
    if (this.#isFull) this.#drop(lines.text)
    else {
      this.#tellGap()
      this.#enqueue(lines, stream, pid)
    }
    this.#startFlush()
  }

  #enqueue({ text, continues }: WholeLines, stream: DiskStream, pid: number): void {
    const time = new Date(this.#wallClock()).toISOString()
    const prefix = diskPrefix({ time, pid, stream, continues: false })
    const first = continues ? diskPrefix({ time, pid, stream, continues }) : prefix
    this.#queue.push(`${first}${redactTokens(text).replaceAll('\n', `\n${prefix}`)}\n`)
  }

  /** Queued and being written. */
  get #bytes(): number {
    return this.#queue.bytes + (this.#writing?.length ?? 0)
  }

  get #isFull(): boolean {
    return this.#bytes >= (this.#state === 'moving' ? mostQueueBytes : queueBytes)
  }

  get #isIdle(): boolean {
    return this.#bytes === 0 && this.#gap === undefined
  }

  /** Whole lines only: what is carried over stays whole. */
  #drop(text: string): void {
    const bytes = text.length + 1
    const lines = linesIn(text)
    this.#droppedLines += lines
    this.#droppedBytes += bytes
    this.#gap ??= { lines: 0, bytes: 0, why: this.#state === 'failing' ? (this.#errno ?? '') : 'the disk did not keep up' }
    this.#gap.lines += lines
    this.#gap.bytes += bytes
  }

  #tellGap(): void {
    const gap = this.#gap
    if (gap === undefined) return
    this.#gap = undefined
    const text = `${gap.lines} ${gap.lines === 1 ? 'line' : 'lines'} (${gap.bytes} bytes) dropped here: ${gap.why}`
    this.#enqueue({ text, continues: false }, 'supervisor', process.pid)
  }

  /** undefined: there is room, or it is of no use to wait for it. */
  #room(): Promise<void> | undefined {
    if (this.#bytes < queueBytes || this.#state !== 'moving') return undefined
    if (this.#hold === undefined) {
      let release = (): void => {}
      const promise = new Promise<void>((resolve) => {
        release = resolve
      })
      this.#hold = { promise, release }
      this.#limitHold()
    }
    return this.#hold.promise
  }

  #limitHold(again = false): void {
    this.#cancelHold()
    const began = this.#clock.now()
    this.#cancelHold = this.#clock.setTimer(holdMs, () => {
      // it was us who were busy: the disk may have had no time at all
      if (!again && this.#clock.now() - began > holdMs + lateMs) return this.#limitHold(true)
      this.#state = 'stuck'
      this.#release()
    })
  }

  #release(): void {
    this.#cancelHold()
    this.#hold?.release()
    this.#hold = undefined
  }

  #startFlush(): void {
    if (this.#flush !== undefined || this.#isIdle) return
    if (this.#state === 'failing' && this.#clock.now() - this.#failedAt < retryMs) return
    this.#flush = this.#flushAll()
  }

  async #flushAll(): Promise<void> {
    // what comes in the same turn is written with it
    await new Promise((resolve) => setImmediate(resolve))
    try {
      if (this.#writing !== undefined) {
        await this.#file.resume()
        this.#moved()
      }
      while (!this.#isIdle) {
        if (this.#queue.bytes === 0) this.#tellGap()
        this.#writing = this.#queue.shift()
        if (this.#writing !== undefined) await this.#file.append(this.#writing)
        this.#moved()
      }
    } catch (error) {
      this.#errno = errnoOf(error) ?? messageOf(error)
      this.#state = 'failing'
      this.#failedAt = this.#clock.now()
      this.#release()
    } finally {
      this.#flush = undefined
      if (this.#isClosed) await this.#closeFile()
    }
  }

  /** A batch is on disk. */
  #moved(): void {
    if (this.#writing !== undefined) this.#queue.giveBack(this.#writing)
    this.#writing = undefined
    this.#state = 'moving'
    if (this.#bytes <= queueBytes / 2) this.#release()
  }

  #stepped(): void {
    this.#steps += 1
    if (this.#hold !== undefined) this.#limitHold()
  }

  /** Whether it does, as long as something moves. */
  async #settles(end: Promise<void>): Promise<boolean> {
    for (let steps = -1; steps !== this.#steps; ) {
      steps = this.#steps
      let cancel = (): void => {}
      const late = new Promise<'late'>((resolve) => {
        cancel = this.#clock.setTimer(closeMs, () => resolve('late'))
      })
      const first = await Promise.race([end, late])
      cancel()
      if (first !== 'late') return true
    }
    return false
  }
}

const linesIn = (text: string): number => {
  let lines = 1
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines += 1
  return lines
}
