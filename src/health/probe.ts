import type { CauseCode } from '../causes/codes.ts'

/** Where a probe asks: in the words of `request()` of node:http. */
export interface ProbeTarget {
  /** `localhost` where it is a socket. */
  readonly host: string
  /** 0 where it is a socket. */
  readonly port: number
  /** Path of a Unix socket, or name of a pipe, in place of host and port. */
  readonly socketPath?: string
}

/** Which point of a request's way was reached when it failed. `died`: connected, and cut off before an answer. */
export type ProbeStage = 'refused' | 'no-answer' | 'died' | 'answered' | 'other'

export type ProbeResult =
  | { readonly ok: true }
  | {
      readonly ok: false
      /** One sentence: what was asked and what came. */
      readonly reason: string
      readonly stage?: ProbeStage
      readonly cause?: CauseCode
    }

/**
 * One question to the backend. Must settle: it gives up when `signal` aborts (deadline or end of the run). A
 * rejection counts as a failure with the error's message.
 */
export type Probe = (target: ProbeTarget, signal: AbortSignal) => Promise<ProbeResult>
