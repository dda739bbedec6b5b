/** What runs, seen through its supervisor, its record and its log, and by asking it. */
import type { FoundService } from '../../control/choose-service.ts'
import { controlClient } from '../../control/client.ts'
import { isSupervisorError } from '../../errors.ts'
import { type ReadLogOptions, readLog } from '../../logs/read-log.ts'
import { redactShown } from '../../logs/redact.ts'
import type { RecordedRun, RunRecord } from '../../record/record.ts'
import { readRecord } from '../../record/store.ts'
import type { LastExit, ServiceStatus } from '../../supervisor/controller.ts'
import type { ExitEvidence, LastExitEvidence, OutputEvidence, RequestEvidence, RunEvidence, SupervisedFacts } from '../evidence.ts'
import { isSocket } from '../signs/reading.ts'
import { latelyMs } from '../signs/restless.ts'
import { recoveries, type Said, toldOfEnd } from './ends.ts'
import type { Eyes } from './eyes.ts'
import { Questioner } from './questioner.ts'
import { Watch } from './watch.ts'

export interface RunningOptions {
  readonly record: RunRecord
  readonly recordPath: string
  readonly answers: FoundService['answers']
  readonly dial: { readonly host: string; readonly port: number } | null
  readonly paths: readonly string[]
  readonly headers: Readonly<Record<string, string>> | undefined
  readonly tcp: boolean
  readonly requests: number
  /** How long one that is just starting is waited for. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

export interface Running {
  readonly supervised: SupervisedFacts
  readonly run: RunEvidence | null
  readonly given: RunEvidence['given']
  readonly pid: number | null
  readonly instanceId: string
}

const questionMs = 5000
const linesRead = 400
const journalLines = 40
/** A backend that says much hides what its supervisor has said between. */
const linesSearched = 20_000

export const lookAtRunning = async (options: RunningOptions, eyes: Eyes): Promise<Running> => {
  const { record, answers } = options
  const status = answers === 'yes' ? await settled(options, eyes) : null
  const now = readRecord(options.recordPath) ?? record
  const lines = await logLines(now)
  const pid = status?.pid ?? (answers === 'yes' ? null : (now.run?.child?.pid ?? null))
  const supervised: SupervisedFacts = {
    state: status?.state ?? 'ready',
    supervisor: answers === 'yes' ? 'answers' : answers === 'silent' ? 'silent' : 'dead',
    supervisorPid: record.supervisor.pid,
    pid,
    restarts: status?.restarts ?? 0,
    failures: status?.health.failures ?? 0,
    latencyMs: status?.health.latencyMs ?? null,
    // what an earlier supervisor has done is over
    journal: lines
      .filter(({ stream, pid: of }) => stream === 'supervisor' && of === record.supervisor.pid)
      .slice(-journalLines)
      .map(({ line }) => redactShown(line)),
    ...(status !== null && (await ends(status, now))),
  }
  const given = givenOf(status, now.run)
  const instanceId = now.run?.instanceId ?? ''
  if (pid !== null) {
    const sinceLaunch = now.run === null ? 0 : Math.max(0, Date.now() - Date.parse(now.run.launchedAt))
    const run = await alive(pid, given, now, lines, options, eyes)
    const isThere = run.looks.at(-1)?.processes.some((each) => each.pid === pid && each.state !== 'Z') ?? true
    const last = status === null || isThere ? null : await endOf(pid, options, eyes)
    return {
      supervised,
      given,
      pid,
      instanceId,
      run: last === null ? run : endedMeanwhile(run, last, sinceLaunch, now, await logLines(now)),
    }
  }
  const exit = status?.lastExit ?? null
  return { supervised, given, pid, instanceId, run: exit === null ? null : dead(exit, given, now, lines) }
}

/** What it says when it has become ready, or has not in time. */
const settled = async ({ record, timeoutMs, signal }: RunningOptions, eyes: Eyes): Promise<ServiceStatus | null> => {
  const client = controlClient(record.socket, record.service)
  const until = performance.now() + timeoutMs
  for (;;) {
    const status = await client.status().catch((error: unknown) => {
      if (isSupervisorError(error)) return null
      throw error
    })
    if (status?.state !== 'starting' || signal.aborted || performance.now() >= until) return status
    await eyes.pause(100, signal)
  }
}

/** How long its supervisor may take to notice. */
const noticeMs = 1000

/** How a process ended that was there when the look began; null: its supervisor does not say. */
const endOf = async (pid: number, { record, signal }: RunningOptions, eyes: Eyes): Promise<LastExit | null> => {
  const client = controlClient(record.socket, record.service)
  const until = performance.now() + noticeMs
  for (;;) {
    const status = await client.status().catch(() => null)
    if (status?.lastExit?.pid === pid) return status.lastExit
    if (status === null || signal.aborted || performance.now() >= until) return null
    await eyes.pause(50, signal)
  }
}

const givenOf = (status: ServiceStatus | null, run: RecordedRun | null): RunEvidence['given'] => {
  if (run?.host != null && run.port !== null) return { host: run.host, port: run.port }
  const socket = run?.socket ?? status?.socket
  if (socket !== undefined) return { host: socket, port: 0 }
  return status?.url == null || status.port === null
    ? null
    : { host: new URL(status.url).hostname.replace(/^\[|\]$/g, ''), port: status.port }
}

/** How its runs have ended of late. */
const ends = async (status: ServiceStatus, record: RunRecord): Promise<Pick<SupervisedFacts, 'lastExit' | 'endedAgoMs'>> => {
  const { lastExit: last, restarts, uptimeMs } = status
  if (last === null && restarts === 0) return { lastExit: null, endedAgoMs: [] }
  const now = Date.now()
  const lines = await logLines(record, {
    ...{ tail: linesSearched, since: now - latelyMs },
    isWanted: ({ stream, pid }) => stream === 'supervisor' || pid === last?.pid,
  })
  const told = last === null ? undefined : toldOfEnd(lines, record.supervisor.pid, last.pid)
  const lastExit: LastExitEvidence | null = last && {
    ...{ pid: last.pid, code: last.code, signal: last.signal, reason: last.reason, uptimeMs: last.uptimeMs },
    // what runs now was launched after that
    agoMs: told === undefined ? uptimeMs : Math.max(0, now - told.time),
    requested: told?.requested ?? null,
    words: told?.words == null ? null : redactShown(told.words),
  }
  const endedAgoMs = record.log === null ? null : recoveries(lines, record.supervisor.pid).map((time) => Math.max(0, now - time))
  return { lastExit, endedAgoMs }
}

interface Part extends ReadLogOptions {
  readonly isWanted?: (line: Said) => boolean
}

const logLines = async ({ log }: RunRecord, { isWanted = () => true, ...part }: Part = { tail: linesRead }): Promise<Said[]> => {
  const lines: Said[] = []
  if (log === null) return lines
  try {
    for await (const line of readLog(log, part)) {
      const { stream, pid, time } = line
      if (isWanted(line)) lines.push({ stream, line: line.line.slice(0, 2000), pid, time })
    }
  } catch {
    // a log that cannot be read says nothing
  }
  return lines
}

const outputOf = (lines: readonly Said[], pid: number, launchedAt: number): OutputEvidence[] =>
  lines.flatMap(({ stream, line, pid: of, time }) =>
    stream === 'supervisor' || of !== pid ? [] : [{ atMs: Math.max(0, time - launchedAt), stream, text: redactShown(line) }],
  )

const surroundings = (record: RunRecord): RunEvidence['surroundings'] => ({
  label: 'own',
  system: process.platform,
  repaired: null,
  cwd: record.root,
  path: [],
  home: null,
  stdin: 'pipe',
  missing: [],
  values: {},
})

const nothing = {
  origin: 'supervised',
  notStarted: null,
  linesOmitted: 0,
  readyAtMs: null,
  left: { afterExit: [], survivors: [] },
} as const

const alive = async (
  pid: number,
  given: RunEvidence['given'],
  record: RunRecord,
  lines: readonly Said[],
  { dial, paths, headers, tcp, requests: wanted, signal }: RunningOptions,
  eyes: Eyes,
): Promise<RunEvidence> => {
  const began = performance.now()
  const watch = new Watch(
    pid,
    eyes,
    () => Math.round(performance.now() - began),
    given !== null && isSocket(given) ? given.host : null,
    given === null ? [] : [given.port],
  )
  const requests: RequestEvidence[] = []
  await watch.listen()
  const target = dial ?? given
  if (target !== null) {
    const instanceId = record.run?.instanceId ?? ''
    const questioner = new Questioner({
      target,
      paths,
      headers,
      tcp,
      watch,
      eyes,
      signal,
      requests,
      pid,
      instanceId,
      hasEnded: () => false,
    })
    for (let asked = 0; asked < wanted && !signal.aborted; asked += 1) if (!(await questioner.ask(questionMs))) break
  }
  await watch.look('end')
  return {
    ...nothing,
    surroundings: surroundings(record),
    command: record.run?.command ?? null,
    given,
    pid,
    exit: null,
    output: outputOf(lines, pid, record.run === null ? 0 : Date.parse(record.run.launchedAt)),
    listening: watch.listening,
    requests,
    looks: watch.looks,
    watchedMs: watch.nowMs,
  }
}

/** It was there when the look began, and has died since: the times of the look are set back to its launch. */
const endedMeanwhile = (run: RunEvidence, last: LastExit, sinceLaunch: number, record: RunRecord, lines: readonly Said[]): RunEvidence => {
  // what somebody has asked to end is no trouble of its own
  if (toldOfEnd(lines, record.supervisor.pid, last.pid)?.requested === true) return run
  const later = <T extends { readonly atMs: number }>(each: T): T => ({ ...each, atMs: each.atMs + sinceLaunch })
  // what was asked when it was gone was asked of nobody, or of the run after it
  const gone = run.requests.findIndex(({ outcome, owner }) => outcome === 'refused' || owner === 'foreign')
  return {
    ...run,
    exit: exitOf(last),
    output: outputOf(lines, last.pid, record.run === null ? 0 : Date.parse(record.run.launchedAt)),
    listening: run.listening.map(later).map((each, at) => ({
      ...each,
      // before the first look nobody looked
      absentAtMs: at === 0 ? 0 : (each.absentAtMs ?? 0) + sinceLaunch,
    })),
    requests: run.requests.slice(0, gone === -1 ? undefined : gone).map(later),
    looks: run.looks.map(later),
    watchedMs: Math.max(last.uptimeMs, run.watchedMs + sinceLaunch),
  }
}

const exitOf = (last: LastExit): ExitEvidence => ({
  atMs: last.uptimeMs,
  code: last.code,
  signal: last.signal,
  requested: false,
  reason: last.reason,
  oomKills: last.reason === 'KILLED_BY_OOM' ? 1 : 0,
})

const dead = (last: LastExit, given: RunEvidence['given'], record: RunRecord, lines: readonly Said[]): RunEvidence => {
  const first = lines.find(({ pid }) => pid === last.pid)?.time ?? 0
  return {
    ...nothing,
    surroundings: surroundings(record),
    command: record.run?.command ?? null,
    given,
    pid: last.pid,
    exit: exitOf(last),
    output: outputOf(lines, last.pid, first),
    listening: [],
    requests: [],
    looks: [],
    watchedMs: last.uptimeMs,
  }
}
