import type { Emitter, EventName } from './events.ts'

/** Through which a run says what happens to it. */
export type Voice = Pick<Emitter, 'emit' | 'has'>

/** What would be taken for news of the service. */
const ofTheService: ReadonlySet<EventName> = new Set(['unresponsive', 'responsive', 'probe'])

/** The voice of a process that may not be the one that serves: of its health it speaks only while it is. */
export const voiceOf = (events: Emitter, isServing: () => boolean): Voice => ({
  emit: (event, facts) => {
    if (!ofTheService.has(event) || isServing()) events.emit(event, facts)
  },
  has: (event) => events.has(event),
})
