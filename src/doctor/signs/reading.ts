/** Questions that causes ask of the evidence, each answered once for all. Pure. */
import type { CauseCode } from '../../causes/codes.ts'
import { explainExit } from '../../causes/exit.ts'
import { causeInOutput, type NamedCause } from '../../causes/patterns.ts'
import type {
  Evidence,
  ExitEvidence,
  HolderEvidence,
  ListenerEvidence,
  ProcessEvidence,
  RequestEvidence,
  RunEvidence,
  TreeLook,
} from '../evidence.ts'

/**
 * The run that the verdict is about: the first that went wrong. A run in packaged surroundings counts only if the one in
 * the own surroundings went well; those with something set right are experiments, and never the patient.
 */
export const patientRun = (evidence: Evidence): RunEvidence | undefined => {
  const { runs } = evidence
  const observed = runs.filter(({ surroundings }) => surroundings.repaired === null)
  return observed.find((run) => !wentWell(run, evidence)) ?? observed[0]
}

/** The run in packaged surroundings, where the one in the own surroundings went well and this one did not. */
export const packagedOnly = (evidence: Evidence): RunEvidence | undefined => {
  const run = patientRun(evidence)
  return run?.surroundings.label === 'packaged' ? run : undefined
}

/** It lives, and the last question that it was asked got a usable answer from it; without an address: it lives. */
export const wentWell = (run: RunEvidence, { service }: Pick<Evidence, 'service'>): boolean => {
  if (run.notStarted !== null || endedUnasked(run) !== null) return false
  if (service?.port === 'none') return true
  const last = run.requests.at(-1)
  return last !== undefined && isUsable(last, service?.readiness.kind === 'tcp')
}

/** Answered, with a status below 500, by a listener that is not somebody else's. */
export const isUsable = (request: RequestEvidence, tcpWillDo = false): boolean => {
  if (request.owner === 'foreign') return false
  if (tcpWillDo) return request.outcome !== 'refused' && request.outcome !== 'connect-timeout' && request.outcome !== 'failed'
  return request.outcome === 'answered' && (request.status ?? 500) < 500
}

/** Its end, where nobody of us had asked for it. */
export const endedUnasked = ({ exit }: RunEvidence): ExitEvidence | null => (exit === null || exit.requested ? null : exit)

export const linesOf = ({ output }: RunEvidence): string[] => output.map(({ text }) => text)

/** What may speak of its end: whoever has listened, and was asked, went on after all that it had said before. */
export const lastWords = (run: RunEvidence): string[] => {
  const listened = run.listening.find(({ listeners }) => listeners.length > 0)
  const asked = reached(run).at(-1)
  const since = listened === undefined ? 0 : Math.max(listened.absentAtMs ?? 0, asked === undefined ? 0 : asked.atMs - exactMs)
  return run.output.filter(({ atMs }) => atMs >= since).map(({ text }) => text)
}

/** How exactly times of lines, of looks and of questions can be compared. */
const exactMs = 100

/** Whether a TCP socket of its tree, other than a debugger's, was ever seen in state LISTEN. */
export const everListened = (run: RunEvidence): boolean => run.listening.some(({ listeners }) => servers(listeners, run).length > 0)

/** What it listened on when it was last looked at; without a debugger's port. */
export const listensNow = (run: RunEvidence): readonly ListenerEvidence[] => servers(run.listening.at(-1)?.listeners ?? [], run)

const debuggerLine = /Debugger listening on ws:\/\/.*:(\d+)\//
/** Ports on which it said that its debugger listens. */
export const debuggerPorts = (run: RunEvidence): number[] =>
  linesOf(run).flatMap((line) => {
    const port = debuggerLine.exec(line)?.[1]
    return port === undefined ? [] : [Number(port)]
  })

const servers = (listeners: readonly ListenerEvidence[], run: RunEvidence): ListenerEvidence[] => {
  const ports = debuggerPorts(run)
  return listeners.filter(({ port }) => !ports.includes(port))
}

/** Requests that reached a listener (connected), whatever became of them. */
export const reached = ({ requests }: RunEvidence): RequestEvidence[] =>
  requests.filter(({ outcome }) => outcome !== 'refused' && outcome !== 'connect-timeout' && outcome !== 'failed')

export const answered = ({ requests }: RunEvidence): RequestEvidence[] => requests.filter(({ outcome }) => outcome === 'answered')

/** What its end says about its cause: what it said, its code, its signal. `wasReady` is left out: the doctor asks sooner. */
export const exitCause = (run: RunEvidence): CauseCode | null => {
  const exit = endedUnasked(run)
  if (exit === null) return null
  const { reason } = explainExit({
    code: exit.code,
    signal: exit.signal,
    tail: lastWords(run),
    port: run.given?.port ?? null,
    wasReady: false,
    endedByUs: null,
    oomKills: exit.oomKills,
  })
  // what is known of the file that ran says more than what a shell made of it
  return exit.reason !== null && fileCauses.has(exit.reason) ? exit.reason : reason
}

const fileCauses = new Set<CauseCode>(['WRONG_ARCHITECTURE', 'INTERPRETER_MISSING', 'CLAUDE_UNUSABLE'])

/** The cause that its output names at its end, or while it lives, and the line. */
export const named = (run: RunEvidence): NamedCause | undefined => causeInOutput(lastWords(run), run.exit?.code ?? null)

/** The last look at its processes. */
export const lastLook = ({ looks }: RunEvidence): TreeLook | undefined => looks.at(-1)

