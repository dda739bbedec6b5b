/** Collects the evidence: decides what is to be examined, and has it looked at. Judges nothing. */
import { homedir, tmpdir, userInfo } from 'node:os'
import { systemClock } from '../clock.ts'
import type { ServiceOptions } from '../config/options.ts'
import { packageName } from '../config/package-name.ts'
import { type ServiceSpec, specifyService } from '../config/service.ts'
import { realWorkingDirectory } from '../config/working-directory.ts'
import { chooseService, type FoundService } from '../control/choose-service.ts'
import { findServices } from '../control/connect.ts'
import { findOurs, type Ours } from '../control/ours.ts'
import { isSupervisorError, SupervisorError } from '../errors.ts'
import { reachable } from '../launch/surroundings.ts'
import { redactShown } from '../logs/redact.ts'
import type { ProcessRow } from '../process/table.ts'
import { systemTools } from '../process/tool.ts'
import { instancePrefix, serviceKey } from '../record/key.ts'
import { placesOf, shortDirOf } from '../record/places.ts'
import { packageVersion } from '../version.ts'
import { conceal } from './conceal.ts'
import type { AddressEvidence, Evidence, HolderEvidence, RunEvidence, ServiceFacts, SupervisedFacts } from './evidence.ts'
import { lookAtAddress } from './gather/address.ts'
import { findExecutables } from './gather/executables.ts'
import { type Eyes, openEyes } from './gather/eyes.ts'
import { lookAtRunning } from './gather/running.ts'
import { type RawSurroundings, runTrial, type TrialOptions } from './gather/trial.ts'
import { environmentFacts } from './look/environment.ts'
import { machineFacts } from './look/machine.ts'
import { projectFacts } from './look/project.ts'
import { differences, type OwnSurroundings, packagedSurroundings, repaired } from './packaged.ts'
import { secretsOf } from './secrets.ts'
import { exitCause, wentWell } from './signs/reading.ts'
import type { Dialled, Subject } from './subject.ts'

export const defaultTimeoutMs = 10_000
const watchMs = 2000
/** The whole of it; what is left of it goes to comparisons. */
const budgetMs = 19_500

/** @param trialsEnd When no trial may go on any more. */
export const examine = async (
  subject: Subject,
  trialsEnd: AbortSignal,
  platform: NodeJS.Platform = process.platform,
): Promise<Evidence> => {
  const began = performance.now()
  const eyes = openEyes(platform)
  const seen = await new Examination(subject, eyes, began, trialsEnd).run()
  return { ...seen, durationMs: Math.round(performance.now() - began) }
}

type Seen = Pick<Evidence, 'subject' | 'service' | 'runs' | 'address'>

class Examination {
  readonly #subject: Subject
  readonly #eyes: Eyes
  readonly #began: number
  readonly #spec: ServiceSpec | null
  readonly #ours: Promise<Ours>
  /** Of the service that runs, where only an address was asked about. */
  #knownName: string | undefined

  readonly #trialsEnd: AbortSignal

  constructor(subject: Subject, eyes: Eyes, began: number, trialsEnd: AbortSignal) {
    this.#trialsEnd = trialsEnd
    this.#subject = subject
    this.#eyes = eyes
    this.#began = began
    const { service } = subject
    this.#spec =
      service === null
        ? null
        : specifyService(service.options, {
            baseDir: service.baseDir,
            packageName,
            ...(service.key !== undefined && { key: service.key, path: `services.${service.key}` }),
          })
    this.#ours = this.#findOurs()
  }

