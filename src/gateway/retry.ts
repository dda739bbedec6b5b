/** Decides what becomes of a request whose connection was lost, by what was provably sent. Pure. */

export interface Loss {
  /** Something of it was written to the backend. */
  readonly isSent: boolean
  /** The first byte of the answer had come. */
  readonly isAnswered: boolean
  /** To do it twice is as good as once. */
  readonly isSafe: boolean
  /** It can be sent again as it was. */
  readonly isWhole: boolean
  /** How often it was sent and lost before. */
  readonly before: number
}

/** `wait`: for a process that takes it. `repeat`: once more, for the last time. `give-up`: nobody knows what it has done. */
export type Verdict = 'wait' | 'repeat' | 'give-up'

export const afterLoss = ({ isSent, isAnswered, isSafe, isWhole, before }: Loss): Verdict => {
  if (!isSent) return 'wait'
  return isAnswered || !isSafe || !isWhole || before > 0 ? 'give-up' : 'repeat'
}

const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** `honoursKeys`: the backend does a request that has an `Idempotency-Key` once, however often it comes. */
export const isSafeToRepeat = (method: string, hasKey: boolean, honoursKeys: boolean): boolean =>
  safeMethods.has(method) || (hasKey && honoursKeys)
