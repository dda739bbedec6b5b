import { lstatSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { errnoOf, isSupervisorError, messageOf, SupervisorError } from '../errors.ts'
import { type ProcessIdentity, sameProcess } from '../process/identity.ts'
import { isStillThere } from '../process/signal.ts'
import type { ProcessTable } from '../process/table.ts'
import { withLock } from '../record/lock.ts'
import type { Places } from '../record/places.ts'
import { ensurePrivateFolder } from '../record/private-folder.ts'
import { type RecordedRun, type RunRecord, runsOf } from '../record/record.ts'
import { readRecord } from '../record/store.ts'
import { WrittenRecord } from '../record/written-record.ts'
import type { Claim } from '../supervisor/claim.ts'
import type { ServiceController } from '../supervisor/controller.ts'
import type { SupervisorEvents } from '../supervisor/events.ts'
import type { NoAnswer } from './ask.ts'
import { shakeHands } from './client.ts'
import type { Hello } from './protocol.ts'
import { type ControlServer, createControlServer } from './server.ts'

export interface ClaimOptions {
  readonly stateDir: string
  readonly places: Places
  readonly platform: NodeJS.Platform
  readonly service: string
  readonly key: string
  readonly root: string
  readonly version: string
  readonly log: string | null
  /** This process does nothing else, and ends with the service. */
  readonly dedicated: boolean
  /** Wall time, milliseconds since 1970. */
  readonly startedAt: number
  readonly table: Pick<ProcessTable, 'identify'>
  readonly controller: ServiceController
  /** Ends what a dead supervisor has left of the service; tells of it, if there was anything. */
  readonly reclaim: (run: RecordedRun, tell: (facts: SupervisorEvents['reclaim']) => void) => Promise<void>
  readonly warn: (message: string) => void
  /** For what is made to be shown. */
  readonly redact: (line: string) => string
}

/** A living supervisor whose socket is not there is just starting or ending: it is looked at again for this long. */
const settleMs = 500
const pauseMs = 10

/**
 * Holds a place by listening on its socket. Whether somebody else holds it is found out by talking to them, never from
 * a file alone; what the dead have left there is cleared away.
 */
export const claimOf = (options: ClaimOptions): Claim => {
  let held: Promise<Held> | undefined
  let record: WrittenRecord | undefined
  let released: Promise<void> = Promise.resolve()
  /** What runs, by slot. */
  const runs = new Map<number, RecordedRun>()
  let leading = 0

  const write = (): void =>
    record?.write(
      runs.get(leading) ?? null,
      [...runs].filter(([slot]) => slot !== leading).map(([, run]) => run),
    )

  /** Who holds the place no more does not answer for it any more. What goes wrong in that harms nobody. */
  const giveUp = (holding: Promise<Held>, last: (held: Held) => void): Promise<void> => {
    const closed = holding.then((taken) => {
      try {
        last(taken)
      } catch (error) {
        options.warn(`The place of ${options.service} in ${options.stateDir} could not be cleared (${messageOf(error)}).`)
      }
      return taken.server.close()
    })
    // a place that could not be taken was told to whoever wanted it
    return closed.catch(() => {})
  }

  const take: Claim['take'] = async (tell) => {
    if (held !== undefined) return void (await held)
    const taking = released.then(() => occupy(options))
    held = taking
    try {
      const { abandoned, ...rest } = await taking
      record = rest.record
      await endAll(abandoned, (run) => options.reclaim(run, tell))
    } catch (error) {
      // the record stays: it names what would not end
      if (held === taking) {
        held = undefined
        record?.leave()
        record = undefined
        released = giveUp(taking, () => {})
      }
      throw error
    }
  }

  return {
    take,
    record: (run, slot) => {
      runs.set(slot, run)
      write()
    },
    lead: (slot) => {
      if (leading === slot) return
      leading = slot
      write()
    },
    drop: (slot) => {
      if (slot !== leading && runs.delete(slot)) write()
    },
    release: () => {
      const holding = held
      if (holding === undefined) return released
      held = undefined
      record = undefined
      runs.clear()
      released = giveUp(holding, (taken) => taken.record.remove())
      return released
    },
  }
}

interface Held {
  readonly server: ControlServer
  readonly record: WrittenRecord
  /** What a dead supervisor had running here. */
  readonly abandoned: readonly RecordedRun[]
}

/** At the same time: each may take its grace. What goes wrong with one is told when all have been ended. */
const endAll = async (abandoned: readonly RecordedRun[], end: (run: RecordedRun) => Promise<void>): Promise<void> => {
  const outcomes = await Promise.allSettled(abandoned.map(end))
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
}

const occupy = async (options: ClaimOptions): Promise<Held> => {
  const { stateDir, places, platform, table, controller } = options
  ensurePrivateFolder(stateDir)
  if (platform !== 'win32' && dirname(places.socket) !== stateDir) ensurePrivateFolder(dirname(places.socket), { follow: false })
  const self = identityOfSelf(table)
  return withLock({ path: places.lock, self, platform, isAlive: (holder) => isStillThere(table, holder) }, async () => {
    const before = readRecord(places.record)
    await refuseIfHeld(before, self, options)
    const hello = helloOf(options, self)
    const server = createControlServer(hello, controller, { redact: options.redact })
    await server.listen(places.socket).catch((error: unknown) => refuseToListen(error, options))
    const abandoned = before === undefined ? [] : runsOf(before)
    const record = new WrittenRecord(places.record, recordOf(options, self, hello), options.warn)
    // it names what is still to be ended, until that is done
    record.write(before?.run ?? null, before?.others)
    return { server, record, abandoned }
  })
}

const refuseIfHeld = async (before: RunRecord | undefined, self: ProcessIdentity, options: ClaimOptions): Promise<void> => {
  const { places, platform, table, service } = options
  const until = performance.now() + settleMs
  for (let record = before; record !== undefined && isStillThere(table, record.supervisor); record = readRecord(places.record)) {
    const answer = await shakeHands(record.socket)
    if (answer !== 'nobody') throw alreadyRunning(service, record.supervisor.pid, answer)
    // we held it ourselves, and gave it up
    if (sameProcess(record.supervisor, self)) break
    if (performance.now() > until) throw alreadyRunning(service, record.supervisor.pid, 'silent')
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
  // without a record that says so, somebody may be there all the same
  const isPipe = platform === 'win32'
  const stats = isPipe ? undefined : lstatSync(places.socket, { throwIfNoEntry: false })
  if (!isPipe && stats === undefined) return
  const answer = isPipe || stats?.isSocket() ? await shakeHands(places.socket) : 'nobody'
  if (answer !== 'nobody') throw alreadyRunning(service, typeof answer === 'object' ? answer.pid : null, answer)
  if (!isPipe) rmSync(places.socket, { force: true })
}

/** Where no lock is had (Windows), another one may be quicker. */
const refuseToListen = async (error: unknown, { places, service }: ClaimOptions): Promise<never> => {
  if (isSupervisorError(error)) throw error
  const code = errnoOf(error) ?? messageOf(error)
  const answer = code === 'EADDRINUSE' ? await shakeHands(places.socket) : 'nobody'
  if (answer !== 'nobody') throw alreadyRunning(service, typeof answer === 'object' ? answer.pid : null, answer)
  throw new SupervisorError('ERR_STATE_DIR', `The control socket ${places.socket} cannot be made (${code}).`, { service })
}

/** Where the system does not tell when a process started, a place can be held all the same. */
const identityOfSelf = ({ identify }: Pick<ProcessTable, 'identify'>): ProcessIdentity => {
  const { pid, startTime, bootId } = identify(process.pid) ?? { pid: process.pid, startTime: '', bootId: '' }
  return { pid, startTime, bootId }
}

const alreadyRunning = (service: string, pid: number | null, answer: Hello | NoAnswer): SupervisorError => {
  const by = pid === null ? '' : `, supervised by process ${pid}`
  const silent = typeof answer === 'object' ? '' : ', which does not answer'
  return new SupervisorError('ERR_ALREADY_RUNNING', `${service} is running already${by}${silent}.`, {
    reason: 'SECOND_INSTANCE',
    service,
    hint:
      silent === ''
        ? 'See it with jarvis-supervise status; end it with jarvis-supervise stop.'
        : `If process ${pid ?? '?'} hangs, end it; the next start clears up after it.`,
  })
}

const helloOf = ({ service, key, root, version, startedAt }: ClaimOptions, { pid }: ProcessIdentity): Hello => ({
  protocol: 1,
  service,
  key,
  root,
  pid,
  version,
  startedAt: new Date(startedAt).toISOString(),
})

const recordOf = ({ places, log, dedicated }: ClaimOptions, self: ProcessIdentity, hello: Hello): RunRecord => {
  const { service, key, root, version, startedAt } = hello
  return { version: 1, service, key, root, supervisor: { ...self, version, startedAt, dedicated }, socket: places.socket, log, run: null }
}
