/** The whole of it: looks, judges, reports. */
import { invalidOptions } from '../config/service.ts'
import { conceal, secretsIn } from './conceal.ts'
import type { Evidence } from './evidence.ts'
import { examine } from './examine.ts'
import { judge } from './judge.ts'
import { doctorProblems, problemsOfService } from './options-shape.ts'
import { type DoctorReport, reportOf } from './report.ts'
import { type DoctorOptions, type Subject, subjectOf } from './subject.ts'

/**
 * Says why a window cannot reach its backend. A trial runs the user's code; everything else only looks. Over after 25 s,
 * where the service does not allow itself more.
 * @throws SupervisorError `ERR_INVALID_OPTIONS`, also where there is nothing to examine; `ERR_NOT_RUNNING` where a name was given that does not run.
 */
export const runDoctor = async (options: DoctorOptions = {}): Promise<DoctorReport> => {
  const problems = [...doctorProblems(options), ...problemsOfService(options)]
  if (problems.length > 0) throw invalidOptions(problems)
  return diagnose(await gather(await subjectOf(options)))
}

/** All trials together, where the service does not ask for more; what follows takes 5 s at most. */
const capMs = 19_500

/** Whatever the backend does, its trial is over in time: what was seen until then is the evidence. */
export const gather = async (subject: Subject): Promise<Evidence> => {
  const readiness = subject.service?.options.readiness
  const own = typeof readiness === 'object' ? (readiness.timeoutMs ?? 0) : 0
  const end = new AbortController()
  const onAbort = (): void => end.abort()
  const cap = setTimeout(onAbort, Math.max(capMs, own + capMs / 2, (subject.timeoutMs ?? 0) + capMs / 2))
  subject.signal.addEventListener('abort', onAbort)
  try {
    if (subject.signal.aborted) onAbort()
    return await examine(subject, end.signal, capMs)
  } finally {
    clearTimeout(cap)
    subject.signal.removeEventListener('abort', onAbort)
  }
}

/** Evidence in, report out; nothing of this process's secrets is in it. */
export const diagnose = (evidence: Evidence): DoctorReport => {
  const secrets = secretsIn(process.env)
  // before as well: half of a secret, in a text that was cut, is not known again
  const safe = conceal(evidence, secrets)
  return conceal(reportOf(safe, judge(safe)), secrets)
}

/** The report where what a dead supervisor had left was all there was, and has been ended. */
export const diagnoseNothing = (before: Evidence): DoctorReport => {
  const secrets = secretsIn(process.env)
  const safe = conceal({ ...before, subject: 'address' as const, runs: [], address: null }, secrets)
  const explanation = `What a dead supervisor of ${safe.service?.name ?? 'a service'} had left is gone: nothing runs any more.`
  const finding = { confidence: 'certain' as const, explanation, hint: '', supports: [] }
  return conceal(reportOf({ ...safe, service: null }, { code: 'HEALTHY', title: 'Nothing runs any more', finding, found: [] }), secrets)
}
