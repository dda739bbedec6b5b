/** A supervisor with too little patience ends a backend that is only busy, or still starting. Pure. */
import type { Cause, Finding } from '../cause.ts'
import type { Evidence, RequestEvidence, RunEvidence, ServiceFacts } from '../evidence.ts'
import { answered, answersNow, duration, endedUnasked, isUsable, patientRun } from '../signs/reading.ts'

export const killedBySupervisor: Cause = {
  code: 'KILLED_BY_SUPERVISOR',
  title: 'Its supervisor ends it too soon',
  find: (evidence) => {
    const { service } = evidence
    if (service === null) return undefined
    const run = patientRun(evidence)
    if (run !== undefined && (run.notStarted !== null || endedUnasked(run) !== null)) return undefined
    return ended(service, evidence) ?? (run && (startsTooLate(run, service) ?? neverCounts(run, service) ?? tooSlow(run, service)))
  },
}

/** Usual silence of half a minute is patience enough: whoever was silent for longer was hung. */
const patienceMs = 20_000

const endings: readonly { readonly pattern: RegExp; readonly about: 'silence' | 'start' }[] = [
  { pattern: /\bsilent for (\d+) ms\b.*: ending it$/, about: 'silence' },
  { pattern: /\bunresponsive(): ending it$/, about: 'silence' },
  { pattern: /\bnot ready within (\d+) ms\b(?!.*\binstead\b).*: ending it$/, about: 'start' },
  { pattern: /\bnot ready in time(): ending it$/, about: 'start' },
]
const recovery = /\banswers again after (\d+) ms$/

interface Ended {
  readonly about: 'silence' | 'start'
  readonly ms: number
  readonly line: string
}

/** What its supervisor has said about its own deeds; counts only for one that answers all the same. */
const ended = (service: ServiceFacts, evidence: Evidence): Finding | undefined => {
  const { supervised, liveness, readiness } = service
  if (supervised === null || !answersNow(evidence)) return undefined
  const deeds = supervised.journal.flatMap(endedIn)
  const last = deeds.at(-1)
  if (last === undefined) return undefined
  const recoveries = supervised.journal.flatMap((line) => recovery.exec(line)?.[1] ?? []).map(Number)
  const slowest = Math.max(0, ...slowAnswers(evidence))
  const isSlow = last.about === 'silence' && liveness !== null && slowest > liveness.timeoutMs
  const isLate = last.about === 'start' && supervised.state === 'starting'
  const recovers = last.about === 'silence' && recoveries.some((ms) => ms >= last.ms / 2)
  const proved = isSlow || isLate || recovers
  return {
    confidence: proved ? 'certain' : last.ms <= patienceMs ? 'likely' : 'possible',
    explanation: `Its supervisor ${deeds.length === 1 ? 'has ended it' : `has ended it ${deeds.length} times`} (${last.line}), and it answers.`,
    hint: last.about === 'silence' ? livenessHint(service, Math.max(slowest, last.ms)) : readinessHint(readiness.timeoutMs, last.ms),
    supports: [
      `Its supervisor said: ${last.line}`,
      ...(isSlow ? [`An answer took ${duration(slowest)}; a probe waits ${duration(liveness.timeoutMs)}.`] : []),
      ...(isLate ? ['Its supervisor still calls it starting, and it answers.'] : []),
      ...(recovers ? [`It has answered again by itself after ${duration(Math.max(...recoveries))}.`] : []),
    ],
  }
}

const endedIn = (line: string): Ended[] => {
  for (const { pattern, about } of endings) {
    const found = pattern.exec(line)
    if (found !== null) return [{ about, ms: Number(found[1] || 0), line }]
  }
  return []
}

const slowAnswers = (evidence: Evidence): number[] => {
  const run = patientRun(evidence)
  return run === undefined ? [] : answered(run).map(({ latencyMs }) => latencyMs)
}

const startsTooLate = (run: RunEvidence, { readiness }: ServiceFacts): Finding | undefined => {
  const { kind, timeoutMs } = readiness
  // of a service that runs it is not known when it began
  if (run.origin !== 'trial' || kind === 'none' || timeoutMs <= 0) return undefined
  const ready = readyAt(run)
  if (ready === undefined || ready <= timeoutMs) return undefined
  return {
    confidence: 'likely',
    explanation: `It was ready ${duration(ready)} after its launch, and a start gives it ${duration(timeoutMs)}: it would be ended before that, each time.`,
    hint: readinessHint(timeoutMs, ready),
    supports: [`It was ready after ${duration(ready)}.`, `readiness.timeoutMs is ${timeoutMs}.`],
  }
}

