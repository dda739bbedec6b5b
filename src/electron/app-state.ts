/** What a page is told of the backend, as JSON, and who is told what. Pure. */
import type { CauseCode } from '../causes/codes.ts'
import type { ServiceOptions } from '../config/options.ts'
import type { VerdictReport } from '../doctor/report.ts'
import type { ErrorCode } from '../errors.ts'
import type { LastExit } from '../supervisor/controller.ts'
import type { StateName } from '../supervisor/model.ts'

/** The channels of the preload. */
export const channels = {
  state: 'jarvis-supervise:state',
  stateChanged: 'jarvis-supervise:state-changed',
  retry: 'jarvis-supervise:retry',
  copyReport: 'jarvis-supervise:copy-report',
} as const

export interface AppState {
  /** Of the service. */
  readonly name: string
  readonly state: StateName
  /** Which run in a row without readiness this is, from 1. */
  readonly attempt?: number
  /** Until the next run, milliseconds. */
  readonly nextStartInMs?: number
  /** Where the backend answers: its front door, where it has one. */
  readonly url?: string
  /** How long it has not been ready, milliseconds; absent while it is. */
  readonly waitedMs?: number
  /** What is waited for: `an answer at http://127.0.0.1:4321/`. */
  readonly waitsFor?: string
  /** What the last question for that has met: `connection refused`. */
  readonly lastMiss?: string
  /** Why the window could not load the backend's page, though the backend is ready. */
  readonly loadError?: string
  /** Why it was given up. */
  readonly failure?: AppFailure
  /** What the doctor says to that; it comes some seconds later. */
  readonly verdict?: AppVerdict
  /** The doctor is looking. */
  readonly isExamined?: true
  /** Last lines of output, oldest first; only for the local page. */
  readonly lines?: readonly string[]
  readonly lastExit: LastExit | null
}

export interface AppFailure {
  readonly code: ErrorCode
  readonly reason: CauseCode | null
  readonly message: string
  readonly hint: string | null
  /** Last lines of the run that tells most; only for the local page. */
  readonly tail: readonly string[]
}

export interface AppVerdict extends Pick<VerdictReport, 'code' | 'title' | 'explanation' | 'hint' | 'confidence' | 'supports'> {
  /** A shell command that does what the hint says. */
  readonly command: string | null
}

/** What a page finds as `window.jarvisSupervise`. */
export interface RendererBridge {
  state(): Promise<AppState>
  /** Called with every change. Returns the unsubscribe. */
  onState(listener: (state: AppState) => void): () => void
  /** Starts the backend afresh. Rejects where nothing is started any more: the app is about to end. */
  retry(): Promise<void>
  /** Puts a report for whoever helps into the clipboard; secrets are taken out. */
  copyReport(): Promise<void>
}

export const verdictOf = ({ code, title, explanation, hint, confidence, supports, fix }: VerdictReport): AppVerdict => ({
  ...{ code, title, explanation, hint, confidence, supports },
  command: fix?.command ?? null,
})

export type Audience = 'local' | 'backend'

/** Whose page it is. null: somebody else's, who is told nothing and asked nothing. */
export const audienceOf = (url: string, localPage: string, backendOrigin: string | null): Audience | null => {
  if (isSameFile(url, localPage)) return 'local'
  // a port alone is no origin: 127.0.0.1:80800 begins like 127.0.0.1:8080
  return backendOrigin !== null && (url === backendOrigin || url.startsWith(`${backendOrigin}/`)) ? 'backend' : null
}

/** Chromium writes drives in upper case; Node escapes characters that Chromium leaves as they are, such as `~`. */
export const isSameFile = (url: string, other: string): boolean => fileAt(url) === fileAt(other)

const fileAt = (url: string): string => {
  const address = url.replace(/#.*$/s, '').replace(/^file:\/\/\/[a-z]:/i, (drive) => drive.toUpperCase())
  try {
    // what separates (/, ?, #) stays escaped
    return decodeURI(address)
  } catch {
    return address
  }
}

/** Output may hold what the pages of the backend, and what is embedded in them, have no business to know. */
export const stateFor = (audience: Audience, state: AppState): AppState => {
  if (audience === 'local') return state
  const { lines: _lines, verdict: _verdict, failure, ...rest } = state
  return failure === undefined ? rest : { ...rest, failure: { ...failure, tail: [] } }
}

/** In words, after "waiting for". */
export const awaited = (
  { readiness, port, transport, name = 'the backend' }: Pick<ServiceOptions, 'readiness' | 'port' | 'transport' | 'name'>,
  url: string | undefined,
): string => {
  const at = url ?? (transport === 'socket' ? 'its socket' : 'its address')
  if (readiness === false) return `${name} to start`
  if (readiness === undefined) return port === false ? `${name} to start` : `an answer at ${at}`
  switch (readiness.kind) {
    case 'http':
      return `an answer at ${url === undefined ? at : new URL(readiness.path ?? '/', url).href}`
    case 'tcp':
      return `a connection at ${at}`
    case 'log':
      return `a line of its output that matches ${readiness.pattern}`
    case 'ipc':
      return 'its message that it is ready'
    case 'command':
      return `${readiness.command} to succeed`
    case 'custom':
      return 'its own check to pass'
  }
}
