/**
 * Finds the fuses in the binary of an Electron. It has 200 MB and more, and whoever else lives on this thread gets a
 * turn after each piece of it.
 */
import { constants, type Stats } from 'node:fs'
import { type FileHandle, open, realpath } from 'node:fs/promises'
import { type Fuses, longestWire, readWire, sentinel, strictest } from './fuses.ts'
import { pathsOf } from './paths.ts'

const pieceBytes = 512 * 1024
/** What a piece repeats of the one before: all that can be cut of a sentinel with its wire. */
const overlapBytes = sentinel.length + longestWire - 1
/** No binary is larger; some files of the system say that they are. */
const mostBytes = 2 ** 31

/** Each wire in these bytes. One that is cut at the end is none here, and whole in the next piece. */
function* wiresIn(bytes: Buffer): Generator<Fuses> {
  for (let at = bytes.indexOf(sentinel, 0, 'latin1'); at !== -1; at = bytes.indexOf(sentinel, at + 1, 'latin1')) {
    const after = at + sentinel.length
    const fuses = readWire(bytes.subarray(after, after + longestWire))
    if (fuses !== null) yield fuses
  }
}

/** All of it, since a universal binary has a wire in each of its slices. */
const scan = async (file: FileHandle, size: number): Promise<Fuses | null> => {
  const buffer = Buffer.allocUnsafe(overlapBytes + pieceBytes)
  let found: Fuses | null = null
  let kept = 0
  for (let position = 0; position < size; ) {
    const { bytesRead } = await file.read(buffer, kept, pieceBytes, position)
    if (bytesRead === 0) break
    position += bytesRead
    const bytes = buffer.subarray(0, kept + bytesRead)
    for (const fuses of wiresIn(bytes)) found = found === null ? fuses : strictest(found, fuses)
    kept = Math.min(overlapBytes, bytes.length)
    bytes.copy(buffer, 0, bytes.length - kept)
  }
  return found
}

interface Known {
  readonly stamp: string
  readonly fuses: Promise<Fuses | null>
}

/** What was read before, by path. A file that was replaced or updated has another stamp. */
const known = new Map<string, Known>()
const mostKnown = 16

const stampOf = ({ size, mtimeMs, ino, dev }: Stats): string => `${size} ${mtimeMs} ${ino} ${dev}`

const remembered = async (path: string, file: FileHandle, stats: Stats): Promise<Fuses | null> => {
  const stamp = stampOf(stats)
  const before = known.get(path)
  if (before?.stamp === stamp) return before.fuses
  const fuses = scan(file, stats.size)
  if (known.size >= mostKnown) known.clear()
  known.set(path, { stamp, fuses })
  return fuses
}

/** undefined: there is no such file, or it cannot be read. */
const fusesIn = async (path: string): Promise<Fuses | null | undefined> => {
  let file: FileHandle | undefined
  try {
    // O_NONBLOCK: a pipe in its place must not hold us. It does not exist on Windows.
    file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    const stats = await file.stat()
    // what is no file has no size, or cannot be read
    if (stats.size > mostBytes) return undefined
    return await remembered(path, file, stats)
  } catch {
    // A disk that failed in the middle may answer next time.
    known.delete(path)
    return undefined
  } finally {
    await file?.close()
  }
}

/** Where they may lie. On macOS the executable, of the app or of a helper in it, is a mere door to the framework. */
const placesOf = (executable: string, platform: NodeJS.Platform): string[] => {
  if (platform !== 'darwin') return [executable]
  const { basename, dirname, join } = pathsOf(platform)
  const places: string[] = []
  for (let at = dirname(executable); at !== dirname(at); at = dirname(at)) {
    if (basename(at) === 'Contents') places.push(join(at, 'Frameworks', 'Electron Framework.framework', 'Electron Framework'))
  }
  return [...places, executable]
}

/**
 * The fuses of the Electron that an executable starts: of `process.execPath`, or of `process.helperExecPath`. What was
 * read once is known until the file changes. null when it has none (Electron 11 or older, or no Electron at all), or
 * cannot be read; never rejects.
 */
export const fusesOf = async (executable: string, platform: NodeJS.Platform): Promise<Fuses | null> => {
  const real = await realpath(executable).catch(() => executable)
  for (const place of placesOf(real, platform)) {
    const fuses = await fusesIn(place)
    if (fuses !== undefined) return fuses
  }
  return null
}
