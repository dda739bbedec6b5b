/**
 * Decides the verdict: walks a request's way from the search for the executable to the rules of browsers, and stops at
 * the first link that is broken. Pure: never looks, never waits; the same evidence has the same verdict everywhere.
 */
import type { CauseCode } from '../causes/codes.ts'
import { catalogue } from './catalogue.ts'
import type { Cause, Finding } from './cause.ts'
import type { Evidence, RequestEvidence, RunEvidence } from './evidence.ts'
import { again, sameAgain } from './signs/again.ts'
import { finalWords } from './signs/asides.ts'
import {
  dialled,
  endedUnasked,
  everListened,
  howEnded,
  isUsable,
  lastLook,
  linesOf,
  listensNow,
  packagedOnly,
  patientRun,
  place,
  placeOf,
  speaksTls,
  wantsTls,
  wentWell,
  whoIs,
} from './signs/reading.ts'
import { restless } from './signs/restless.ts'

export interface Diagnosis {
  readonly code: CauseCode | 'HEALTHY' | 'UNKNOWN'
  readonly title: string
  readonly finding: Finding
  /** All that the evidence speaks for, in the order of the way; the verdict among them, if it is a cause. */
  readonly found: readonly Found[]
}

export interface Found {
  readonly cause: Cause
  readonly finding: Finding
}

export const judge = (evidence: Evidence, causes: readonly Cause[] = catalogue): Diagnosis => {
  const found = causes.flatMap((cause) => {
    const finding = cause.find(evidence)
    return finding === undefined ? [] : [{ cause, finding: honest(finding) }]
  })
  const broken = found.find(({ finding }) => finding.confidence !== 'possible')
  if (broken !== undefined) return verdict(broken, found, evidence)
  // what is merely possible is no reason to call ill what works
  if (isHealthy(evidence)) return healthy(evidence, found)
  const [first] = found
  return first === undefined ? unknown(evidence) : verdict(first, found, evidence)
}

const verdict = ({ cause, finding }: Found, found: readonly Found[], evidence: Evidence): Diagnosis => ({
  code: cause.code,
  title: cause.title,
  finding: { ...finding, explanation: `${whereIn(finding, evidence)}${finding.explanation}` },
  found,
})

/** That all is well in its own surroundings is half of the story. */
const whereIn = ({ explanation }: Finding, evidence: Evidence): string =>
  packagedOnly(evidence) === undefined || /packaged/i.test(explanation) ? '' : 'Only in the surroundings of a packaged app: '

/** What something speaks against, or nothing for, is not certain. */
const honest = (finding: Finding): Finding => {
  const doubted = (finding.contradicts?.length ?? 0) > 0 || finding.supports.length === 0
  return finding.confidence === 'certain' && doubted ? { ...finding, confidence: 'likely' } : finding
}

const isHealthy = (evidence: Evidence): boolean => {
  if (evidence.subject === 'package') return evidence.archive?.findings.every(({ severity }) => severity !== 'fail') ?? false
  const run = patientRun(evidence)
  if (run !== undefined && (run.notStarted !== null || endedUnasked(run) !== null)) return false
  // plain questions find no answer there, and are not what the window asks
  if (wantsTls(evidence)) return speaksTls(evidence)
  if (run !== undefined) return wentWell(run, evidence) && isReady(run, evidence)
  if (evidence.service?.port === 'none') return evidence.service.supervised?.state === 'ready'
  const request = dialled(evidence)
  return request !== undefined && isUsable(nobodysIn(evidence, request), evidence.service?.readiness.kind === 'tcp')
}

/** Where no service is known, whoever answers is who was meant. */
const nobodysIn = ({ subject, service }: Evidence, request: RequestEvidence): RequestEvidence =>
  subject === 'address' && service === null ? { ...request, owner: 'unknown' } : request

/** What listens on nothing is ready when it says so itself. */
const isReady = (run: RunEvidence, { service }: Evidence): boolean =>
  service?.port !== 'none' || run.origin !== 'trial' || service.readiness.kind === 'none' || run.readyAtMs !== null

const healthy = (evidence: Evidence, found: readonly Found[]): Diagnosis => ({
  code: 'HEALTHY',
  title: evidence.subject === 'package' ? 'Nothing speaks against a start' : 'The backend answers',
  finding: { confidence: 'certain', explanation: healthyWords(evidence), hint: '', supports: [] },
  found,
})

const healthyWords = (evidence: Evidence): string => {
  if (evidence.subject === 'package') return `Nothing in ${evidence.archive?.dir ?? 'the app'} speaks against a start.`
  const url = evidence.address?.url
  if (wantsTls(evidence)) return `${url} speaks TLS.`
  const request = patientRun(evidence)?.requests.at(-1) ?? dialled(evidence)
  if (request === undefined) return 'It runs.'
  const answers = request.status === null ? 'takes connections' : `answers ${request.status}`
  return `${url ?? place(request)} ${answers} in ${Math.round(request.latencyMs)} ms.`
}

const unknown = (evidence: Evidence): Diagnosis =>
  evidence.subject === 'address' && evidence.address === null ? unseen(evidence) : unexplained(evidence)

/** It has no address yet, and was not to be tried. */
const unseen = (evidence: Evidence): Diagnosis => ({
  code: 'UNKNOWN',
  title: 'Nothing was seen of it',
  finding: {
    confidence: 'possible',
    explanation: `${evidence.service?.name ?? 'The service'} does not run, takes any port that is free, and was not to be tried: there is nothing to look at.`,
    hint: 'Let the doctor try it (without --no-trial), start it, or name the address that the window dials: --url, --port.',
    fix: sameAgain(evidence).replace(' --no-trial', ''),
    supports: [],
  },
  found: [],
})