  async run(): Promise<Evidence> {
    // before anything of the user's is run: where the state folder cannot be read, nothing of it can be told
    await this.#ours
    const subject = this.#subject
    const facts = this.#facts()
    facts.catch(() => {})
    const seen = await this.#see()
    const { machine, executables, project, environment } = await facts
    const pids = seen.runs.flatMap(({ origin, pid }) => (origin === 'supervised' && pid !== null ? [pid] : []))
    const evidence: Evidence = {
      schema: 1,
      doctor: packageVersion,
      takenAt: new Date().toISOString(),
      durationMs: 0,
      ...(subject.words !== undefined && { asked: subject.words.map(redactShown) }),
      ...seen,
      machine,
      environment,
      executables,
      project,
      app: subject.app,
      archive: subject.archive,
    }
    return conceal(evidence, await secretsOf(this.#spec, pids))
  }

  async #facts(): Promise<Pick<Evidence, 'machine' | 'executables' | 'project' | 'environment'>> {
    const { platform } = this.#eyes
    const spec = this.#spec
    const baseDir = this.#subject.service?.baseDir ?? realWorkingDirectory()
    const [machine, executables] = await Promise.all([
      machineFacts({ platform, arch: process.arch, env: process.env, tools: systemTools(process.env), file: fileOf(spec) }),
      findExecutables(spec, baseDir),
    ])
    const cwd = spec?.cwd ?? realWorkingDirectory()
    const project = projectFacts(spec === null ? null : scriptOf(spec), cwd, executables.node?.version ?? machine.node)
    return { machine, executables, project, environment: environmentFacts(process.env, platform) }
  }

  async #see(): Promise<Seen> {
    const { subject } = { subject: this.#subject }
    if (subject.archive !== null) return { subject: 'package', service: null, runs: [], address: null }
    if (subject.prefersRunning) {
      const running = await this.#running()
      if (running !== undefined) return this.#seeRunning(running)
    }
    if (this.#spec !== null && subject.mayTry) return this.#try(this.#spec)
    return this.#seeAddress()
  }

  async #findOurs(): Promise<Ours> {
    const { platform, table } = this.#eyes
    return findOurs({ stateDir: this.#subject.stateDir, shortDir: shortDir(platform), platform, table, clock: systemClock })
  }

  /** The running service that is meant, or what a dead supervisor has left of it. */
  async #running(): Promise<FoundService | undefined> {
    const { stateDir, name, service } = this.#subject
    const found = await findServices(stateDir)
    const root = service?.baseDir ?? realWorkingDirectory()
    try {
      return chooseService(found, { name, cwd: root, stateDir })
    } catch (error) {
      if (!isSupervisorError(error)) throw error
      if (error.code !== 'ERR_NOT_RUNNING') throw error
      const silent = found.filter(({ answers, record }) => answers === 'silent' && isNamed(record, name))
      if (silent.length === 1) return silent[0]
      const { orphans } = await this.#ours
      const left = found.filter(({ record }) => isNamed(record, name) && orphans.some((orphan) => orphan.record.key === record.key))
      // what a config says can be tried; then the orphan shows as what holds its port
      if (left.length === 1 && service === null) return left[0]
      if (name !== undefined) throw error
      return undefined
    }
  }

  async #seeRunning({ record, answers }: FoundService): Promise<Seen> {
    const { subject, platform } = { subject: this.#subject, platform: this.#eyes.platform }
    const places = placesOf({ stateDir: subject.stateDir, key: record.key, platform, shortDir: shortDir(platform) })
    const { dialled, requests, signal } = subject
    const running = await lookAtRunning(
      {
        ...{ record, recordPath: places.record, answers, requests, signal },
        dial: dialled,
        paths: this.#paths(),
        headers: headersOf(this.#spec),
        tcp: isTcp(this.#spec),
        timeoutMs: subject.timeoutMs ?? 8000,
      },
      this.#eyes,
    )
    const { run, given, pid, supervised } = running
    const at = dialled ?? dialledFor(given, this.#paths())
    const address = at && (await this.#address(at, pid === null ? null : { pid, instanceId: running.instanceId }, 2000))
    const service =
      this.#spec === null ? recordedService(record.service, record.root, given, supervised) : { ...serviceFacts(this.#spec), supervised }
    return { subject: 'running', service, runs: run === null ? [] : [run], address }
  }

  async #seeAddress(): Promise<Seen> {
    const { dialled } = this.#subject
    const spec = this.#spec
    const at = dialled ?? dialledFor(wantedBy(spec), this.#paths())
    if (at === null && spec !== null) return { subject: 'address', service: serviceFacts(spec), runs: [], address: null }
    if (at === null) throw nothingToExamine()
    const known = await this.#known()
    const service = spec !== null ? serviceFacts(spec) : known
    return { subject: 'address', service, runs: [], address: await this.#address(at, null, 4000) }
  }

  /** A service of the state folder that lives, or has left something: then an address is not anybody's. */
  async #known(): Promise<ServiceFacts | null> {
    const { stateDir, stateDirIsChosen } = this.#subject
    const here = realWorkingDirectory()
    // the usual state folder has the services of all projects: those of others say nothing about this address
    const isMeant = ({ record }: { readonly record: { readonly root: string } }): boolean => stateDirIsChosen || record.root === here
    const found = (await findServices(stateDir)).filter(isMeant).find(({ answers }) => answers === 'yes')
    const record = found?.record ?? (await this.#ours).orphans.find(isMeant)?.record
    if (record === undefined) return null
    this.#knownName = record.service
    const run = record.run
    return recordedService(
      record.service,
      record.root,
      run?.host != null && run.port !== null ? { host: run.host, port: run.port } : null,
      null,
    )
  }

  async #try(spec: ServiceSpec): Promise<Seen> {
    const { subject } = { subject: this.#subject }
    subject.onTrial(conceal(`${subject.packaged === null ? '' : 'twice, '}${commandWords(spec)}`, await secretsOf(spec, [])))
    const { run, address } = await this.#trial(spec, null)
    const runs = [run]
    const service = serviceFacts(spec)
    if (subject.packaged === null || this.#trialsEnd.aborted || !wentWell(run, partial({ service, runs, address })))
      return { subject: 'trial', service, runs, address }
    const compared = await this.#compare(spec, subject.packaged, service, run)
    // the address of the run that shows what is wrong
    const last = compared.runs[0]
    const failed = last !== undefined && !wentWell(last, partial({ service, runs: [last], address: compared.address }))
    return { subject: 'trial', service, runs: [...runs, ...compared.runs], address: failed ? (compared.address ?? address) : address }
  }

  /** The same in packaged surroundings; where that fails, once more with each difference set right, until one cures it. */
  async #compare(
    spec: ServiceSpec,
    system: NodeJS.Platform,
    service: ServiceFacts,
    own: RunEvidence,
  ): Promise<{ runs: RunEvidence[]; address: AddressEvidence | null }> {
    const surroundings: OwnSurroundings = { env: process.env, home: homedir(), user: userName(), cwd: spec.cwd, tmp: tmpdir() }
    const packaged = packagedSurroundings(system, surroundings)
    const { run, address } = await this.#trial(spec, { ...packaged, repaired: null })
    // one that was cut compares nothing
    if (this.#trialsEnd.aborted) return { runs: [], address: null }
    const runs = [run]
    if (wentWell(run, partial({ service, runs, address })) || saysWhy(run)) return { runs, address }
    const bootMs = own.requests.at(0)?.atMs ?? 1000
    // as long as it took to fail, and half as long again
    const watchedMs = Math.min(watchMs, Math.max(500, 1.5 * (run.exit?.atMs ?? watchMs)))
    for (const difference of differences) {
      const raw = repaired(packaged, difference, surroundings)
      const deadlineMs = Math.min(Math.max(2000, 2 * bootMs + 1000), this.#leftMs() - 2500)
      if (raw === undefined || deadlineMs < 500) continue
      if (this.#trialsEnd.aborted) break
      const experiment = await this.#trial(spec, { ...raw, repaired: difference }, { deadlineMs, watchMs: watchedMs })
      runs.push(experiment.run)
      if (wentWell(experiment.run, partial({ service, runs: [experiment.run], address: experiment.address }))) break
    }
    return { runs, address }
  }

  #leftMs(): number {
    return budgetMs - (performance.now() - this.#began)
  }

  async #trial(
    spec: ServiceSpec,
    raw: RawSurroundings | null,
    limits: Partial<Pick<TrialOptions, 'deadlineMs' | 'watchMs'>> = {},
  ): Promise<{ run: RunEvidence; address: AddressEvidence | null }> {
    const { subject } = { subject: this.#subject }
    const { service } = subject
    if (service === null) throw nothingToExamine()
    let address: AddressEvidence | null = null
    const lookAround = async (pid: number, given: RunEvidence['given']): Promise<void> => {
      const at = subject.dialled ?? dialledFor(given, this.#paths())
      if (at !== null) address = await this.#address(at, { pid, instanceId: '' }, 1500)
    }
    const run = await runTrial(
      {
        options: service.options,
        spec,
        baseDir: service.baseDir,
        key: service.key,
        raw,
        dial: subject.dialled,
        paths: this.#paths(),
        headers: headersOf(spec),
        requests: subject.requests,
        deadlineMs: deadlineOf(service.options, subject.timeoutMs),
        watchMs,
        signal: this.#trialsEnd,
        whileItRuns: lookAround,
        ...limits,
      },
      this.#eyes,
    )
    const at = subject.dialled ?? dialledFor(run.given ?? wantedBy(spec), this.#paths())
    address ??= at && (await this.#address(at, null, 1500))
    return { run, address }
  }

  async #address(
    dialled: Dialled,
    run: { readonly pid: number; readonly instanceId: string } | null,
    timeoutMs: number,
  ): Promise<AddressEvidence> {
    const { origin, signal } = this.#subject
    const tree = new Set(run === null ? [] : (await this.#eyes.table.tree(run.pid)).map(({ pid }) => pid))
    const ours = await this.#ours
    return lookAtAddress(
      {
        ...{ dialled, origin, run, timeoutMs, signal, env: process.env, began: this.#began },
        headers: headersOf(this.#spec),
        tcp: isTcp(this.#spec),
        relationOf: (row, certificate) => this.#relationOf(row, certificate, tree, ours),
      },
      this.#eyes,
    )
  }

  #relationOf(
    row: ProcessRow,
    certificate: string | undefined,
    tree: ReadonlySet<number>,
    ours: Ours,
  ): Pick<HolderEvidence, 'relation' | 'service'> {
    const name = this.#spec?.name ?? null
    if (tree.has(row.pid)) return { relation: 'ours', service: name }
    const belonging = ours.belongs(row)
    if (belonging?.isOrphan) return { relation: 'own-orphan', service: belonging.service }
    if (belonging !== undefined)
      return { relation: belonging.service === this.#knownName ? 'ours' : 'other-service', service: belonging.service }
    const carries = certificate !== undefined && this.#prefixes().some((prefix) => certificate.startsWith(`${prefix}.`))
    return { relation: carries ? 'carries-certificate' : 'foreign', service: carries ? name : null }
  }

  /** How certificates of this service begin: those of its starts. */
  #prefixes(): string[] {
    const { service, stateDir } = this.#subject
    if (service === null || this.#spec === null) return []
    return [instancePrefix(stateDir, serviceKey(this.#spec.name, service.baseDir))]
  }

  #paths(): readonly string[] {
    const { dialled, hasPath, service } = this.#subject
    if (dialled !== null && hasPath) return [dialled.path]
    const named = service?.options.doctor?.paths ?? []
    const { readiness, liveness } = this.#spec ?? {}
    const probed = [readiness?.probe, liveness?.probe].flatMap((probe) =>
      probe?.kind === 'http' && probe.path !== undefined ? [probe.path] : [],
    )
    const all = [...new Set([...named, ...probed])]
    return all.length === 0 ? ['/'] : all
  }
}

const isNamed = ({ service, key }: { readonly service: string; readonly key: string }, name: string | undefined): boolean =>
  name === undefined || name === service || name === key

const shortDir = (platform: NodeJS.Platform): string => shortDirOf({ env: process.env, platform, tmp: tmpdir(), uid: process.getuid?.() })

const userName = (): string => {
  try {
    return userInfo().username
  } catch {
    // a user id without an entry
    return ''
  }
}

const scriptOf = ({ run }: ServiceSpec): string | null => ('script' in run ? run.script : null)
const fileOf = (spec: ServiceSpec | null): string | null =>
  spec === null ? null : 'script' in spec.run ? spec.run.script : spec.run.command
const headersOf = (spec: ServiceSpec | null): Readonly<Record<string, string>> | undefined =>
  spec?.readiness?.probe.kind === 'http' ? spec.readiness.probe.headers : undefined
const isTcp = (spec: ServiceSpec | null): boolean => spec?.readiness?.probe.kind === 'tcp'
const commandWords = ({ run, args, cwd }: ServiceSpec): string =>
  `${['script' in run ? run.script : run.command, ...args].join(' ')} (in ${cwd})`

/** What the service allows itself wins; less than usual is watched for as long as usual: whether it would have come tells. */
const deadlineOf = ({ readiness }: ServiceOptions, asked: number | null): number => {
  const own = typeof readiness === 'object' ? readiness.timeoutMs : undefined
  return Math.max(own ?? 0, asked ?? defaultTimeoutMs)
}

/** What it was asked to have; null where any port will do. */
const wantedBy = (spec: ServiceSpec | null): { host: string; port: number } | null => {
  const address = spec?.address
  if (address == null || address.port === 'auto') return null
  const port = typeof address.port === 'number' ? address.port : 'prefer' in address.port ? address.port.prefer : address.port.insist
  return { host: address.host, port }
}

const dialledFor = (address: { readonly host: string; readonly port: number } | null, paths: readonly string[]): Dialled | null =>
  address && { protocol: 'http:', ...reachable(address), path: paths[0] ?? '/' }

const partial = (seen: Pick<Evidence, 'service' | 'runs' | 'address'>): Evidence => seen as Evidence

/** Its own words or the refusal name the cause: no experiment would say more. */
const saysWhy = (run: RunEvidence): boolean => {
  if (run.notStarted !== null) return true
  const cause = exitCause(run)
  return cause !== null && cause !== 'EXITED_BEFORE_LISTENING'
}

const serviceFacts = (spec: ServiceSpec): ServiceFacts => {
  const probe = spec.readiness?.probe
  const port = spec.address?.port
  return {
    name: spec.name,
    launch: spec.launch,
    script: scriptOf(spec),
    command: 'command' in spec.run ? spec.run.command : null,
    args: spec.args.map(redactShown),
    cwd: spec.cwd,
    port: port === undefined ? 'none' : typeof port === 'object' ? ('prefer' in port ? port : port.insist) : port,
    host: spec.address?.host ?? '',
    readiness: {
      kind: probe?.kind ?? 'none',
      path: probe?.kind === 'http' ? (probe.path ?? '/') : null,
      pattern: probe?.kind === 'log' ? String(probe.pattern) : null,
      timeoutMs: spec.readiness?.timeoutMs ?? 0,
      status: probe?.kind === 'http' ? (probe.status ?? null) : null,
    },
    liveness: spec.liveness && {
      periodMs: spec.liveness.periodMs,
      timeoutMs: spec.liveness.timeoutMs,
      failureThreshold: spec.liveness.failureThreshold,
    },
    claudeRequired: spec.claude !== false && (spec.claude.required || spec.claude.path !== undefined),
    supervised: null,
  }
}

const recordedService = (
  name: string,
  root: string,
  given: { readonly host: string; readonly port: number } | null,
  supervised: SupervisedFacts | null,
): ServiceFacts => ({
  name,
  launch: null,
  script: null,
  command: null,
  args: [],
  cwd: root,
  port: given?.port ?? 'none',
  host: given?.host ?? '',
  readiness: { kind: 'http', path: '/', pattern: null, timeoutMs: defaultTimeoutMs, status: null },
  liveness: null,
  claudeRequired: false,
  supervised,
})

const nothingToExamine = (): SupervisorError =>
  new SupervisorError(
    'ERR_INVALID_OPTIONS',
    'There is nothing to examine: no service runs, and neither script, command, config nor address is known.',
    {
      hint: 'Write: jarvis-supervise doctor server.js, or: doctor --port N, or go where jarvis.config.* is.',
    },
  )
