/** Decides why somebody who listens does not answer: by what he waits for, and by who waits for him. Pure. */
import type { Evidence, ListenerEvidence, ProcessEvidence, RequestEvidence, RunEvidence } from '../evidence.ts'
import { dialled, endedUnasked, holderDialled, isUsable, patientRun, speaksTls, wentWell } from './reading.ts'

/** Somebody who listens where the window dials, and does not answer. */
export interface Mute {
  readonly request: RequestEvidence
  /** Whose listener it is; null: not known. */
  readonly process: ProcessEvidence | null
  readonly listener: ListenerEvidence | null
  /** What descends from it, as far as seen. */
  readonly others: readonly ProcessEvidence[]
}

/** A question that got no whole answer, or not even a connection, with what was seen of the listener meanwhile. */
export const mute = (evidence: Evidence): Mute | undefined => {
  const run = patientRun(evidence)
  if (run !== undefined && endedUnasked(run) !== null) return undefined
  return (run && muteIn(run)) ?? muteAt(evidence)
}

const isMute = ({ outcome }: RequestEvidence): boolean => outcome === 'no-answer' || outcome === 'connect-timeout'

/** Of those at the end that had no answer: the last may have had less patience than those before. */
const longestWait = (requests: readonly RequestEvidence[]): RequestEvidence => {
  const since = requests.findLastIndex((request) => !isMute(request)) + 1
  return requests.slice(since).reduce((longest, request) => (request.latencyMs > longest.latencyMs ? request : longest))
}

const muteIn = (run: RunEvidence): Mute | undefined => {
  // one that was slow once, and answered afterwards, is not mute
  const last = run.requests.at(-1)
  if (last === undefined || !isMute(last) || last.owner === 'foreign') return undefined
  const request = longestWait(run.requests)
  const look = run.looks.findLast(({ why }) => why === 'no-answer') ?? run.looks.at(-1)
  if (look === undefined) return { request, process: null, listener: null, others: [] }
  const listener = look.listeners.find(({ port }) => port === request.port) ?? null
  const process = look.processes.find(({ pid }) => pid === listener?.pid) ?? look.processes[0] ?? null
  return { request, process, listener, others: look.processes.filter((other) => other !== process) }
}

const muteAt = (evidence: Evidence): Mute | undefined => {
  const request = dialled(evidence)
  if (request === undefined || !isMute(request)) return undefined
  const holder = holderDialled(evidence)
  return { request, process: holder?.process ?? null, listener: holder?.listener ?? null, others: [] }
}

/** Why somebody who listens does not answer. */
export type Silence =
  | 'suspended'
  | 'uninterruptible'
  | 'output-full'
  | 'queue-full'
  /** Its loop computes. */
  | 'busy'
  /** Its loop sleeps elsewhere than where it waits for connections. */
  | 'asleep'
  /** Its loop turns, and the answer does not come. */
  | 'idle'

export interface Hang extends Mute {
  readonly silence: Silence
  readonly confidence: 'certain' | 'likely' | 'possible'
}

/** What keeps the one who listens from answering. One reason at most, so that the causes that are found by it exclude each other. */
export const hang = (evidence: Evidence): Hang | undefined => {
  const run = patientRun(evidence)
  // it has answered all that it was asked; who asked once more may have had less patience
  if (run !== undefined && wentWell(run, evidence)) return undefined
  const found = mute(evidence)
  if (found === undefined || speaksTls(evidence) || isAnothers(found, evidence) || answersAfterAll(evidence)) return undefined
  const seen = silenceOf(found, (run?.requests ?? []).filter(isMute).length)
  if (seen === undefined) return undefined
  const { silence, confidence } = fills(seen, evidence) ?? seen
  const isShort = found.request.latencyMs < shortMs && (silence === 'idle' || silence === 'asleep')
  return { ...found, silence, confidence: isShort && confidence === 'certain' ? 'likely' : confidence }
}

