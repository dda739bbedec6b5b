/** Decides whether requests go through to the backend. Pure. */
import type { State } from '../supervisor/model.ts'

/** `hold`: another run follows. `shut`: none does, as far as is known. */
export type Passage = 'pass' | 'hold' | 'shut'

export const passageIn = (state: State): Passage => {
  switch (state.state) {
    case 'ready':
      return 'pass'
    case 'starting':
    case 'backoff':
      return 'hold'
    case 'stopping':
      return isRestarting(state) ? 'hold' : 'shut'
    case 'stopped':
    case 'failed':
      return 'shut'
  }
}

/** A process that is ended because it was found wanting may turn out to be the last one; those who wait hear of that. */
export const isRestarting = (state: State): boolean => state.state === 'stopping' && state.after.do !== 'stop'
