import type { Cause, Finding } from '../cause.ts'
import type { Evidence, RunEvidence } from '../evidence.ts'
import { announcement, firstMatch } from '../signs/announced.ts'
import { listenedOn, target } from '../signs/listeners.ts'
import { duration, patientRun } from '../signs/reading.ts'

/** How exactly times of lines and of listeners can be compared. */
const exactMs = 100
/** Nobody is misled by less. */
const misleadingMs = 1000

export const readyBeforeListening: Cause = {
  code: 'READY_BEFORE_LISTENING',
  title: 'It says that it is ready before it listens',
  find: (evidence) => {
    const run = patientRun(evidence)
    const at = target(evidence)
    const listened = run && at && listenedOn(run, at.port)
    if (run === undefined || at === null || !listened) return undefined
    // it may have begun to listen right after the last look that did not show it
    return byReadiness(run, listened.absentAtMs, evidence) ?? byAnnouncement(run, at.port, listened.absentAtMs, evidence)
  },
}

/** Readiness is taken from what it says. */
const byReadiness = (run: RunEvidence, listenedAtMs: number, { service }: Evidence): Finding | undefined => {
  const { kind, pattern = null } = service?.readiness ?? {}
  if (kind !== 'ipc' && kind !== 'log') return undefined
  const line = pattern === null ? undefined : firstMatch(run, pattern)
  const readyAtMs = line?.atMs ?? run.readyAtMs
  if (readyAtMs === null || listenedAtMs - readyAtMs <= exactMs) return undefined
  const what = line === undefined ? 'it said that it is ready' : `the line that stands for its readiness: ${line.text.slice(0, 200)}`
  return finding('certain', what, readyAtMs, listenedAtMs)
}

const byAnnouncement = (run: RunEvidence, port: number, listenedAtMs: number, { service }: Evidence): Finding | undefined => {
  // whoever waits for another line is not misled by this one
  const { kind, pattern = null } = service?.readiness ?? {}
  if (kind === 'log' && pattern !== null && firstMatch(run, pattern) !== undefined) return undefined
  const line = announcement(run, port)
  if (line === undefined || listenedAtMs - line.atMs <= misleadingMs) return undefined
  return finding('likely', `the line ${JSON.stringify(line.text.trim().slice(0, 200))}`, line.atMs, listenedAtMs)
}

const finding = (confidence: Finding['confidence'], what: string, saidAtMs: number, listenedAtMs: number): Finding => ({
  confidence,
  explanation: `It listens only ${duration(listenedAtMs - saidAtMs)} after ${what}. Who believes that is refused until then.`,
  hint: "Say so in the callback of listen, when the port is open: server.listen(port, host, () => console.log('listening …')). Or let readiness ask the port (kind 'http'), which is the default.",
  supports: [`It said so at ${duration(saidAtMs)}: ${what}.`, `It was first seen to listen at ${duration(listenedAtMs)}.`],
})
