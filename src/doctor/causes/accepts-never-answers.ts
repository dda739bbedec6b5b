/** It takes each connection, and no answer comes: it waits for something, or closes without a word. Pure. */
import type { Cause, Finding } from '../cause.ts'
import type { Evidence, ProcessEvidence, RequestEvidence } from '../evidence.ts'
import { baseName } from '../signs/paths.ts'
import { dialled, endedUnasked, lastAsked, lostServer, patientRun, place, reached, speaksTls, whoIs } from '../signs/reading.ts'
import { type Hang, hang } from '../signs/silence.ts'

export const acceptsNeverAnswers: Cause = {
  code: 'ACCEPTS_NEVER_ANSWERS',
  title: 'The backend takes connections and never answers',
  find: (evidence) => {
    const found = hang(evidence)
    if (found !== undefined) return found.silence === 'idle' ? idle(found, evidence) : undefined
    return closes(evidence)
  },
}

const idle = (found: Hang, evidence: Evidence): Finding => {
  const { request, listener, others, confidence } = found
  const server = found.process
  const waitsFor = others.map(whoIs).slice(0, 3)
  const claude = others.find(isClaude)
  const pid = server?.pid
  const elsewhere = (server?.cpuPercent ?? 0) >= 60 ? ', while another of its threads computes' : ''
  const began = request.bytes > 0 ? ` (${request.bytes} bytes of an answer came)` : ''
  return {
    // who has begun to answer may be slow, and not lost
    confidence: confidence === 'certain' && request.bytes > 0 ? 'likely' : confidence,
    explanation: `${whoIs(server)} takes connections on ${place(request)}, its event loop turns${elsewhere}, and GET ${request.path} has no answer after ${Math.round(request.latencyMs)} ms${began}: its handler waits for something that does not come${waitsFor.length === 0 ? '' : `, maybe for ${waitsFor.join(', ')}`}.`,
    hint:
      claude === undefined
        ? `See what the handler of GET ${request.path} waits for: a promise that nobody settles, an answer that is never ended${waitsFor.length === 0 ? '' : ', or what it has started'}. Give it a deadline.${looking(pid, evidence)}`
        : `${whoIs(claude)} may wait for input: close its stdin, run \`claude -p\` with all it needs (login, permissions), and give it a deadline.`,
    supports: [
      `GET ${request.path}: ${request.outcome}.`,
      ...(listener === null || listener.acceptQueue < 0 ? [] : [`Connections that wait to be accepted: ${listener.acceptQueue}.`]),
      ...(server === null || server.cpuPercent === null ? [] : [`Pid ${server.pid} uses ${Math.round(server.cpuPercent)} % of a core.`]),
      ...waitsFor.map((child) => `It has started ${child}.`),
    ],
  }
}

/** How to see what it has started, and where that waits. */
const looking = (pid: number | undefined, { machine }: Evidence): string =>
  pid !== undefined && machine.platform === 'linux' ? ` To look: ps -o pid,stat,wchan:20,etime,args --pid ${pid} --ppid ${pid}` : ''

const isClaude = ({ name, command }: ProcessEvidence): boolean =>
  baseName(name) === 'claude' || /(?:^|[\\/\s])claude(?:\.exe)?(?:\s|$)|claude-code/.test(command)

/** There is no hang, and no answer either. */
const closes = (evidence: Evidence): Finding | undefined => {
  const request = lastAsked(evidence)
  if (request === undefined || evidence.service?.readiness.kind === 'tcp' || speaksTls(evidence)) return undefined
  const run = patientRun(evidence)
  if (run !== undefined && (endedUnasked(run) !== null || lostServer(run) !== undefined)) return undefined
  const asked = [...(run === undefined ? [] : reached(run)), ...reachedAt(evidence)]
  if (request.outcome !== 'closed' || !asked.every(({ outcome }) => outcome === 'closed')) return undefined
  return {
    confidence: 'likely',
    explanation: `It closes each connection to ${place(request)} without an answer, and lives on.`,
    hint: `See what closes the socket of GET ${request.path}: a filter by address or Host, a limit of connections, a handler that destroys it; or another protocol is spoken on port ${request.port}. To look: curl -v http://${place(request)}${request.path}`,
    supports: [
      `Questions: ${asked.length}; each was closed without an answer${request.error === null ? '' : ` (${request.error})`}.`,
      'It does not end of it.',
    ],
  }
}

const reachedAt = (evidence: Evidence): RequestEvidence[] => {
  const request = dialled(evidence)
  return request === undefined || request.outcome === 'refused' || request.outcome === 'failed' || request.outcome === 'connect-timeout'
    ? []
    : [request]
}
