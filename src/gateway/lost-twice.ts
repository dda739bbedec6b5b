import type { Generation } from './gate.ts'
import type { Problem } from './problem.ts'
import { backendLost, suspected } from './request-problems.ts'
import { abortedWithin } from './within.ts'

/** For who asks whether it was a death. */
const learnMs = 100

/** A request was sent to both, and lost: what is said of it, which is known a moment later. */
export const lostTwice = async (method: string, target: string, first: Generation, second: Generation): Promise<Problem> => {
  if (first === second) return backendLost(method, target, 'twice')
  await Promise.all([abortedWithin(learnMs, first.ended), abortedWithin(learnMs, second.ended)])
  return first.ended.aborted && second.ended.aborted ? suspected(method, target) : backendLost(method, target, 'twice')
}
