/**
 * Decides what becomes of the backend when the app is to end, and what a click on its icon means then:
 * `follow(phase, news, circumstances)` gives the next phase and what to do, in order. Pure.
 *
 * The quit is held at `will-quit`: then the windows are closed, and no page can call it off any more. It comes last in every
 * order of events that Electron has, also when an update closes the windows before `before-quit`.
 */

export type Phase =
  /** The app is used. */
  | { readonly phase: 'open' }
  /** The backend is being ended for good. `quits`: the app ends after it. */
  | { readonly phase: 'ending'; readonly quits: boolean }
  /** Nothing of the backend is left, or no more time for it: nothing is started any more. */
  | { readonly phase: 'over' }

export type News =
  | 'before-quit'
  | 'will-quit'
  | 'activate'
  | 'second-instance'
  /** Somebody wants nothing of the backend to be left: an update is to be installed. */
  | 'reap'
  /** The system is about to go down. */
  | 'shutdown'
  /** Windows ends the session of the user, and no event of quitting comes. */
  | 'session-end'
  /** What was asked to stop has stopped. */
  | 'ended'
  /** The grace is over. */
  | 'force-due'
  /** All the time is over. */
  | 'deadline'

export type Order =
  /** Keeps the app from quitting, or the system from going down, for now. */
  | 'hold'
  | 'stop'
  | 'force'
  | 'quit'
  /** The window, made if there is none. */
  | 'show'

export interface Circumstances {
  /** Nothing of the backend runs. */
  readonly isDown: boolean
}

export interface Followed {
  readonly phase: Phase
  readonly orders: readonly Order[]
}

export const initialPhase: Phase = { phase: 'open' }

export const follow = (phase: Phase, news: News, { isDown }: Circumstances): Followed => {
  const stay: Followed = { phase, orders: [] }
  switch (news) {
    case 'before-quit':
      // a page that has unsaved work may still say no
      return stay
    case 'activate':
    case 'second-instance':
      return phase.phase === 'open' ? { phase, orders: ['show'] } : stay
    case 'will-quit':
      return onWillQuit(phase, isDown)
    case 'reap':
      return onReap(phase, isDown)
    case 'shutdown':
      if (phase.phase === 'ending') return { phase, orders: ['hold'] }
      return { phase, orders: isDown ? ['quit'] : ['hold', 'quit'] }
    case 'session-end':
      // there is no time, and nobody waits for us
      return { phase: { phase: 'over' }, orders: isDown ? [] : ['force'] }
    case 'ended':
    case 'deadline':
      return onEnd(phase, news)
    case 'force-due':
      return phase.phase === 'ending' ? { phase, orders: ['force'] } : stay
  }
}

const onWillQuit = (phase: Phase, isDown: boolean): Followed => {
  if (phase.phase === 'over' || (phase.phase === 'open' && isDown)) return { phase: { phase: 'over' }, orders: [] }
  const orders: Order[] = phase.phase === 'open' ? ['hold', 'stop'] : ['hold']
  return { phase: { phase: 'ending', quits: true }, orders }
}

const onReap = (phase: Phase, isDown: boolean): Followed => {
  if (phase.phase !== 'open') return { phase, orders: [] }
  return isDown ? { phase: { phase: 'over' }, orders: [] } : { phase: { phase: 'ending', quits: false }, orders: ['stop'] }
}

/** Who only reaps waits for the end itself: an installer must not meet what is still there. */
const onEnd = (phase: Phase, news: 'ended' | 'deadline'): Followed => {
  if (phase.phase !== 'ending' || (news === 'deadline' && !phase.quits)) return { phase, orders: [] }
  return { phase: { phase: 'over' }, orders: phase.quits ? ['quit'] : [] }
}

/**
 * On macOS an app outlives its windows, and `activate` opens one onto the same backend. Elsewhere Electron quits with the
 * last window, or leaves that to the app's own listener: both are right.
 */
export const outlivesItsWindows = (platform: NodeJS.Platform): boolean => platform === 'darwin'

/** Milliseconds from the order to stop. */
export interface Deadlines {
  /** When what still runs is killed. */
  readonly forceMs: number
  /** When the app quits, whatever is left. */
  readonly quitMs: number
}

/** What a kill and what follows it take. */
const marginMs = 500

/**
 * Two safety timers must not contradict each other: a grace that would outlast the quit is cut before its end, so that the
 * backend is killed, swept and accounted for by its supervisor, and not by the end of the app. A shorter grace ends by itself.
 */
export const deadlines = (quitMs: number): Deadlines => ({ forceMs: Math.max(0, quitMs - Math.min(marginMs, quitMs / 2)), quitMs })
