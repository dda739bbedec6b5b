import { constants, type Stats } from 'node:fs'
import { type FileHandle, lstat, open, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type { Clock } from '../clock.ts'
import { errnoOf } from '../errors.ts'
import { makeFolder } from './make-folder.ts'

export interface RotatingFileOptions {
  /** Of the file that is written; older ones end in `.1`, `.2`, … */
  readonly path: string
  /** Size that a file does not exceed, unless one line alone does. */
  readonly maxBytes: number
  /** Files kept, with the one that is written. */
  readonly maxFiles: number
  readonly clock: Clock
  /** Called for every step that the disk has taken. */
  readonly onStep?: () => void
  /** How the file is opened for reading and appending. Default: `openPrivate`. */
  readonly open?: (path: string) => Promise<FileHandle>
}

/** How long lines may go into a file that somebody has removed or moved away. */
const lookMs = 1000
const newline = 10
/** The file is as good as before; it has no room. */
const full = new Set(['ENOSPC', 'EDQUOT'])

/** A file that whole lines are appended to, and that is put aside when it is full. Opened when there is something to write. */
export class RotatingFile {
  readonly #options: RotatingFileOptions
  #file: FileHandle | undefined
  #identity = ''
  #size = 0
  #lookedAt = 0
  /** What is being written, and how much of it was. */
  #lines: Buffer = Buffer.alloc(0)
  #written = 0

  constructor(options: RotatingFileOptions) {
    this.#options = options
  }

  /** Writes whole lines. Rejects with the system's error, and then `resume` is to be called before more is appended. */
  async append(lines: Buffer): Promise<void> {
    this.#lines = lines
    this.#written = 0
    await this.resume()
  }

  /** Writes what is left of the lines that were appended last. */
  async resume(): Promise<void> {
    try {
      while (this.#written < this.#lines.length) {
        await this.#writeSome()
        this.#options.onStep?.()
      }
    } catch (error) {
      if (!full.has(errnoOf(error) ?? '')) this.#forget()
      throw error
    }
  }

  /** What is written after this opens it again. */
  async close(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    await file?.close()
  }

  async #writeSome(): Promise<void> {
    const file = await this.#opened()
    const end = this.#endOfFitting()
    if (end === this.#written) return await this.#rotate()
    const { bytesWritten } = await file.write(this.#lines, this.#written, end - this.#written)
    this.#written += bytesWritten
    this.#size += bytesWritten
    if (bytesWritten === 0) throw systemError('ENOSPC', 'nothing was written')
  }

  /** How far the lines fit into the file; one that was begun, or is larger than a file, is not held up. */
  #endOfFitting(): number {
    const { maxBytes } = this.#options
    const room = maxBytes - this.#size
    if (this.#lines.length - this.#written <= room) return this.#lines.length
    const last = room > 0 ? this.#lines.lastIndexOf(newline, this.#written + room - 1) + 1 : 0
    if (last > this.#written) return last
    const isBegun = this.#written > 0 && this.#lines[this.#written - 1] !== newline
    return isBegun || this.#size === 0 ? this.#lines.indexOf(newline, this.#written) + 1 : this.#written
  }

  async #opened(): Promise<FileHandle> {
    const { path, clock } = this.#options
    if (this.#file !== undefined && clock.now() - this.#lookedAt >= lookMs) {
      this.#lookedAt = clock.now()
      if (identityOf(await lstat(path).catch(() => undefined)) !== this.#identity) this.#forget()
    }
    this.#file ??= await this.#open()
    return this.#file
  }

  async #open(): Promise<FileHandle> {
    const { path, clock, onStep, open = openPrivate } = this.#options
    await makeFolder(dirname(path))
    onStep?.()
    const file = await open(path)
    onStep?.()
    try {
      const stats = await file.stat()
      this.#identity = identityOf(stats)
      this.#lookedAt = clock.now()
      this.#size = stats.size
      // a line that was begun elsewhere is written again
      this.#written = this.#written === 0 ? 0 : this.#lines.lastIndexOf(newline, this.#written - 1) + 1
      if (await isTorn(file, stats.size)) this.#size += (await file.write('\n')).bytesWritten
      return file
    } catch (error) {
      await file.close()
      throw error
    }
  }

  #forget(): void {
    // it may hang, or fail: there is something wrong with it
    void this.close().catch(() => {})
  }

  async #rotate(): Promise<void> {
    const { path, maxFiles, onStep } = this.#options
    await this.close()
    const older = await olderFiles(path)
    onStep?.()
    for (const index of older) if (index >= maxFiles) await rm(`${path}.${index}`, { force: true })
    if (maxFiles === 1) return await rm(path, { force: true })
    // up to the first gap, or over the oldest
    let free = 1
    while (older.has(free) && free < maxFiles - 1) free += 1
    for (let index = free; index > 1; index -= 1) {
      await moved(`${path}.${index - 1}`, `${path}.${index}`)
      onStep?.()
    }
    await moved(path, `${path}.1`)
  }
}

/** Numbers of the files that were put aside. */
export const olderFiles = async (path: string): Promise<ReadonlySet<number>> => {
  const name = `${basename(path)}.`
  const endings = (await readdir(dirname(path))).filter((file) => file.startsWith(name)).map((file) => file.slice(name.length))
  return new Set(endings.filter((ending) => /^[1-9]\d{0,8}$/.test(ending)).map(Number))
}

const { O_RDWR, O_APPEND, O_CREAT } = constants
/** Not on Windows, where links need a privilege. */
const { O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants as Partial<typeof constants>

/**
 * Opens a file for appending, made with 0600 where there is none. Rejects where something else stands in its place: a
 * link is not followed, nothing is written to a pipe or a device.
 */
export const openPrivate = async (path: string): Promise<FileHandle> => {
  // non-blocking: a pipe must not hold us. Readable: its last byte is looked at
  const file = await open(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600)
  try {
    const stats = await file.stat()
    if (!stats.isFile()) throw systemError('EFTYPE', `${path} is not a file`)
    await tighten(file, stats)
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}

const tighten = async (file: FileHandle, { mode, uid }: Stats): Promise<void> => {
  if (process.getuid === undefined || (mode & 0o077) === 0) return
  try {
    await file.chmod(0o600)
  } catch (error) {
    // ours on a file system without modes
    if (uid !== process.getuid()) throw error
  }
}

/** Whether the last line has no end: the machine or its writer stopped in the middle of it. */
const isTorn = async (file: FileHandle, size: number): Promise<boolean> => {
  if (size === 0) return false
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1)
  return buffer[0] !== newline
}

const identityOf = (stats: Stats | undefined): string => (stats === undefined ? '' : `${stats.dev} ${stats.ino}`)

/** What is not there any more need not be moved. */
const moved = async (from: string, to: string): Promise<void> => {
  try {
    await rename(from, to)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
  }
}

const systemError = (code: string, message: string): Error => Object.assign(new Error(`${code}: ${message}`), { code })
