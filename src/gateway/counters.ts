/** What has become of the requests so far. */
export interface Counters {
  /** Let in, to be passed on. */
  requests: number
  upgrades: number
  /** Being answered now, WebSockets with them. */
  active: number
  /** Waiting now. */
  waiting: number
  /** Have waited, and been passed on. */
  held: number
  /** Sent again, after their backend died or nothing had reached it. */
  repeated: number
  /** 502: the backend died while it answered, and they could not be repeated. */
  lost: number
  /** Of these, requests that a blind repeat might have run twice. */
  wouldHaveDuplicated: number
  /** Cut in the middle of the answer. */
  cut: number
  /** 503: waited too long, no room, or nobody to wait for. */
  unavailable: number
  /** Not let in. */
  refused: number
}

export const noCounts = (): Counters => ({
  ...{ requests: 0, upgrades: 0, active: 0, waiting: 0, held: 0, repeated: 0, lost: 0, wouldHaveDuplicated: 0, cut: 0 },
  ...{ unavailable: 0, refused: 0 },
})