/** It runs still, as far as was seen. */
export const isAlive = (run: RunEvidence): boolean => run.pid !== null && (run.exit === null || run.exit.requested)

/** What became of the question to the address, as the window would ask: the first family that was open, else the first asked. */
export const dialled = ({ address }: Evidence): RequestEvidence | undefined => {
  const families = [address?.named, address?.ipv4, address?.ipv6].filter((family) => family !== null && family !== undefined)
  const asked = families.filter(({ request }) => request !== null)
  return (asked.find(({ tcp }) => tcp !== 'refused' && tcp !== 'unreachable') ?? asked[0])?.request ?? undefined
}

/** Whoever holds the listener that the window reaches. */
export const holderDialled = (evidence: Evidence): HolderEvidence | undefined => {
  const { address } = evidence
  const request = dialled(evidence)
  if (address === null || request === undefined) return undefined
  const exact = address.holders.find(({ listener }) => listener.address === request.host)
  const family = request.host.includes(':') ? 'ipv6' : 'ipv4'
  return exact ?? address.holders.find(({ listener }) => listener.family === family) ?? address.holders[0]
}

/** Holders of the dialled port that do not belong to the service. */
export const strangers = (evidence: Evidence): HolderEvidence[] =>
  (evidence.address?.holders ?? []).filter(
    (holder) => holder.relation !== 'ours' && holder.relation !== 'unknown' && !isNextRun(holder, evidence),
  )

/** Its supervisor has started the service again while it was looked at. */
const isNextRun = ({ process }: HolderEvidence, { subject, service }: Evidence): boolean =>
  subject === 'running' && service?.supervised?.supervisor === 'answers' && process?.ppid === service.supervised.supervisorPid

/** Where the window dials; null without an address. */
export const wanted = ({ address }: Evidence): { readonly host: string; readonly port: number } | null =>
  address && { host: address.host, port: address.port }

/** A Unix socket, or a pipe: the path stands for the host. */
export const isSocket = ({ host, port }: { readonly host: string; readonly port: number }): boolean =>
  port === 0 && (host.startsWith('/') || host.startsWith(String.raw`\\.\pipe`))

/** `127.0.0.1:8081`, `[::1]:8081`, `/run/app.sock` */
export const place = ({ host, port }: { readonly host: string; readonly port: number }): string =>
  isSocket({ host, port }) ? host : `${host.includes(':') ? `[${host}]` : host}:${port}`

export const placeOf = ({ address, port }: ListenerEvidence): string => place({ host: address, port })

/** `pid 4711 (node server.js)` */
export const whoIs = (process: ProcessEvidence | null): string => {
  if (process === null) return 'a process that cannot be seen'
  const words = (process.command || process.name).slice(0, 80)
  return `pid ${process.pid}${words === '' ? '' : ` (${words})`}`
}

/** `after 120 ms`, `after 3.2 s` */
export const after = (ms: number): string => `after ${duration(ms)}`
export const duration = (ms: number): string => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1).replace(/\.0$/, '')} s`)

/** `exited with code 1`, `was ended by SIGKILL` */
export const howEnded = ({ code, signal }: Pick<ExitEvidence, 'code' | 'signal'>): string =>
  signal === null ? `exited with code ${code}` : `was ended by ${signal}`

/** In single quotes for a POSIX shell, where it needs them. */
export const quoted = (text: string): string => (/^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`)

/** Somebody speaks TLS where the window dials. */
export const speaksTls = ({ address }: Evidence): boolean =>
  [address?.named, address?.ipv4, address?.ipv6].some((family) => family?.tls === true)

/** The window dials https. */
export const wantsTls = ({ address }: Evidence): boolean => address?.url.startsWith('https:') ?? false

/** The question of the window gets an answer that will do, as far as was seen last. */
export const answersNow = (evidence: Evidence): boolean => {
  const request = dialled(evidence) ?? patientRun(evidence)?.requests.at(-1)
  return request !== undefined && isUsable(request, evidence.service?.readiness.kind === 'tcp')
}

/** The backend answers as it should: whatever else looks odd is no cause. */
export const isWell = (evidence: Evidence): boolean => {
  const run = patientRun(evidence)
  return run === undefined ? answersNow(evidence) : wentWell(run, evidence)
}

/** The last question: of the run, else of the address; undefined where somebody else answers it than is meant. */
export const lastAsked = (evidence: Evidence): RequestEvidence | undefined => {
  const run = patientRun(evidence)
  const request = run?.requests.at(-1) ?? dialled(evidence)
  if (request === undefined || request.owner === 'foreign') return undefined
  if (request !== dialled(evidence) || (evidence.subject === 'address' && evidence.service === null)) return request
  const relation = holderDialled(evidence)?.relation ?? 'unknown'
  return relation === 'ours' || relation === 'unknown' ? request : undefined
}

/** A process that had listened and is gone, while the root that had started it lives. */
export const lostServer = (run: RunEvidence): ListenerEvidence | undefined => {
  const look = lastLook(run)
  if (look === undefined || !isAlive(run)) return undefined
  const there = new Set(look.processes.map(({ pid }) => pid))
  if (run.pid === null || !there.has(run.pid)) return undefined
  const ports = debuggerPorts(run)
  return run.listening
    .flatMap(({ atMs, listeners }) => (atMs <= look.atMs ? listeners : []))
    .find(({ pid, port }) => pid !== null && !there.has(pid) && !ports.includes(port))
}