const unexplained = (evidence: Evidence): Diagnosis => ({
  code: 'UNKNOWN',
  title: 'No known cause fits',
  finding: {
    confidence: 'possible',
    explanation: `${againAndAgain(evidence)}Something is wrong, and the evidence fits no cause that is known. It got as far as this: ${stageOf(evidence).words}.`,
    hint: `Nearest are ${stageOf(evidence).nearest.join(', ')}. Read its last lines; with --bundle the doctor writes all that was seen, without secrets, for a report.`,
    fix: again(evidence, '--bundle doctor.json'),
    supports: factsOf(evidence),
  },
  found: [],
})

const againAndAgain = ({ service }: Evidence): string => {
  const often = service?.supervised == null ? undefined : restless(service.supervised)
  return often === undefined ? '' : `It ends again and again: ${often}. `
}

interface Stage {
  /** A clause. */
  readonly words: string
  readonly nearest: readonly CauseCode[]
}

/** How far the question came. */
const stageOf = (evidence: Evidence): Stage => {
  const run = patientRun(evidence)
  const request = run?.requests.at(-1) ?? dialled(evidence)
  if (evidence.subject === 'package')
    return { words: 'the package was looked at', nearest: ['ENTRY_MISSING', 'DEPENDENCY_MISSING', 'PATH_INSIDE_ASAR'] }
  if (run !== undefined && run.notStarted !== null)
    return { words: 'it was not started', nearest: ['COMMAND_NOT_FOUND', 'CWD_MISSING', 'NOT_EXECUTABLE'] }
  if (run !== undefined && endedUnasked(run) !== null) {
    // nobody has watched it from its launch
    if (run.origin === 'supervised' && !everListened(run))
      return { words: 'it ran, and ended', nearest: ['CRASHED_ON_REQUEST', 'EXITED_BEFORE_LISTENING', 'KILLED_BY_OOM'] }
    return everListened(run)
      ? { words: 'it listened, and ended', nearest: ['CRASHED_ON_REQUEST', 'KILLED_BY_OOM', 'KILLED_BY_SUPERVISOR'] }
      : { words: 'it ended before it listened', nearest: ['EXITED_BEFORE_LISTENING', 'ENVIRONMENT_INCOMPLETE', 'DEPENDENCY_MISSING'] }
  }
  if (request === undefined || request.outcome === 'refused') {
    const words = run === undefined ? 'nobody listens there' : 'it lives, and nobody listens where it was asked'
    return { words, nearest: ['NOTHING_LISTENS', 'LISTENS_ON_OTHER_PORT', 'HALF_CLOSED_SHUTDOWN'] }
  }
  if (request.owner === 'foreign')
    return { words: 'somebody else answers', nearest: ['PORT_TAKEN', 'FOREIGN_SERVER_ANSWERS', 'LISTENER_SHADOWED'] }
  if (request.outcome === 'connect-timeout')
    return { words: 'a connection is not made', nearest: ['ACCEPT_QUEUE_FULL', 'FIREWALL', 'NETWORK_NAMESPACE'] }
  if (request.outcome === 'failed')
    return {
      words: `a connection fails with ${request.error ?? 'an error'}`,
      nearest: ['FIREWALL', 'ADDRESS_NOT_AVAILABLE', 'LOCALHOST_UNRESOLVABLE'],
    }
  if (request.outcome !== 'answered')
    return { words: 'it takes the connection and does not answer', nearest: ['EVENT_LOOP_BLOCKED', 'ACCEPTS_NEVER_ANSWERS', 'NOT_HTTP'] }
  return { words: `it answers ${request.status ?? ''}`.trim(), nearest: ['SERVER_ERROR', 'KILLED_BY_SUPERVISOR', 'READY_LINE_MISSED'] }
}

const factsOf = (evidence: Evidence): string[] => {
  const run = patientRun(evidence)
  const request = run?.requests.at(-1) ?? dialled(evidence)
  const exit = run && endedUnasked(run)
  const root = run && lastLook(run)?.processes[0]
  const listeners = run === undefined ? [] : listensNow(run)
  const supervised = evidence.service?.supervised ?? null
  const often = supervised === null ? undefined : restless(supervised)
  return [
    ...(run?.notStarted ? [`It was not started: ${run.notStarted.message}`] : []),
    ...(exit ? [`It ${howEnded(exit)}.`] : []),
    ...(!exit && root ? [`${whoIs(root)} lives, in state ${root.state || 'unknown'}.`] : []),
    ...(listeners.length === 0 ? [] : [`It listens on ${listeners.map(placeOf).join(', ')}.`]),
    ...(request === undefined
      ? []
      : [`GET ${request.path} on ${place(request)}: ${request.outcome} ${request.status ?? request.error ?? ''}`.trim()]),
    ...(supervised === null ? [] : [`Its supervisor calls it ${supervised.state}.`]),
    ...(often === undefined ? [] : [`It had ${often}.`]),
    ...lastSaid(run).map((text) => `It said: ${text.slice(0, 200)}`),
  ]
}

/** Of one that has ended the line that tells of what; else the last ones. */
const lastSaid = (run: RunEvidence | undefined): readonly string[] => {
  const lines = run === undefined ? [] : linesOf(run)
  const words = run === undefined || endedUnasked(run) === null ? undefined : finalWords(lines)
  return words === undefined ? lines.slice(-3) : [words]
}
