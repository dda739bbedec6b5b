import type { AppFacts } from '../doctor/evidence.ts'
import type { SupervisorEvents } from '../supervisor/events.ts'
import type { ProcessGone } from './main-process.ts'

type Facts = { -readonly [Name in keyof AppFacts]?: AppFacts[Name] }

/** Remembers what only the main process sees, and the doctor may need. Times are milliseconds since the start of the app. */
export class Witness {
  readonly #facts: Facts = { electron: process.versions.electron ?? null }
  #sleptAt: number | undefined

  get facts(): Partial<AppFacts> {
    return { ...this.#facts }
  }

  state({ from, to }: SupervisorEvents['state']): void {
    if (to === 'ready') this.#facts.readyAtMs = now()
    if (from !== 'ready') return
    this.#facts.backendEndedAtMs = now()
    this.#facts.endedBy = to === 'stopping' ? 'supervisor' : 'itself'
  }

  asked(url: string): void {
    this.#facts.firstRequestAtMs ??= now()
    this.#facts.pageUrl = url
    this.#facts.pageScheme = /^[^:]+:/.exec(url)?.[0] ?? null
  }

  windowClosed(): void {
    this.#facts.windowsClosedAtMs = now()
  }

  activated(): void {
    this.#facts.activatedAtMs = now()
  }

  sleeps(): void {
    this.#sleptAt = Date.now()
  }

  /** The monotonic clock may have slept, too. */
  wokeUp(): void {
    this.#facts.resumedAtMs = now()
    this.#facts.sleptMs = this.#sleptAt === undefined ? null : Date.now() - this.#sleptAt
  }

  processGone({ type, name = '', reason, exitCode }: ProcessGone): void {
    if (type === 'Utility' && name.startsWith('jarvis-supervise') && reason !== 'clean-exit')
      this.#facts.utilityProcessError = `${reason} (exit code ${exitCode})`
  }
}

const now = (): number => Math.round(performance.now())
