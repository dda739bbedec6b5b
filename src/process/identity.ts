/**
 * Decides whether two sightings of a pid are one process. A pid alone is reused; pid + kernel start time + boot is not.
 * Pure: never reads, never signals.
 */
export interface ProcessIdentity {
  readonly pid: number
  /** When the kernel started it, in the platform's own units (Linux: clock ticks since boot), as text; comparable only within one boot. */
  readonly startTime: string
  /** Which boot of the machine; empty where the platform has no boot id. */
  readonly bootId: string
}

export const sameProcess = (a: ProcessIdentity, b: ProcessIdentity): boolean =>
  a.pid === b.pid && a.startTime === b.startTime && a.bootId === b.bootId
