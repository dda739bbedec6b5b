/**
 * One check for each link of a request's way, in order: what was seen of it, and which of the causes that were found
 * breaks it. Pure. A healthy system has no check that fails.
 */
import { type CheckId, checkIds, checkOf } from './check-of.ts'
import type { Evidence } from './evidence.ts'
import type { Diagnosis, Found } from './judge.ts'
import { app, archive, archiveFindings, origin, packaged, supervisor } from './links/beyond.ts'
import { type Link, type Seen, wayOf } from './links/link.ts'
import { claudeCli, command, environment, node, output, started, workingDirectory } from './links/start.ts'
import { connect, http, identity, listener, port, responsiveness, staysUp } from './links/way.ts'
import type { Check } from './report.ts'

const links: Readonly<Record<CheckId, Link>> = {
  node,
  'claude-cli': claudeCli,
  command,
  'working-directory': workingDirectory,
  environment,
  process: started,
  output,
  port,
  listener,
  connect,
  http,
  identity,
  responsiveness,
  'stays-up': staysUp,
  packaged,
  origin,
  app,
  supervisor,
  archive,
}

export const checksOf = (evidence: Evidence, diagnosis: Diagnosis, timings: Readonly<Record<string, number>> = {}): Check[] => {
  const isWell = diagnosis.code === 'HEALTHY'
  const way = wayOf(evidence, isWell)
  const inArchive = archiveFindings(evidence)
  const found = diagnosis.found.filter(({ cause }) => !inArchive.some(({ code }) => code === cause.code))
  const checks = checkIds.map((id) => {
    const seen = struck(links[id](way), foundAt(id, found, diagnosis), diagnosis)
    return checkFrom(id, isWell ? calm(seen) : seen, timings[id])
  })
  const ids = new Map<string, number>()
  const findings = inArchive.map((seen) => {
    const name = `archive:${seen.code.toLowerCase().replaceAll('_', '-')}` as const
    const times = (ids.get(name) ?? 0) + 1
    ids.set(name, times)
    return checkFrom(times === 1 ? name : `${name}-${times}`, isWell ? calm(seen) : seen, undefined)
  })
  return [...checks, ...findings]
}

/** Of several causes at one link the verdict, else what is most certain. */
const foundAt = (id: CheckId, found: readonly Found[], { code }: Diagnosis): Found | undefined => {
  const here = found.filter(({ cause }) => checkOf[cause.code] === id)
  return here.find(({ cause }) => cause.code === code) ?? here.find(({ finding }) => finding.confidence !== 'possible') ?? here[0]
}

/** What the look has seen says it better than the headline of a cause, where it has seen something wrong. */
const struck = (seen: Seen, found: Found | undefined, { code }: Diagnosis): Seen => {
  if (found === undefined) return seen.status === 'fail' ? uncoded(seen) : seen
  const { cause, finding } = found
  const isVerdict = cause.code === code
  if (!isVerdict && finding.confidence === 'possible') {
    return seen.status === 'fail'
      ? seen
      : { ...seen, status: 'warn', code: cause.code, title: `possibly: ${cause.title}`, hint: finding.hint }
  }
  const { because: _, ...evidence } = seen.evidence
  const { fixable: _fixable, ...rest } = seen
  return {
    ...rest,
    evidence,
    status: 'fail',
    code: cause.code,
    title: seen.status === 'fail' ? seen.title : cause.title,
    hint: finding.hint,
    ...(finding.fixable === true && { fixable: true }),
  }
}

/** What is wrong without a cause that was found has no code: only a warning may carry one of its own. */
const uncoded = ({ code: _, ...seen }: Seen): Seen => seen

/** Whatever looks odd where all is well is no more than a warning. */
const calm = (seen: Seen): Seen => (seen.status === 'fail' ? { ...seen, status: 'warn' } : seen)

const checkFrom = (id: Check['id'], seen: Seen, durationMs: number | undefined): Check => ({
  id,
  status: seen.status,
  code: seen.code ?? null,
  title: seen.title,
  evidence: seen.evidence,
  hint: seen.hint ?? '',
  fixable: seen.fixable ?? false,
  durationMs: Math.round(durationMs ?? seen.durationMs ?? 0),
})