/** Who is silent for no longer than that may be slow. */
const shortMs = 3000

/** Asked from outside, after all else, it takes no connection any more: its queue has filled meanwhile. */
const fills = ({ silence }: Seen, evidence: Evidence): Seen | undefined => {
  const isBlocked = silence === 'busy' || silence === 'asleep'
  const queue = holderDialled(evidence)?.listener.acceptQueue ?? 0
  return isBlocked && dialled(evidence)?.outcome === 'connect-timeout' && queue > 0
    ? { silence: 'queue-full', confidence: 'certain' }
    : undefined
}

/** Asked from outside, after all else. */
const answersAfterAll = (evidence: Evidence): boolean => {
  const request = dialled(evidence)
  return request !== undefined && request.owner === 'ours' && isUsable(request)
}

/** The listener of somebody else is examined only where nobody is known whose it should be. */
const isAnothers = ({ request }: Mute, evidence: Evidence): boolean => {
  const holder = request === dialled(evidence) ? holderDialled(evidence) : undefined
  if (holder?.accepts === false && holder.adopted) return true
  if (evidence.subject === 'address' && evidence.service === null) return false
  return request.owner === 'foreign' || (holder !== undefined && holder.relation !== 'ours' && holder.relation !== 'unknown')
}

/** Where the kernel lets a writer wait for its reader. */
const writes = /^(?:sock_alloc_send_pskb|sock_wait_for_wmem|unix_stream_sendmsg|(?:anon_)?pipe_(?:write|wait_writable)|(?:n_)?tty_write)/
const polls = /^(?:do_epoll_p?wait|ep_poll)/

type Seen = Pick<Hang, 'silence' | 'confidence'>

const silenceOf = ({ request, listener, others, ...found }: Mute, mutes: number): Seen | undefined => {
  const { state = '', wchan = '', cpuPercent: cpu = null } = found.process ?? {}
  const queue = listener?.acceptQueue ?? -1
  if (state === 'T' || state === 't') return { silence: 'suspended', confidence: listener === null ? 'likely' : 'certain' }
  if (state === 'D') return { silence: 'uninterruptible', confidence: 'likely' }
  if (state === 'S' && writes.test(wchan)) return { silence: 'output-full', confidence: listener === null ? 'likely' : 'certain' }
  const computes = state === 'R' || (cpu ?? 0) >= 60
  if (request.outcome === 'connect-timeout') {
    if (queue > 0) return { silence: 'queue-full', confidence: 'certain' }
    return queue < 0 && computes && listener !== null ? { silence: 'queue-full', confidence: 'likely' } : undefined
  }
  if (queue > 0) {
    // it wants to compute and hardly gets to: who starves is not blocked
    if (computes) return { silence: 'busy', confidence: cpu !== null && cpu < 5 ? 'possible' : 'certain' }
    return { silence: 'asleep', confidence: found.process === null ? 'possible' : 'likely' }
  }
  // a thread of its own may compute while the loop turns
  const inLoop = computes && !(state === 'S' && polls.test(wchan)) && (cpu === null || cpu >= 20)
  if (inLoop) return { silence: 'busy', confidence: queue === 0 && (cpu ?? 0) >= 60 ? 'certain' : 'likely' }
  const idles = cpu !== null && cpu < 5
  if (queue < 0) return found.process === null ? undefined : { silence: 'idle', confidence: idles ? 'likely' : 'possible' }
  // a handler that waits without letting go of the loop looks the same until a second connection is left waiting
  const turns = mutes > 1 || (polls.test(wchan) && others.length === 0 && request.owner === 'ours')
  if (found.process === null) return { silence: 'idle', confidence: 'possible' }
  // one that wants to compute and may not looks idle, too
  if (state === 'R') return { silence: 'idle', confidence: 'possible' }
  return { silence: 'idle', confidence: idles && turns ? 'certain' : 'likely' }
}
