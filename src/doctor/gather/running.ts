/** What runs, seen through its supervisor, its record and its log, and by asking it. */

import type { FoundService } from '../../control/choose-service.ts'
import { controlClient } from '../../control/client.ts'
import { isSupervisorError } from '../../errors.ts'
import { readLog } from '../../logs/read-log.ts'
import { redactShown } from '../../logs/redact.ts'
import type { RecordedRun, RunRecord } from '../../record/record.ts'
import { readRecord } from '../../record/store.ts'
import type { ServiceStatus } from '../../supervisor/controller.ts'
import type { ExitEvidence, OutputEvidence, RequestEvidence, RunEvidence, SupervisedFacts } from '../evidence.ts'
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
  }
  const given = givenOf(status, now.run)
  const instanceId = now.run?.instanceId ?? ''
  if (pid !== null) return { supervised, given, pid, instanceId, run: await alive(pid, given, now, lines, options, eyes) }
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

const givenOf = (status: ServiceStatus | null, run: RecordedRun | null): RunEvidence['given'] => {
  if (run?.host != null && run.port !== null) return { host: run.host, port: run.port }
  return status?.url == null || status.port === null
    ? null
    : { host: new URL(status.url).hostname.replace(/^\[|\]$/g, ''), port: status.port }
}

interface Said {
  readonly stream: 'stdout' | 'stderr' | 'supervisor'
  readonly line: string
  readonly pid: number
  readonly time: number
}

const logLines = async ({ log }: RunRecord): Promise<Said[]> => {
  const lines: Said[] = []
  if (log === null) return lines
  try {
    for await (const { stream, line, pid, time } of readLog(log, { tail: linesRead }))
      lines.push({ stream, line: line.slice(0, 2000), pid, time })
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
  const watch = new Watch(pid, eyes, () => Math.round(performance.now() - began), given === null ? [] : [given.port])
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

const dead = (
  last: NonNullable<ServiceStatus['lastExit']>,
  given: RunEvidence['given'],
  record: RunRecord,
  lines: readonly Said[],
): RunEvidence => {
  const exit: ExitEvidence = {
    atMs: last.uptimeMs,
    code: last.code,
    signal: last.signal,
    requested: false,
    reason: last.reason,
    oomKills: last.reason === 'KILLED_BY_OOM' ? 1 : 0,
  }
  const first = lines.find(({ pid }) => pid === last.pid)?.time ?? 0
  return {
    ...nothing,
    surroundings: surroundings(record),
    command: record.run?.command ?? null,
    given,
    pid: last.pid,
    exit,
    output: outputOf(lines, last.pid, first),
    listening: [],
    requests: [],
    looks: [],
    watchedMs: last.uptimeMs,
  }
}
