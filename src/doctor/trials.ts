/**
 * Tries the service; where it was asked for, once more as a packaged app has it, and then with one difference after the
 * other set right, to see which of them matters.
 */
import { homedir, tmpdir, userInfo } from 'node:os'
import type { ServiceOptions } from '../config/options.ts'
import type { ServiceSpec } from '../config/service.ts'
import { conceal } from './conceal.ts'
import type { AddressEvidence, RunEvidence } from './evidence.ts'
import type { Eyes } from './gather/eyes.ts'
import type { RawSurroundings } from './gather/surroundings.ts'
import { runTrial, type TrialOptions } from './gather/trial.ts'
import { differences, type OwnSurroundings, packagedSurroundings, repaired } from './packaged.ts'
import { secretsOf } from './secrets.ts'
import { commandWords, dialledFor, headersOf, pathsOf, serviceFacts, wantedBy } from './service-facts.ts'
import { endedUnasked, exitCause, wentWell } from './signs/reading.ts'
import { endedInSilence } from './signs/silent-end.ts'
import type { Dialled, Subject } from './subject.ts'

export interface Trying {
  readonly subject: Subject
  readonly service: NonNullable<Subject['service']>
  readonly spec: ServiceSpec
  readonly eyes: Eyes
  /** When no trial may go on any more. */
  readonly end: AbortSignal
  /** Until that end, as far as it is known: an experiment that would take longer is not begun. */
  readonly leftMs: () => number
  readonly lookAt: (dialled: Dialled, run: { readonly pid: number; readonly instanceId: string } | null) => Promise<AddressEvidence>
}

export interface Tried {
  /** In the own surroundings first. */
  readonly runs: readonly RunEvidence[]
  /** Of the run that shows what is wrong. */
  readonly address: AddressEvidence | null
}

interface Trial {
  readonly run: RunEvidence
  readonly address: AddressEvidence | null
  readonly well: boolean
}

/** From the launch to the first good answer, where nobody says otherwise. */
const usualTimeoutMs = 10_000
const watchMs = 2000
/** What follows the deadline of an experiment: its end, and a look at its address. */
const afterwardsMs = 2500
/** Who lives longer does not end for want of anything to do. */
const longestAloneMs = 2500

export const tryService = async (trying: Trying): Promise<Tried> => {
  const { subject, spec, end } = trying
  const { packaged } = subject
  subject.onTrial(conceal(`${packaged === null ? '' : 'twice, '}${commandWords(spec)}`, await secretsOf(spec, [])))
  const own = await leftAlone(trying, await tryOnce(trying, null))
  if (packaged === null || end.aborted || !own.well) return { runs: [own.run], address: own.address }
  const [compared, ...experiments] = await compare(trying, packaged, own.run)
  if (compared === undefined) return { runs: [own.run], address: own.address }
  const runs = [own, compared, ...experiments].map(({ run }) => run)
  return { runs, address: compared.well ? own.address : (compared.address ?? own.address) }
}

/**
 * Who ends well and without a word right after an answer may have ended without the question: it is started once more, and
 * asked nothing. If it ends all the same, that is what there is to see.
 */
const leftAlone = async (trying: Trying, asked: Trial): Promise<Trial> => {
  const endedAtMs = endedInSilence(asked.run)
  if (endedAtMs === undefined || endedAtMs > longestAloneMs || trying.end.aborted) return asked
  const alone = await tryOnce(trying, null, { isAsked: false, watchMs: endedAtMs + 500 })
  return endedUnasked(alone.run)?.code === 0 ? alone : asked
}

/** The same in packaged surroundings; where that fails, once more with each difference set right, until one cures it. */
const compare = async (trying: Trying, system: NodeJS.Platform, own: RunEvidence): Promise<readonly Trial[]> => {
  const { spec, end, leftMs } = trying
  const surroundings: OwnSurroundings = { env: process.env, home: homedir(), user: userName(), cwd: spec.cwd, tmp: tmpdir() }
  const packaged = packagedSurroundings(system, surroundings)
  const compared = await tryOnce(trying, { ...packaged, repaired: null })
  // one that was cut compares nothing
  if (end.aborted) return []
  if (compared.well || saysWhy(compared.run)) return [compared]
  const bootMs = own.requests.at(0)?.atMs ?? 1000
  // as long as it took to fail, and half as long again
  const watchedMs = Math.min(watchMs, Math.max(500, 1.5 * (compared.run.exit?.atMs ?? watchMs)))
  const experiments: Trial[] = []
  for (const difference of differences) {
    const raw = repaired(packaged, difference, surroundings)
    const deadlineMs = Math.min(Math.max(2000, 2 * bootMs + 1000), leftMs() - afterwardsMs)
    if (raw === undefined || deadlineMs < 500) continue
    if (end.aborted) break
    const experiment = await tryOnce(trying, { ...raw, repaired: difference }, { deadlineMs, watchMs: watchedMs })
    experiments.push(experiment)
    if (experiment.well) break
  }
  return [compared, ...experiments]
}

/** Its own words or the refusal name the cause: no experiment would say more. */
const saysWhy = (run: RunEvidence): boolean => {
  if (run.notStarted !== null) return true
  const cause = exitCause(run)
  return cause !== null && cause !== 'EXITED_BEFORE_LISTENING'
}

const tryOnce = async (
  { subject, service, spec, eyes, end, lookAt }: Trying,
  raw: RawSurroundings | null,
  limits: Partial<Pick<TrialOptions, 'deadlineMs' | 'watchMs' | 'isAsked'>> = {},
): Promise<Trial> => {
  const paths = pathsOf(subject, spec)
  const dialled = (given: RunEvidence['given']): Dialled | null => subject.dialled ?? dialledFor(given, paths)
  let address: AddressEvidence | null = null
  const run = await runTrial(
    {
      options: service.options,
      spec,
      baseDir: service.baseDir,
      key: service.key,
      raw,
      dial: subject.dialled,
      paths,
      headers: headersOf(spec),
      requests: subject.requests,
      deadlineMs: deadlineOf(service.options, subject.timeoutMs),
      watchMs,
      signal: end,
      whileItRuns: async (pid, given) => {
        const at = dialled(given)
        if (at !== null) address = await lookAt(at, { pid, instanceId: '' })
      },
      ...limits,
    },
    eyes,
  )
  const at = dialled(run.given ?? wantedBy(spec))
  address ??= at && (await lookAt(at, null))
  return { run, address, well: wentWell(run, { service: serviceFacts(spec) }) }
}

/** What the service allows itself wins; less than usual is watched for as long as usual: whether it would have come tells. */
const deadlineOf = ({ readiness }: ServiceOptions, asked: number | null): number => {
  const own = typeof readiness === 'object' ? readiness.timeoutMs : undefined
  return Math.max(own ?? 0, asked ?? usualTimeoutMs)
}

const userName = (): string => {
  try {
    return userInfo().username
  } catch {
    // a user id without an entry
    return ''
  }
}
