/**
 * The repairs that are safe: each is told before and after, and each is proved right before it is made. Nothing is ended
 * that is not proved to be ours.
 */
import { accessSync, chmodSync, constants, copyFileSync, linkSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { systemClock } from '../clock.ts'
import { realWorkingDirectory } from '../config/working-directory.ts'
import { shakeHands } from '../control/client.ts'
import { findOrphans, type Orphan, type OrphanWorld, reclaimOrphan } from '../control/orphans.ts'
import { errnoOf, messageOf } from '../errors.ts'
import { redactShown } from '../logs/redact.ts'
import { processTableFor } from '../process/process-table.ts'
import { isStillThere } from '../process/signal.ts'
import { placesOf, shortDirOf } from '../record/places.ts'
import type { RunRecord } from '../record/record.ts'
import { listRecords, removeRecord } from '../record/store.ts'
import type { Evidence } from './evidence.ts'
import type { Subject } from './subject.ts'

export interface Repairs {
  readonly subject: Pick<Subject, 'stateDir' | 'stateDirIsChosen' | 'service'>
  readonly tell: (words: string) => void
}

/**
 * Makes the repairs that are safe, whatever the verdict: ends what dead supervisors have left, and removes their records; makes
 * executable what was to be started; puts Claude in the place of its placeholder. How many were made.
 *
 * Of a state folder that somebody has named all is repaired; of the usual one, which has the services of all projects, what
 * belongs to this project or is in the way of what was examined.
 */
export const repair = async (evidence: Evidence, { subject, tell }: Repairs): Promise<number> => {
  const world = worldOf(subject.stateDir)
  const isMeant = meantIn(evidence, subject)
  // looked for one after the other: with what a supervisor has left its record goes, too
  const kinds = [
    () => orphanRepairs(world, isMeant),
    () => staleRepairs(world, isMeant),
    () => modeRepairs(evidence),
    () => stubRepairs(evidence),
  ]
  let made = 0
  for (const find of kinds) {
    for (const each of await find()) made += (await isMade(each, tell)) ? 1 : 0
  }
  return made
}

const isMade = async ({ what, make }: Repair, tell: Repairs['tell']): Promise<boolean> => {
  tell(`… ${what}`)
  const outcome = await make().catch((error: unknown) => `not done: ${messageOf(error)}`)
  tell(outcome === undefined ? '✔ done' : `✖ ${outcome}`)
  return outcome === undefined
}

type IsMeant = (record: RunRecord, processes?: Orphan['processes']) => boolean

const meantIn = ({ address, service: seen }: Evidence, { stateDirIsChosen, service }: Repairs['subject']): IsMeant => {
  const root = service === null ? realWorkingDirectory() : realPathOf(service.baseDir)
  const holders = new Set(address?.holders.map(({ process: holder }) => holder?.pid))
  const dead = seen?.supervised?.supervisor === 'dead' ? seen.supervised.supervisorPid : undefined
  return (record, processes = []) =>
    stateDirIsChosen || record.root === root || record.supervisor.pid === dead || processes.some(({ pid }) => holders.has(pid))
}

const realPathOf = (path: string): string => {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

interface Repair {
  /** `ending process 4711 (node server.js), which …` */
  readonly what: string
  /** undefined: done; else why not. */
  readonly make: () => Promise<string | undefined>
}

const worldOf = (stateDir: string): OrphanWorld => {
  const { env, platform } = process
  return {
    stateDir,
    shortDir: shortDirOf({ env, platform, tmp: tmpdir(), uid: process.getuid?.() }),
    platform,
    table: processTableFor(platform),
    clock: systemClock,
  }
}

const orphanRepairs = async (world: OrphanWorld, isMeant: IsMeant): Promise<Repair[]> =>
  (await findOrphans(world))
    .filter(({ record, processes }) => isMeant(record, processes))
    .map((orphan) => ({
      what: `ending ${orphanWords(orphan, world)}, which a dead supervisor of ${orphan.record.service} has left`,
      make: async () => {
        const reclaimed = await reclaimOrphan(orphan, world)
        if (reclaimed === null) return 'somebody has taken its place meanwhile'
        return reclaimed.survivors.length === 0 ? undefined : `it does not end: ${reclaimed.survivors.join(', ')}`
      },
    }))

const orphanWords = ({ processes, run }: Orphan, { table }: OrphanWorld): string => {
  const [first] = processes
  const words = first === undefined ? '' : ` (${redactShown(table.commandOf(first.pid)).slice(0, 80)})`
  return `process ${first?.pid ?? '?'}${words}${run.port === null ? '' : ` on port ${run.port}`}`
}

/** Records of supervisors that are gone, and of whose runs nothing is left; with their sockets. */
const staleRepairs = (world: OrphanWorld, isMeant: IsMeant): Repair[] =>
  listRecords(world.stateDir)
    .filter(({ record }) => isMeant(record) && !isStillThere(world.table, record.supervisor))
    .map(({ path, record }) => ({
      what: `removing the stale record of ${record.service} (${path})`,
      make: async () => {
        if ((await shakeHands(record.socket)) !== 'nobody') return 'somebody answers for it'
        if ((await findOrphans(world)).some((orphan) => orphan.record.key === record.key)) return 'something of it still runs'
        removeRecord(path)
        const { socket } = placesOf({ stateDir: world.stateDir, key: record.key, platform: world.platform, shortDir: world.shortDir })
        if (world.platform !== 'win32' && socket === record.socket) rmSync(socket, { force: true })
        return undefined
      },
    }))

/** Of a file of ours that was to be started. */
const modeRepairs = ({ runs }: Evidence): Repair[] => {
  const file = runs.map(({ notStarted }) => notStarted).find((refused) => refused?.cause === 'NOT_EXECUTABLE')?.facts?.file
  if (file == null) return []
  return [
    {
      what: `making ${file} executable`,
      make: async () => {
        const stats = statSync(file)
        if (!stats.isFile()) return 'it is not a file'
        if (process.getuid !== undefined && stats.uid !== process.getuid()) return 'it belongs to another user'
        if ((stats.mode & 0o111) !== 0) return 'it is executable: its disk may be mounted noexec'
        chmodSync(file, stats.mode | ((stats.mode & 0o444) >> 2))
        return undefined
      },
    },
  ]
}

/** npm's placeholder gives way to the native file that was installed beside it, as its own script would have done. */
const stubRepairs = ({ executables: { claude } }: Evidence): Repair[] => {
  const stub = claude?.candidates.find(({ kind }) => kind === 'stub')?.path
  const native = claude?.healed ? claude.realPath : null
  if (stub === undefined || native == null) return []
  return [{ what: `putting ${native} in the place of the placeholder ${stub}`, make: async () => put(native, realpathSync(stub)) }]
}

/** No placeholder is larger, no native file is smaller. */
const placeholderBytes = 4096

const put = (native: string, stub: string): string | undefined => {
  if (statSync(stub).size > placeholderBytes) return 'it is a placeholder no more'
  accessSync(dirname(stub), constants.W_OK)
  const beside = join(dirname(stub), `.jarvis-supervise-${process.pid}`)
  try {
    linkOrCopy(native, beside)
    chmodSync(beside, 0o755)
    renameSync(beside, stub)
    return undefined
  } finally {
    rmSync(beside, { force: true })
  }
}

const linkOrCopy = (from: string, to: string): void => {
  try {
    linkSync(from, to)
  } catch (error) {
    // another disk, or no links there
    if (!['EXDEV', 'EPERM', 'ENOTSUP', 'EMLINK'].includes(errnoOf(error) ?? '')) throw error
    copyFileSync(from, to)
  }
}
