/** It has closed its server and lives on: open connections keep it from ending. Pure. */
import type { Cause } from '../cause.ts'
import {
  answered,
  debuggerPorts,
  endedUnasked,
  everListened,
  isAlive,
  isUsable,
  lastLook,
  lostServer,
  patientRun,
  quoted,
  whoIs,
} from '../signs/reading.ts'

export const halfClosedShutdown: Cause = {
  code: 'HALF_CLOSED_SHUTDOWN',
  title: 'The backend has closed its server and does not end',
  find: (evidence) => {
    const run = patientRun(evidence)
    const look = run && lastLook(run)
    if (run === undefined || !look || !isAlive(run) || endedUnasked(run) !== null || lostServer(run) !== undefined) return undefined
    if (evidence.address?.canTell === false) return undefined
    const ports = debuggerPorts(run)
    if (look.listeners.some(({ port }) => !ports.includes(port)) || look.processes.length === 0) return undefined
    const supervised = evidence.service?.supervised
    const state = supervised?.supervisor === 'answers' ? supervised.state : undefined
    const listened = everListened(run) || run.looks.some(({ listeners }) => listeners.length > 0)
    const { established } = look
    if (!listened && state !== 'ready' && state !== 'stopping') return undefined
    if (established === 0 && answered(run).length === 0 && state === undefined) return undefined
    const last = run.requests.at(-1)
    if (evidence.service?.port === 'none' || (last !== undefined && (isUsable(last) || last.outcome === 'answered'))) return undefined
    const root = look.processes[0] ?? null
    const told = state === 'stopping'
    return {
      confidence: told && established > 0 ? 'certain' : 'likely',
      explanation: `${whoIs(root)} lives and has closed its server${established > 0 ? `; ${established} open ${established === 1 ? 'connection keeps' : 'connections keep'} it` : ''}${told ? ', and its supervisor is stopping it' : ''}. New connections are refused.`,
      hint: 'In the handler of SIGTERM, and wherever server.close() is called, call server.closeAllConnections() as well, end streams such as server-sent events, and exit after a deadline: setTimeout(() => process.exit(0), 3000).unref().',
      fix: supervised ? `jarvis-supervise restart ${quoted(evidence.service?.name ?? '')}` : undefined,
      supports: [
        listened ? 'It has listened, and listens on nothing now.' : `Its supervisor calls it ${state}, and it listens on nothing.`,
        `Open connections of its ports: ${established}.`,
        ...(told ? ['Its supervisor says that it is stopping.'] : []),
      ],
    }
  },
}
