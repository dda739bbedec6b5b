/** What was given up, as the supervisor in this process has seen it: nothing of it is left that could be asked. */
import type { ServiceSpec } from '../../config/service.ts'
import { redactShown } from '../../logs/redact.ts'
import type { SupervisorEvents } from '../../supervisor/events.ts'
import type { ExitEvidence, NotStartedEvidence, RunEvidence } from '../evidence.ts'

/** The end of a service, in the words of its supervisor's events. */
export interface GivenUp {
  readonly failed: SupervisorEvents['failed']
  /** Of the run that tells most. null: it was never launched. */
  readonly exit: Pick<SupervisorEvents['exit'], 'pid' | 'code' | 'signal' | 'uptimeMs' | 'reason' | 'tail' | 'requested'> | null
}

/** Where a supervisor has given up it answers nobody, and is not told of: what can be done is done in its own process. */
export const runOf = ({ failed, exit }: GivenUp, spec: ServiceSpec): RunEvidence => ({
  origin: 'supervised',
  surroundings: {
    ...{ label: 'own', system: process.platform, repaired: null, cwd: spec.cwd, path: [], home: null },
    ...{ stdin: spec.launch === 'utilityProcess' ? 'null' : 'pipe', missing: [], values: {} },
  },
  command: redactShown(['script' in spec.run ? spec.run.script : spec.run.command, ...spec.args].join(' ')),
  given: null,
  notStarted: exit === null ? notStarted(failed) : null,
  pid: exit?.pid ?? null,
  exit: exit === null ? null : exitOf(exit),
  // when a line came was not kept
  output: (exit?.tail ?? []).map((text) => ({ atMs: exit?.uptimeMs ?? 0, stream: 'stderr', text: redactShown(text) })),
  ...{ linesOmitted: 0, listening: [], requests: [], readyAtMs: null, looks: [] },
  watchedMs: exit?.uptimeMs ?? 0,
  left: { afterExit: [], survivors: [] },
})

const notStarted = ({ code, reason, message, hint }: GivenUp['failed']): NotStartedEvidence => ({
  ...{ code, cause: reason, message: redactShown(message), hint: hint === null ? null : redactShown(hint), facts: null },
})

const exitOf = ({ uptimeMs, code, signal, requested, reason }: NonNullable<GivenUp['exit']>): ExitEvidence => ({
  ...{ atMs: uptimeMs, code, signal, requested, reason, oomKills: reason === 'KILLED_BY_OOM' ? 1 : 0 },
})
