import { messageOf } from '../errors.ts'
import { sameProcess } from '../process/identity.ts'
import type { RecordedRun, RunRecord } from './record.ts'
import { readRecord, removeRecord, stampOfFile, writeRecord } from './store.ts'

/** What could not be written is tried again this often. */
const againMs = 5000

/**
 * The record of a place that is held. Where the folder was deleted and made again, somebody else may hold the place by
 * now: their record is left alone. A full disk never stops a backend: what would be lost is said, once.
 */
export class WrittenRecord {
  readonly #path: string
  readonly #warn: (message: string) => void
  #record: RunRecord
  #again: NodeJS.Timeout | undefined
  /** Of what was written last. */
  #stamp: string | undefined
  #hasWarned = false

  constructor(path: string, record: RunRecord, warn: (message: string) => void) {
    this.#path = path
    this.#record = record
    this.#warn = warn
  }

  /** The first time in the place of what the one before has left, whom the caller knows to be dead. */
  write(run: RecordedRun | null, others: readonly RecordedRun[] = []): void {
    const { others: _before, ...rest } = this.#record
    this.#record = { ...rest, run, ...(others.length > 0 && { others }) }
    this.#write()
  }

  /** The file stays as it is. */
  leave(): void {
    clearTimeout(this.#again)
  }

  remove(): void {
    this.leave()
    if (this.#isOurs()) removeRecord(this.#path)
  }

  #write(): void {
    this.leave()
    try {
      if (this.#stamp !== undefined && !this.#isOurs()) {
        this.#warnOnce(`Another supervisor has the place of ${this.#record.service} now: its folder was deleted and made again.`)
        return
      }
      this.#stamp = writeRecord(this.#path, this.#record)
    } catch (error) {
      this.#warnOnce(
        `The record ${this.#path} could not be written (${messageOf(error)}): until it can, nobody finds this service, and if this process is killed, the next start will not know what it left.`,
      )
      this.#again = setTimeout(() => this.#write(), againMs).unref()
    }
  }

  #isOurs(): boolean {
    // which is quick to see, and the rule
    if (this.#stamp !== undefined && stampOfFile(this.#path) === this.#stamp) return true
    const there = readRecord(this.#path)
    return there === undefined || sameProcess(there.supervisor, this.#record.supervisor)
  }

  #warnOnce(message: string): void {
    if (!this.#hasWarned) this.#warn(message)
    this.#hasWarned = true
  }
}
