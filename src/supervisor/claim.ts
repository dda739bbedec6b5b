import type { RecordedRun } from '../record/record.ts'
import type { SupervisorEvents } from './events.ts'

/** A service's place among the supervisors of this machine: one at a time holds it. */
export interface Claim {
  /**
   * Takes the place: from now on it is answered for. What a dead supervisor has left of the service is ended first, and
   * told. Twice is once. Rejects with a `SupervisorError`: `ERR_ALREADY_RUNNING`, `ERR_STATE_DIR`.
   */
  take(tell: (facts: SupervisorEvents['reclaim']) => void): Promise<void>
  /**
   * Writes down what runs now in one of the service's slots. A record of what has ended does no harm: its process is not found
   * again.
   */
  record(run: RecordedRun, slot: number): void
  /** The process of this slot is the service. Default: 0. */
  lead(slot: number): void
  /** Nothing runs in this slot any more. */
  drop(slot: number): void
  /** Gives the place up: at once for others, and settled when those who are being answered have their answers. Twice is once. */
  release(): Promise<void>
}

/** Where no state is kept. */
export const noClaim: Claim = { take: async () => {}, record: () => {}, lead: () => {}, drop: () => {}, release: async () => {} }
