import { spokenError } from '../../causes/first-error.ts'
import type { Cause, Finding } from '../cause.ts'
import type { Evidence, ExitEvidence, RunEvidence } from '../evidence.ts'
import { finalWords } from '../signs/asides.ts'
import { endCause } from '../signs/bind-error.ts'
import { after, endedUnasked, everListened, howEnded, linesOf, named, packagedOnly, patientRun, reached } from '../signs/reading.ts'

export const exitedBeforeListening: Cause = {
  code: 'EXITED_BEFORE_LISTENING',
  title: 'The backend exits before it listens',
  find: (evidence) => {
    const run = patientRun(evidence)
    const exit = run && endedUnasked(run)
    if (run === undefined || !exit) return undefined
    if ((everListened(run) && !wasLeftAlone(run, exit)) || reached(run).some(({ owner }) => owner !== 'foreign')) return undefined
    const cause = endCause(run)
    if (cause !== null && cause !== 'EXITED_BEFORE_LISTENING') return undefined
    // one that was not watched may have listened for long; only its supervisor knows
    if (run.origin === 'supervised' && exit.reason !== 'EXITED_BEFORE_LISTENING') return undefined
    return isPolite(exit) ? politely(run, exit, evidence) : withError(run, exit, evidence)
  },
}

/** Its server was there, and nobody asked it anything: what ended it is that nothing kept it. */
const wasLeftAlone = (run: RunEvidence, exit: ExitEvidence): boolean =>
  run.origin === 'trial' && run.requests.length === 0 && exit.code === 0

const isPolite = ({ code, signal }: ExitEvidence): boolean => signal === null && (code === 0 || code === 13)

const politely = (run: RunEvidence, exit: ExitEvidence, evidence: Evidence): Finding => {
  const words = named(run)
  const line = words?.line ?? spokenError(linesOf(run))
  const never = evidence.service?.port === 'none'
  const listened = everListened(run)
  const when = never ? '' : listened ? ', though it listened and nobody had asked it anything' : ', before it listened'
  const why = exit.code === 13 ? 'a top-level await never settled' : 'nothing kept it running'
  return {
    confidence: words === undefined && run.left.afterExit.length === 0 ? 'certain' : 'likely',
    explanation: `${whereIn(evidence)}It ${howEnded(exit)} ${after(exit.atMs)}${when}: ${why}${line === undefined ? '' : `, and it said: ${line}`}.`,
    hint:
      exit.code === 13
        ? 'See which top-level await waits for something that never comes, and let it end or fail.'
        : `See that ${never ? 'something keeps it running' : 'it calls listen and keeps its server: no early return, no unref, no script that only builds'}.`,
    supports: [
      `It ${howEnded(exit)} ${after(exit.atMs)}.`,
      ...(never ? [] : [listened ? 'It listened, and was not asked.' : 'It was never seen to listen.']),
      ...(line === undefined ? [] : [`It said: ${line}`]),
    ],
  }
}

const withError = (run: RunEvidence, exit: ExitEvidence, evidence: Evidence): Finding => {
  const line = finalWords(linesOf(run))
  const ended = `It ${howEnded(exit)} ${after(exit.atMs)}`
  const said = line === undefined ? 'It said nothing.' : `It said: ${line}`
  return {
    // who was ended by others did not choose to go
    confidence: exit.signal === null || line !== undefined ? 'likely' : 'possible',
    explanation: `${whereIn(evidence)}${ended}, before it listened. ${said}`,
    hint:
      line === undefined
        ? 'Let it say why it ends: look for process.exit without a word, and for output that is thrown away.'
        : 'Mend what that line says; what else it said stands beside it.',
    supports: [`${ended}.`, 'It was never seen to listen.', said],
  }
}

const whereIn = (evidence: Evidence): string => (packagedOnly(evidence) === undefined ? '' : 'In the surroundings of a packaged app: ')
