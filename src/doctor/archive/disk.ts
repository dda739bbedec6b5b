/** The disk as the system has it: inside Electron, `node:fs` takes archives for folders. */
import fs from 'node:fs'
import { createRequire } from 'node:module'

const original = (): typeof fs => {
  if (process.versions.electron === undefined) return fs
  try {
    return createRequire(process.execPath)('original-fs') as typeof fs
  } catch {
    return fs
  }
}

export const disk: typeof fs = original()

const quiet = { throwIfNoEntry: false } as const

/** What lies there, links followed; undefined: nothing, or nothing that may be seen. */
export const statOf = (path: string): fs.Stats | undefined => {
  try {
    return disk.statSync(path, quiet)
  } catch {
    return undefined
  }
}

export const isFile = (path: string): boolean => statOf(path)?.isFile() === true
export const isFolder = (path: string): boolean => statOf(path)?.isDirectory() === true

/** A folder, and what may be read: nothing that a link out of it leads to. */
export interface Bounds {
  /** Its real path. */
  readonly root: string
}

export const boundsOf = (folder: string): Bounds => ({ root: disk.realpathSync(folder) })

/** The real path of what lies there; undefined where there is nothing, or where a link leads out. */
export const realWithin = ({ root }: Bounds, path: string): string | undefined => {
  try {
    const real = disk.realpathSync(path)
    const next = real.charAt(root.length)
    const inside = real.startsWith(root) && (next === '' || next === '/' || next === '\\' || /[/\\]$/.test(root))
    return inside ? real : undefined
  } catch {
    return undefined
  }
}

/** Opens what is a file, and nothing else; gives undefined for the rest. Whoever gets a descriptor closes it. */
export const openFile = (path: string): { readonly fd: number; readonly stats: fs.Stats } | undefined => {
  let fd: number | undefined
  try {
    // O_NONBLOCK: a pipe in its place must not hold us. It does not exist on Windows.
    fd = disk.openSync(path, disk.constants.O_RDONLY | (disk.constants.O_NONBLOCK ?? 0))
    const stats = disk.fstatSync(fd)
    if (stats.isFile()) return { fd, stats }
  } catch {
    // not there, or not to be read
  }
  if (fd !== undefined) disk.closeSync(fd)
  return undefined
}

/** Up to `length` bytes from `start`; fewer where the file ends or fails. */
export const readAt = (fd: number, start: number, length: number): Buffer => {
  const bytes = Buffer.alloc(length)
  let filled = 0
  try {
    while (filled < length) {
      const read = disk.readSync(fd, bytes, filled, length - filled, start + filled)
      if (read === 0) break
      filled += read
    }
  } catch {
    // what was read until then counts
  }
  return bytes.subarray(0, filled)
}

/** The beginning of a file; empty where there is none. */
export const beginningOf = (path: string, most: number): Buffer => {
  const file = openFile(path)
  if (file === undefined) return Buffer.alloc(0)
  try {
    return readAt(file.fd, 0, Math.min(most, file.stats.size))
  } finally {
    disk.closeSync(file.fd)
  }
}

/** Whether a mode says that a file may be started; null on Windows, where no mode does. */
export const isExecutable = ({ mode }: Pick<fs.Stats, 'mode'>): boolean | null =>
  process.platform === 'win32' ? null : (mode & 0o111) !== 0

/** Lets others have a turn: whoever examines may live on the same thread. */
export const turn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve)
  })
