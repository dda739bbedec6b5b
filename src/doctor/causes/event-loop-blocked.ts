/** It computes, or waits, where it should turn to the next connection. Pure. */
import type { Cause, Finding } from '../cause.ts'
import type { Evidence, RequestEvidence } from '../evidence.ts'
import { debuggerPorts, patientRun, place, quoted, whoIs } from '../signs/reading.ts'
import { type Hang, hang } from '../signs/silence.ts'

export const eventLoopBlocked: Cause = {
  code: 'EVENT_LOOP_BLOCKED',
  title: "The backend's event loop is blocked",
  find: (evidence) => {
    const found = hang(evidence)
    if (found?.silence === 'busy') return busy(found, evidence)
    return found?.silence === 'asleep' ? asleep(found, evidence) : undefined
  },
}

const busy = (found: Hang, evidence: Evidence): Finding => {
  const { confidence, listener } = found
  const server = found.process
  const cpu = server?.cpuPercent ?? null
  return {
    confidence,
    explanation: `${whoIs(server)} computes${cpu === null || cpu < 5 ? '' : ` (${Math.round(cpu)} % of a core)`} and answers nothing on ${place(found.request)}: its event loop has been blocked since GET ${suspect(evidence, found.request)}.`,
    hint: `Move the long work behind GET ${suspect(evidence, found.request)} out of the event loop: worker threads, smaller steps, streams instead of whole files. A restart frees it until it is asked again.`,
    fix: restart(evidence),
    supports: facts(found),
    contradicts: cpu !== null && cpu < 5 && (listener?.acceptQueue ?? 0) > 0 ? ['It has hardly used the processor meanwhile.'] : [],
  }
}

const asleep = (found: Hang, evidence: Evidence): Finding => {
  const { others, confidence } = found
  const server = found.process
  const wait = server?.wchan ? ` in ${server.wchan}` : ''
  const run = patientRun(evidence)
  const paused = run !== undefined && debuggerPorts(run).length > 0
  const children = others.slice(0, 3).map(whoIs)
  const forWhom = children.length === 0 ? '' : ` Below it runs ${children.join(', ')}.`
  return {
    confidence,
    explanation: `${whoIs(server)} takes no connections on ${place(found.request)} and computes nothing: it sleeps${wait}, blocked by a call that waits.${forWhom}`,
    hint: paused
      ? 'A debugger is open: let it go on. Else replace what blocks the event loop (execSync, spawnSync, Atomics.wait, a lock) by what does not.'
      : `Replace what blocks its event loop behind GET ${suspect(evidence, found.request)} (execSync, spawnSync, Atomics.wait, a lock, reading a pipe) by its asynchronous counterpart${children.length === 0 ? '' : ', and see why what it waits for does not end'}.`,
    fix: restart(evidence),
    supports: [...facts(found), ...children.map((child) => `It has started ${child}.`)],
  }
}

/** The first question that was not answered: later ones only wait behind it. */
const suspect = (evidence: Evidence, request: RequestEvidence): string =>
  patientRun(evidence)?.requests.find(({ outcome }) => outcome === 'no-answer')?.path ?? request.path

/** Frees it until the next such question. */
const restart = ({ service }: Evidence): string | undefined =>
  service?.supervised ? `jarvis-supervise restart ${quoted(service.name)}` : undefined

const facts = ({ request, listener, ...found }: Hang): string[] => [
  `GET ${request.path}: ${request.outcome} within ${Math.round(request.latencyMs)} ms.`,
  ...(listener === null || listener.acceptQueue < 0 ? [] : [`Connections that wait to be accepted: ${listener.acceptQueue}.`]),
  ...(found.process === null
    ? []
    : [
        `Pid ${found.process.pid} is in state ${found.process.state || 'unknown'}${found.process.cpuPercent === null ? '' : ` and uses ${Math.round(found.process.cpuPercent)} % of a core`}.`,
      ]),
]
