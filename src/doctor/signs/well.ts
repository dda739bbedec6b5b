/** Whether anything is wrong at all. Pure. */
import type { Evidence } from '../evidence.ts'
import { dialled, isUsable, patientRun, wentWell } from './reading.ts'

/** The backend answers as it should: whatever else looks odd is no cause. */
export const isWell = (evidence: Evidence): boolean => {
  const run = patientRun(evidence)
  if (run !== undefined) return wentWell(run, evidence)
  const request = dialled(evidence)
  return request !== undefined && isUsable(request, evidence.service?.readiness.kind === 'tcp')
}
