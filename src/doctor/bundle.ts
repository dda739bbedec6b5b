/** What was seen, as a file: written for a report, judged again elsewhere. */
import { access, constants, open, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { errnoOf, messageOf, SupervisorError } from '../errors.ts'
import { conceal, secretsIn } from './conceal.ts'
import type { Evidence } from './evidence.ts'
import { evidenceFrom } from './evidence-shape.ts'

const largestBytes = 16 * 1024 * 1024

/**
 * Writes the evidence without secrets, readable by this user only. A bundle that is there gives way.
 * @throws SupervisorError `ERR_INVALID_OPTIONS` where something else is there, or it cannot be written.
 */
export const writeBundle = async (file: string, evidence: Evidence): Promise<void> => {
  await refusePlace(file)
  const text = textOf(conceal(evidence, secretsIn(process.env), { home: evidence.machine.home }))
  const beside = join(dirname(file), `.${basename(file)}.${process.pid}`)
  try {
    await writeNew(beside, text)
    await rename(beside, file)
  } catch (error) {
    await rm(beside, { force: true })
    throw unusable(`The bundle ${file} cannot be written: ${whyNot(error)}.`)
  }
}

const writeNew = async (file: string, text: string): Promise<void> => {
  const handle = await open(file, 'wx', 0o600)
  try {
    await handle.writeFile(text)
  } finally {
    await handle.close()
  }
}

/** What is read again must not be larger: the longest outputs give way, from the middle. */
const textOf = (evidence: Evidence): string => {
  const text = `${JSON.stringify(evidence)}\n`
  if (Buffer.byteLength(text) <= largestBytes) return text
  const runs = evidence.runs.map((run) => {
    const kept = Math.floor(run.output.length / 4)
    const output = [...run.output.slice(0, kept), ...run.output.slice(run.output.length - kept)]
    return { ...run, output, linesOmitted: run.linesOmitted + run.output.length - output.length }
  })
  return evidence.runs.every(({ output }) => output.length === 0) ? text : textOf({ ...evidence, runs })
}

/**
 * Tells before anything is examined what would keep a bundle from being written: the examination would be for nothing.
 * @throws SupervisorError `ERR_INVALID_OPTIONS`, as `writeBundle`.
 */
export const refusePlace = async (file: string): Promise<void> => {
  await refuseOthers(file)
  await access(dirname(file), constants.W_OK | constants.X_OK).catch((error: unknown) => {
    throw unusable(`The bundle ${file} cannot be written: ${whyNot(error)}.`)
  })
}

const refuseOthers = async (file: string): Promise<void> => {
  const stats = await stat(file).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return null
    throw unusable(`The bundle ${file} cannot be written: ${whyNot(error)}.`)
  })
  if (stats === null || (stats.isFile() && stats.size === 0)) return
  if (!stats.isFile()) throw unusable(`The bundle ${file} cannot be written: something that is not a file is there.`)
  const isBundle = await readBundle(file).then(
    () => true,
    () => false,
  )
  if (!isBundle) throw unusable(`${file} is there and is not a bundle: it is left as it is.`, 'Name another file: --bundle FILE.')
}

/** @throws SupervisorError `ERR_INVALID_OPTIONS` where it cannot be read or is no evidence. */
export const readBundle = async (file: string): Promise<Evidence> => {
  const text = await readAll(file).catch((error: unknown) => {
    throw unusable(`The bundle ${file} cannot be read: ${whyNot(error)}.`)
  })
  if (text === null) throw unusable(`The bundle ${file} is larger than 16 MiB: it is none.`)
  const value = parsed(text)
  if (value === undefined) throw unusable(`The bundle ${file} is not JSON.`, wherefrom)
  try {
    return evidenceFrom(value)
  } catch (error) {
    throw unusable(`The bundle ${file} is no evidence that this version can read: ${messageOf(error)}.`, wherefrom)
  }
}

const wherefrom = 'Bundles come from: jarvis-supervise doctor --bundle FILE'

/** null: there is more than is ever read. A pipe will do. */
const readAll = async (file: string): Promise<string | null> => {
  const handle = await open(file, 'r')
  try {
    const pieces: Buffer[] = []
    let size = 0
    for (;;) {
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(256 * 1024), 0)
      if (bytesRead === 0) return Buffer.concat(pieces).toString('utf8')
      size += bytesRead
      if (size > largestBytes) return null
      pieces.push(Buffer.from(buffer.subarray(0, bytesRead)))
    }
  } finally {
    await handle.close()
  }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

const words: Readonly<Record<string, string>> = {
  ENOENT: 'its folder or the file is not there',
  ENOTDIR: 'its folder is a file',
  EISDIR: 'it is a folder',
  EACCES: 'that is not allowed here',
  EPERM: 'that is not allowed here',
  EROFS: 'its disk is read-only',
  ENOSPC: 'its disk is full',
}

const whyNot = (error: unknown): string => words[errnoOf(error) ?? ''] ?? messageOf(error)

const unusable = (message: string, hint?: string): SupervisorError => new SupervisorError('ERR_INVALID_OPTIONS', message, { hint })