/** When it first gave an answer that will do, or its own readiness passed. */
const readyAt = (run: RunEvidence): number | undefined => {
  if (run.readyAtMs !== null) return run.readyAtMs
  const listens = run.listening.find(({ listeners }) => listeners.some(({ port }) => port === run.given?.port))
  const first = run.requests.find((request) => isUsable(request))
  if (first === undefined) return undefined
  // between listening and the first question lies only the doctor's own pace
  const began = listens !== undefined && first === run.requests[0] ? Math.min(first.atMs, listens.atMs) : first.atMs
  return began + first.latencyMs
}

const tooSlow = (run: RunEvidence, service: ServiceFacts): Finding | undefined => {
  const { liveness, readiness } = service
  const last = run.requests.at(-1)
  if (liveness === null || readiness.kind !== 'http' || last === undefined || !isUsable(last)) return undefined
  const budget = silenceOf(liveness)
  const answers = answered(run)
  const probed = answers.filter(({ path }) => path === readiness.path)
  const always = probed.length > 1 && probed.every(({ latencyMs }) => latencyMs > liveness.timeoutMs)
  const slowest = answers.reduce<RequestEvidence>((one, other) => (other.latencyMs > one.latencyMs ? other : one), last)
  if (!always && slowest.latencyMs <= budget) return undefined
  const taken = `GET ${slowest.path} took ${duration(slowest.latencyMs)}`
  return {
    confidence: 'likely',
    explanation: always
      ? `Each answer to GET ${readiness.path} took longer than the ${duration(liveness.timeoutMs)} that a probe of it waits: it would be taken for dead after ${duration(budget)}.`
      : `${taken}, and it would be ended after ${duration(budget)} of silence (liveness: ${liveness.failureThreshold} × ${duration(liveness.timeoutMs)}, every ${duration(liveness.periodMs)}).`,
    hint: livenessHint(service, slowest.latencyMs),
    supports: [`${taken}, and was answered.`, `Silence that is allowed: ${duration(budget)}.`],
    contradicts: always ? [] : ['It may answer others meanwhile: only one question was asked at a time.'],
  }
}

/** As many probes in a row, each a period after the one before, the last given up at its end. */
const silenceOf = ({ periodMs, timeoutMs, failureThreshold }: NonNullable<ServiceFacts['liveness']>): number =>
  Math.max(0, failureThreshold - 1) * Math.max(periodMs, timeoutMs) + timeoutMs

/** Answers of an own choice that its readiness does not count; who must log in has a code of its own. */
const neverCounts = (run: RunEvidence, { readiness }: ServiceFacts): Finding | undefined => {
  const { status: range, path, timeoutMs } = readiness
  const asked = run.requests.filter((request) => request.path === path)
  const last = asked.at(-1)
  if (run.origin !== 'trial' || last === undefined || range === null || !isUsable(last)) return undefined
  const counts = asked.some(
    ({ status }) => status === null || (status >= range[0] && status <= range[1]) || [401, 403, 421].includes(status),
  )
  if (counts) return undefined
  return {
    confidence: 'likely',
    explanation: `GET ${path} is answered ${last.status}, and its readiness counts only ${range[0]} to ${range[1]}: a start would end it after ${duration(timeoutMs)}.`,
    hint: `Name a path that it has (\`readiness.path\`, --ready PATH), or let such an answer count: \`readiness.status: [100, 499]\`.`,
    supports: [`GET ${path}: ${last.status}.`, `readiness.status is [${range[0]}, ${range[1]}].`],
  }
}

const livenessHint = ({ liveness }: ServiceFacts, neededMs: number): string => {
  const timeoutMs = Math.max(2000, liveness?.timeoutMs ?? 0, inSeconds(2 * neededMs))
  const failureThreshold = Math.max(6, liveness?.failureThreshold ?? 0)
  return `Allow it more silence: \`liveness: { timeoutMs: ${timeoutMs}, failureThreshold: ${failureThreshold} }\` (--health-timeout ${timeoutMs} --health-failures ${failureThreshold}), or move its long work out of the event loop.`
}

const readinessHint = (givenMs: number, neededMs: number): string => {
  const enough = inSeconds(Math.max(2 * neededMs, givenMs, 10_000))
  return `Give it more time to start: \`readiness: { timeoutMs: ${enough} }\`, or leave that out (60 s).`
}

/** Milliseconds, up to the next whole second. */
const inSeconds = (ms: number): number => Math.ceil(ms / 1000) * 1000
