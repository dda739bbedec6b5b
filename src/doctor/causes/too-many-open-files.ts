import type { Cause, Finding } from '../cause.ts'
import type { Evidence, ProcessEvidence } from '../evidence.ts'
import { bindError, lineNaming } from '../signs/bind-error.ts'
import { holderDialled, isAlive, patientRun, wentWell, whoIs } from '../signs/reading.ts'
import { mute } from '../signs/silence.ts'

/** Node keeps a descriptor in reserve, and an accept needs one. */
const reserve = 2

export const tooManyOpenFiles: Cause = {
  code: 'TOO_MANY_OPEN_FILES',
  title: 'It may not open any more files or connections',
  find: (evidence) => {
    const ended = bindError(evidence, 'TOO_MANY_OPEN_FILES')
    if (ended?.confidence === 'certain') return finding('certain', ended.told, ended.supports, fullOne(evidence))
    const run = patientRun(evidence)
    if (run === undefined) return ofStranger(evidence)
    if (run.notStarted !== null || wentWell(run, evidence)) return undefined
    const line = ended?.line ?? (isAlive(run) ? lineNaming(run, 'TOO_MANY_OPEN_FILES') : undefined)
    const full = isAlive(run) ? fullOne(evidence) : undefined
    if (line === undefined || line === null) return full && finding('likely', `${usage(full)}.`, [], full)
    return finding(
      full === undefined ? 'likely' : 'certain',
      `${full === undefined ? '' : `${usage(full)}. `}It said: ${line}`,
      [`It said: ${line}`],
      full,
    )
  },
}

const isFull = ({ descriptors }: ProcessEvidence): boolean =>
  descriptors !== null && descriptors.limit > reserve && descriptors.open >= descriptors.limit - reserve

const fullOne = (evidence: Evidence): ProcessEvidence | undefined =>
  patientRun(evidence)
    ?.looks.flatMap(({ processes }) => processes)
    .find(isFull)

/** An address that does not answer, whose holder has no descriptor left. */
const ofStranger = (evidence: Evidence): Finding | undefined => {
  const process = mute(evidence) === undefined ? undefined : holderDialled(evidence)?.process
  return process != null && isFull(process) ? finding('likely', `${usage(process)}.`, [], process) : undefined
}

const usage = (process: ProcessEvidence): string =>
  `${whoIs(process)} has ${process.descriptors?.open} of ${process.descriptors?.limit} descriptors open`

const finding = (
  confidence: Finding['confidence'],
  explanation: string,
  supports: readonly string[],
  full: ProcessEvidence | undefined,
): Finding => ({
  confidence,
  explanation,
  hint: 'Close files, sockets and watchers that are not needed any more, or raise the limit (`ulimit -n 65536`) where it is started.',
  fix: 'ulimit -n 65536',
  supports: [...supports, ...(full === undefined ? [] : [`${usage(full)}.`])],
})
