import type { ServiceOptions } from '../config/options.ts'
import { redactShown } from '../logs/redact.ts'
import type { Supervisor } from '../supervisor/controller.ts'
import type { SupervisorEvents } from '../supervisor/events.ts'
import { failureError } from '../supervisor/failure.ts'
import type { StateName } from '../supervisor/model.ts'
import { type AppFailure, type AppState, awaited } from './app-state.ts'

const linesShown = 20

/** Keeps what the events of a service told last, for pages that ask how it is. */
export class Story {
  readonly #service: ServiceOptions
  readonly #supervisor: Supervisor
  #waitingSince: number | undefined
  #backoff: { readonly until: number; readonly attempt: number } | undefined
  #lastMiss: string | undefined
  #lastExit: AppState['lastExit'] = null

  constructor(service: ServiceOptions, supervisor: Supervisor) {
    this.#service = service
    this.#supervisor = supervisor
    supervisor.on('exit', ({ pid, code, signal, reason, uptimeMs }) => {
      this.#lastExit = { pid, code, signal, reason, uptimeMs }
    })
    supervisor.on('probe', ({ probe, ok, reason }) => {
      if (probe === 'readiness') this.#lastMiss = ok || reason === undefined ? undefined : redactShown(reason)
    })
  }

  state({ to, delayMs = 0, attempt = 1 }: SupervisorEvents['state']): void {
    this.#backoff = to === 'backoff' ? { until: performance.now() + delayMs, attempt } : undefined
    if (to === 'starting') this.#lastMiss = undefined
    if (isOver(to) || to === 'ready') this.#waitingSince = undefined
    else this.#waitingSince ??= performance.now()
  }

  async tell(): Promise<AppState> {
    const { name, state, url, gatewayUrl = url } = this.#supervisor
    const waited = this.#waitingSince === undefined ? undefined : Math.round(performance.now() - this.#waitingSince)
    const isWaiting = waited !== undefined
    return {
      name,
      state: state.state,
      ...('attempt' in state && { attempt: state.attempt }),
      ...(this.#backoff !== undefined && {
        attempt: this.#backoff.attempt,
        nextStartInMs: Math.max(0, Math.round(this.#backoff.until - performance.now())),
      }),
      ...(gatewayUrl !== undefined && { url: gatewayUrl }),
      ...(isWaiting && { waitedMs: waited, waitsFor: redactShown(awaited(this.#service, url)) }),
      ...(isWaiting && this.#lastMiss !== undefined && { lastMiss: this.#lastMiss }),
      ...(state.state === 'failed' && { failure: this.#failure(failureError(state.failure, name)) }),
      lines: await this.#lines('pid' in state ? state.pid : null),
      lastExit: this.#lastExit,
    }
  }

  #failure({ code, reason, message, hint, tail }: ReturnType<typeof failureError>): AppFailure {
    return {
      ...{ code, reason: reason ?? null, message: redactShown(message), hint: hint === undefined ? null : redactShown(hint) },
      tail: (tail ?? []).slice(-linesShown).map(redactShown),
    }
  }

  /** Of the run that is under way, where there is one. */
  async #lines(pid: number | null): Promise<readonly string[]> {
    const lines: string[] = []
    for await (const line of this.#supervisor.logs({ tail: linesShown }))
      if (pid === null || line.pid === pid) lines.push(redactShown(line.line))
    return lines
  }
}

const isOver = (state: StateName): boolean => state === 'stopped' || state === 'failed'
