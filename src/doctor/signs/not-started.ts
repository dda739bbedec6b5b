/** What a refusal or a failed launch says about its cause. It is proof: what was to be started was looked at. Pure. */
import type { Evidence, RunEvidence } from '../evidence.ts'
import { whereabouts } from './said.ts'
import type { Told } from './told.ts'

export const refused = (run: RunEvidence, evidence: Evidence): Told | undefined => {
  const { notStarted } = run
  if (notStarted === null || notStarted.cause === null) return undefined
  const { cause, message, facts } = notStarted
  const launched = facts?.errorCode
  return {
    cause,
    by: 'refusal',
    run,
    line: null,
    confidence: 'certain',
    explanation: `${whereabouts(evidence, run)}${message}`,
    supports: [
      launched ? `The system did not start it: ${launched}.` : `It was refused before the launch (${notStarted.code}).`,
      ...(facts === null ? [] : [`It was to be started as ${facts.command} in ${facts.cwd}.`]),
    ],
    contradicts: [],
  }
}

/** The file that was to be started, where that is known. */
export const fileOf = (run: RunEvidence): string | undefined => {
  const facts = run.notStarted?.facts
  return facts?.file ?? facts?.command ?? undefined
}
