import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { errnoOf, messageOf, SupervisorError } from '../errors.ts'
import { keyOfRecord } from './places.ts'
import { parseRecord, type RunRecord, serializeRecord } from './record.ts'

/** More than that is no record of ours. */
const longestRecord = 64 * 1024
/** Not on Windows, where links need a privilege. */
const noFollow = constants.O_NOFOLLOW ?? 0

/** The record in a file, if there is a whole one. A link is not followed, nor is a folder or a pipe read. */
export const readRecord = (path: string): RunRecord | undefined => {
  try {
    // non-blocking: a pipe somebody has put there must not hold us
    const file = openSync(path, constants.O_RDONLY | noFollow | (constants.O_NONBLOCK ?? 0))
    try {
      const stats = fstatSync(file)
      return stats.isFile() && stats.size <= longestRecord ? parseRecord(readFileSync(file, 'utf8')) : undefined
    } finally {
      closeSync(file)
    }
  } catch (error) {
    if (unreadable.has(errnoOf(error) ?? '')) return undefined
    throw error
  }
}

/** Not there, a link, a folder, or not for us. */
const unreadable = new Set(['ENOENT', 'ELOOP', 'EMLINK', 'EISDIR', 'EACCES', 'EPERM', 'ENXIO', 'ENOTDIR'])

/**
 * Written beside it, then renamed: nobody reads half a record, and a link in its place is replaced, not followed. It is
 * not forced onto the disk: what a power cut tears is of an earlier boot, whose processes are gone with it.
 * Returns what `stampOfFile` says of it.
 */
export const writeRecord = (path: string, record: RunRecord): string => {
  const beside = `${path}.new`
  try {
    const stamp = writeNew(beside, serializeRecord(record))
    renameSync(beside, path)
    return stamp
  } catch (error) {
    // half of it, on a full disk
    rmSync(beside, { force: true })
    throw error
  }
}

/** Which file it is, as it was written; undefined where there is none. An inode alone is given away again. */
export const stampOfFile = (path: string): string | undefined => {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  return stats && stampOf(stats)
}

const stampOf = ({ ino, mtimeMs }: Stats): string => `${ino} ${mtimeMs}`

const writeNew = (path: string, text: string): string => {
  const file = openNew(path)
  try {
    writeFileSync(file, text)
    return stampOf(fstatSync(file))
  } finally {
    closeSync(file)
  }
}

/** What lies there was left by one that died while it wrote. */
const openNew = (path: string): number => {
  try {
    return openSync(path, 'wx', 0o600)
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error
    rmSync(path, { force: true })
    return openSync(path, 'wx', 0o600)
  }
}

/** A folder that stands in its place is not ours to remove. */
export const removeRecord = (path: string): void => {
  try {
    rmSync(path, { force: true })
  } catch (error) {
    if (errnoOf(error) !== 'ERR_FS_EISDIR') throw error
  }
}

export interface StoredRecord {
  readonly path: string
  readonly record: RunRecord
}

/**
 * All records of a state folder, by name of the service.
 * @throws SupervisorError `ERR_STATE_DIR` when it cannot be read.
 */
export const listRecords = (stateDir: string): StoredRecord[] =>
  namesIn(stateDir)
    .filter((name) => keyOfRecord(name) !== undefined)
    .flatMap((name) => {
      const path = join(stateDir, name)
      const record = readRecord(path)
      return record === undefined || record.key !== keyOfRecord(name) ? [] : [{ path, record }]
    })
    .sort((a, b) => (a.record.key < b.record.key ? -1 : 1))

const namesIn = (folder: string): string[] => {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return []
    throw new SupervisorError('ERR_STATE_DIR', `The state folder ${folder} cannot be read (${errnoOf(error) ?? messageOf(error)}).`, {
      hint: 'Name another one with --state-dir, `stateDir` or JARVIS_STATE_DIR.',
    })
  }
}
