/** Collects the evidence: decides what is to be examined, and has it looked at. Judges nothing. */
import { realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { systemClock } from '../clock.ts'
import { packageName } from '../config/package-name.ts'
import { type ServiceSpec, specifyService } from '../config/service.ts'
import { realWorkingDirectory } from '../config/working-directory.ts'
import { chooseService, type FoundService } from '../control/choose-service.ts'
import { findServices } from '../control/connect.ts'
import type { OrphanWorld } from '../control/orphans.ts'
import { findOurs, type Ours } from '../control/ours.ts'
import { isSupervisorError, SupervisorError } from '../errors.ts'
import type { TcpAddress } from '../launch/surroundings.ts'
import { redactShown } from '../logs/redact.ts'
import type { ProcessRow } from '../process/table.ts'
import { systemTools } from '../process/tool.ts'
import { instancePrefix, serviceKey } from '../record/key.ts'
import { placesOf, shortDirOf } from '../record/places.ts'
import type { RunRecord } from '../record/record.ts'
import { packageVersion } from '../version.ts'
import { conceal } from './conceal.ts'
import type { AddressEvidence, Evidence, HolderEvidence } from './evidence.ts'
import { lookAtAddress } from './gather/address.ts'
import { findExecutables } from './gather/executables.ts'
import { type Eyes, openEyes } from './gather/eyes.ts'
import { isDoorOf } from './gather/front-door.ts'
import { type GivenUp, runOf } from './gather/given-up.ts'
import { lookAtRunning } from './gather/running.ts'
import { environmentFacts } from './look/environment.ts'
import { machineFacts } from './look/machine.ts'
import { projectFacts } from './look/project.ts'
import { secretsOf } from './secrets.ts'
import { dialledFor, fileOf, headersOf, isTcp, pathsOf, recordedFacts, scriptOf, serviceFacts, wantedBy } from './service-facts.ts'
import type { Dialled, Subject } from './subject.ts'
import { tryService } from './trials.ts'

interface Examination {
  readonly subject: Subject
  /** null: no service was named. */
  readonly spec: ServiceSpec | null
  readonly eyes: Eyes
  readonly ours: Ours
  readonly began: number
  readonly trialsEnd: AbortSignal
  readonly budgetMs: number
}

/**
 * @param trialsEnd When no trial may go on any more.
 * @param budgetMs All trials together, from now on: what is left of it goes to comparisons.
 */
export const examine = async (subject: Subject, trialsEnd: AbortSignal, budgetMs: number): Promise<Evidence> => {
  const began = performance.now()
  const eyes = openEyes()
  const spec = specOf(subject)
  // before anything of the user's is run: where the state folder cannot be read, nothing of it can be told
  const ours = await findOurs({ ...foldersOf(subject, eyes), table: eyes.table, clock: systemClock })
  const facts = surroundingFacts(subject, spec, eyes)
  facts.catch(() => {})
  const seen = await see({ subject, spec, eyes, ours, began, trialsEnd, budgetMs })
  const evidence: Evidence = {
    schema: 1,
    doctor: packageVersion,
    takenAt: new Date().toISOString(),
    durationMs: 0,
    ...(subject.words !== undefined && { asked: subject.words.map(redactShown) }),
    ...seen,
    ...(await facts),
    app: subject.app,
    archive: subject.archive,
  }
  const pids = seen.runs.flatMap(({ origin, pid }) => (origin === 'supervised' && pid !== null ? [pid] : []))
  const safe = conceal(evidence, await secretsOf(spec, pids))
  return { ...safe, durationMs: Math.round(performance.now() - began) }
}

const specOf = ({ service }: Subject): ServiceSpec | null =>
  service === null
    ? null
    : specifyService(service.options, {
        baseDir: service.baseDir,
        packageName,
        ...(service.key !== undefined && { key: service.key, path: `services.${service.key}` }),
      })

const foldersOf = ({ stateDir }: Subject, { platform }: Eyes): Pick<OrphanWorld, 'stateDir' | 'platform' | 'shortDir'> => ({
  stateDir,
  platform,
  shortDir: shortDirOf({ env: process.env, platform, tmp: tmpdir(), uid: process.getuid?.() }),
})

const surroundingFacts = async (
  { service }: Subject,
  spec: ServiceSpec | null,
  { platform }: Eyes,
): Promise<Pick<Evidence, 'machine' | 'environment' | 'executables' | 'project'>> => {
  const { arch, env } = process
  const [machine, executables] = await Promise.all([
    machineFacts({ platform, arch, env, tools: systemTools(env), file: spec && fileOf(spec) }),
    findExecutables(spec, service?.baseDir ?? realWorkingDirectory()),
  ])
  const cwd = spec?.cwd ?? realWorkingDirectory()
  const project = projectFacts(spec && scriptOf(spec), cwd, executables.node?.version ?? machine.node)
  return { machine, environment: environmentFacts(env, platform), executables, project }
}

type Seen = Pick<Evidence, 'subject' | 'service' | 'runs' | 'address'>

const see = async (examination: Examination): Promise<Seen> => {
  const { subject, spec } = examination
  if (subject.archive !== null) return { subject: 'package', service: null, runs: [], address: null }
  if (subject.givenUp !== null && spec !== null) return seeGivenUp(subject.givenUp, spec, examination)
  const running = subject.prefersRunning ? await findRunning(examination) : undefined
  if (running !== undefined) return seeRunning(running, examination)
  if (spec !== null && subject.service !== null && subject.mayTry) return seeTrial(spec, subject.service, examination)
  return seeAddress(examination)
}

/** The running service that is meant, or what a dead supervisor has left of it. */
const findRunning = async ({ subject, ours }: Examination): Promise<FoundService | undefined> => {
  const { stateDir, name, service } = subject
  const found = await findServices(stateDir)
  try {
    return chooseService(found, { name, cwd: service?.baseDir ?? realWorkingDirectory(), stateDir })
  } catch (error) {
    if (!isSupervisorError(error, 'ERR_NOT_RUNNING')) throw error
    const named = found.filter(({ record }) => name === undefined || name === record.service || name === record.key)
    const silent = named.filter(({ answers }) => answers === 'silent')
    if (silent.length === 1) return silent[0]
    const left = named.filter(({ record }) => ours.orphans.some((orphan) => orphan.record.key === record.key))
    // what a config says can be tried; then the orphan shows as what holds its port
    if (left.length === 1 && service === null) return left[0]
    if (name !== undefined) throw error
    return undefined
  }
}

const seeRunning = async ({ record, answers }: Pick<FoundService, 'record' | 'answers'>, examination: Examination): Promise<Seen> => {
  const { subject, spec, eyes } = examination
  const { requests, signal, timeoutMs } = subject
  const paths = pathsOf(subject, spec)
  const dialled = subject.dialled !== null && (await isDoorOf(record, subject.dialled)) ? null : subject.dialled
  const { run, given, pid, instanceId, supervised } = await lookAtRunning(
    {
      ...{ record, answers, requests, signal, paths },
      recordPath: placesOf({ ...foldersOf(subject, eyes), key: record.key }).record,
      dial: dialled,
      headers: headersOf(spec),
      tcp: isTcp(spec),
      timeoutMs: timeoutMs ?? 8000,
    },
    eyes,
  )
  const at = dialled ?? dialledFor(given, paths)
  const address = at && (await lookAt(at, pid === null ? null : { pid, instanceId }, 2000, examination))
  const service = spec === null ? recordedFacts(record, given, supervised) : { ...serviceFacts(spec), supervised }
  return { subject: 'running', service, runs: run === null ? [] : [run], address }
}

const seeTrial = async (spec: ServiceSpec, service: NonNullable<Subject['service']>, examination: Examination): Promise<Seen> => {
  const { subject, eyes, began, trialsEnd, budgetMs } = examination
  const tried = await tryService({
    ...{ subject, service, spec, eyes, end: trialsEnd },
    leftMs: () => budgetMs - (performance.now() - began),
    lookAt: (dialled, run) => lookAt(dialled, run, 1500, examination),
  })
  return { subject: 'trial', service: serviceFacts(spec), ...tried }
}

/** Who holds what it wanted to have is there to be seen. */
const seeGivenUp = async (givenUp: GivenUp, spec: ServiceSpec, examination: Examination): Promise<Seen> => {
  const at = dialledOf(examination)
  const address = at && (await lookAt(at, null, 1500, examination))
  return { subject: 'running', service: serviceFacts(spec), runs: [runOf(givenUp, spec)], address }
}

/** Where a window dials, as far as that is known before anything runs. */
const dialledOf = ({ subject, spec, eyes }: Examination): Dialled | null =>
  subject.dialled ?? dialledFor(socketOf(subject, spec, eyes) ?? wantedBy(spec), pathsOf(subject, spec))

/** Always the same, where it has one. */
const socketOf = (subject: Subject, spec: ServiceSpec | null, eyes: Eyes): TcpAddress | null => {
  if (spec?.address !== 'socket' || subject.service === null) return null
  const key = serviceKey(spec.name, realpathSync(subject.service.baseDir))
  return { host: placesOf({ ...foldersOf(subject, eyes), key }).serviceSocket, port: 0 }
}

const seeAddress = async (examination: Examination): Promise<Seen> => {
  const { spec } = examination
  const at = dialledOf(examination)
  if (at === null) {
    if (spec === null) throw nothingToExamine()
    return { subject: 'address', service: serviceFacts(spec), runs: [], address: null }
  }
  const known = await findKnown(examination)
  if (known !== undefined && (await isDoorOf(known, at))) return seeRunning({ record: known, answers: 'yes' }, examination)
  const service = spec !== null ? serviceFacts(spec) : known === undefined ? null : recordedFacts(known, recordedPlace(known), null)
  return { subject: 'address', service, runs: [], address: await lookAt(at, null, 4000, examination, known?.service) }
}

const recordedPlace = ({ run }: RunRecord): TcpAddress | null => {
  if (run?.socket !== undefined) return { host: run.socket, port: 0 }
  return run?.host != null && run.port !== null ? { host: run.host, port: run.port } : null
}

/** A service of the state folder that lives, or has left something: then an address is not anybody's. */
const findKnown = async ({ subject, ours }: Examination): Promise<RunRecord | undefined> => {
  const { stateDir, stateDirIsChosen } = subject
  const here = realWorkingDirectory()
  // the usual state folder has the services of all projects: those of others say nothing about this address
  const isMeant = ({ record }: { readonly record: RunRecord }): boolean => stateDirIsChosen || record.root === here
  const found = (await findServices(stateDir)).filter(isMeant).find(({ answers }) => answers === 'yes')
  return found?.record ?? ours.orphans.find(isMeant)?.record
}

/** @param knownName Of the service that runs, where only an address was asked about. */
const lookAt = async (
  dialled: Dialled,
  run: { readonly pid: number; readonly instanceId: string } | null,
  timeoutMs: number,
  { subject, spec, eyes, ours, began }: Examination,
  knownName?: string,
): Promise<AddressEvidence> => {
  const { origin, signal } = subject
  const tree = new Set(run === null ? [] : (await eyes.table.tree(run.pid)).map(({ pid }) => pid))
  const name = spec?.name ?? null
  const prefix = certificatePrefix(subject, spec)
  const relationOf = (row: ProcessRow, certificate: string | undefined): Pick<HolderEvidence, 'relation' | 'service'> => {
    if (tree.has(row.pid)) return { relation: 'ours', service: name }
    const belonging = ours.belongs(row)
    if (belonging?.isOrphan) return { relation: 'own-orphan', service: belonging.service }
    if (belonging !== undefined) return { relation: belonging.service === knownName ? 'ours' : 'other-service', service: belonging.service }
    const carries = prefix !== null && certificate?.startsWith(prefix) === true
    return { relation: carries ? 'carries-certificate' : 'foreign', service: carries ? name : null }
  }
  return lookAtAddress(
    {
      ...{ dialled, origin, run, timeoutMs, signal, env: process.env, began, relationOf },
      headers: headersOf(spec),
      tcp: isTcp(spec),
    },
    eyes,
  )
}

/** How certificates of the starts of this service begin; null: no service was named. */
const certificatePrefix = ({ service, stateDir }: Subject, spec: ServiceSpec | null): string | null =>
  service === null || spec === null ? null : `${instancePrefix(stateDir, serviceKey(spec.name, service.baseDir))}.`

const nothingToExamine = (): SupervisorError =>
  new SupervisorError(
    'ERR_INVALID_OPTIONS',
    'There is nothing to examine: no service runs, and neither script, command, config nor address is known.',
    { hint: 'Write: jarvis-supervise doctor server.js, or: doctor --port N, or go where jarvis.config.* is.' },
  )
