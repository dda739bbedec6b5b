/** It was stopped, and nobody let it go on. Pure. */
import type { Cause, Finding } from '../cause.ts'
import type { Evidence, ProcessEvidence } from '../evidence.ts'
import { everListened, isAlive, lastLook, patientRun, place, whoIs } from '../signs/reading.ts'
import { hang } from '../signs/silence.ts'

export const processSuspended: Cause = {
  code: 'PROCESS_SUSPENDED',
  title: 'The backend is suspended',
  find: (evidence) => {
    const found = hang(evidence)
    if (found === undefined) return suspendedBefore(evidence)
    const { request, listener, silence, confidence } = found
    const server = found.process
    if (silence !== 'suspended' || server === null) return undefined
    return finding(server, confidence, `so nothing on ${place(request)} answers`, [
      `GET ${request.path}: ${request.outcome}.`,
      ...(listener !== null && listener.acceptQueue > 0 ? [`Connections that wait to be accepted: ${listener.acceptQueue}.`] : []),
    ])
  },
}

/** Before it listened: a process of a terminal that reads from it in the background, for one. */
const suspendedBefore = (evidence: Evidence): Finding | undefined => {
  const run = patientRun(evidence)
  const look = run && lastLook(run)
  if (run === undefined || !look || !isAlive(run) || everListened(run) || look.listeners.length > 0) return undefined
  const [root] = look.processes
  const server = look.processes.find(({ state }) => state === 'T' || state === 't')
  if (server === undefined || evidence.service?.port === 'none') return undefined
  return finding(server, server === root ? 'certain' : 'likely', 'and has not listened yet', ['Nothing of it listens.'])
}

const finding = (server: ProcessEvidence, confidence: Finding['confidence'], consequence: string, supports: readonly string[]): Finding => {
  const traced = server.state === 't'
  return {
    confidence,
    explanation: `${whoIs(server)} is stopped${traced ? ' by a debugger' : ''} (state ${server.state}), ${consequence}.`,
    hint: traced
      ? `Let the debugger of pid ${server.pid} go on, or detach it (TracerPid in /proc/${server.pid}/status names it).`
      : `Let it go on: kill -CONT ${server.pid}. Then find out who had stopped it: SIGSTOP, Ctrl-Z, or reading from a terminal in the background.`,
    fix: traced ? undefined : `kill -CONT ${server.pid}`,
    supports: [`Pid ${server.pid} is in state ${server.state}${server.wchan === '' ? '' : `, in ${server.wchan}`}.`, ...supports],
  }
}
