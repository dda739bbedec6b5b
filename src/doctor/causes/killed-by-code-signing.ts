/** macOS ends a program whose signature or origin it does not accept, before its first word. Pure. */
import type { Finding } from '../cause.ts'
import type { Evidence, RunEvidence } from '../evidence.ts'
import { fileOf } from '../signs/not-started.ts'
import { after, endedUnasked, patientRun, quoted } from '../signs/reading.ts'
import { toldCause } from '../signs/told-cause.ts'

/** A signature is checked at the launch. */
const atOnceMs = 100

const killed = (evidence: Evidence): Finding | undefined => {
  const { machine } = evidence
  const run = patientRun(evidence)
  if (machine.platform !== 'darwin' || run === undefined) return undefined
  const { quarantined = false, translocated = false, codesigningReport = false } = machine.quarantine ?? {}
  const exit = endedUnasked(run)
  const wasKilled = exit?.signal === 'SIGKILL' && run.output.length === 0
  const atOnce = wasKilled && exit.atMs < atOnceMs
  const forbidden = run.notStarted !== null && run.notStarted.cause === null && quarantined
  if (!atOnce && !forbidden && !(wasKilled && (quarantined || translocated || codesigningReport))) return undefined
  const file = fileOfRun(run, evidence)
  const how = exit === null ? 'It was not started' : `It was ended by SIGKILL ${after(exit.atMs)}, before it had said a word`
  return {
    confidence: codesigningReport && wasKilled ? 'certain' : 'likely',
    explanation: `${how}: so macOS ends what is not signed as it demands${quarantined ? ', or was downloaded and not released' : ''}.`,
    hint: quarantined
      ? `Release ${file} from quarantine; for others, sign and notarise the app with all executables inside.`
      : `Sign ${file} and every executable inside (codesign --force --deep --sign -, or your identity), and notarise the app for others.`,
    fix: quarantined
      ? `xattr -dr com.apple.quarantine ${quoted(bundleOf(file))}`
      : `codesign --force --deep --sign - ${quoted(bundleOf(file))}`,
    supports: [
      `${how}.`,
      ...(quarantined ? ['The file carries com.apple.quarantine.'] : []),
      ...(translocated ? ['macOS runs it from a random read-only place (AppTranslocation).'] : []),
      ...(codesigningReport ? ['A crash report of it says CODESIGNING.'] : []),
    ],
  }
}

const fileOfRun = (run: RunEvidence, { service, executables }: Evidence): string =>
  fileOf(run) ?? (service?.script == null ? service?.command : executables.node?.path) ?? 'the executable'

/** The app around an executable, where it lies in one. */
const bundleOf = (file: string): string => /^.*?\.app(?=\/|$)/.exec(file)?.[0] ?? file

export const killedByCodeSigning = toldCause({
  code: 'KILLED_BY_CODE_SIGNING',
  title: 'macOS does not let it run: signature or quarantine',
  remedy: ({ run }) => ({ hint: run.notStarted?.hint ?? 'Sign and notarise the executable.' }),
  otherwise: killed,
})
