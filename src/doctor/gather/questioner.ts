import { whoAnswers } from '../../ports/answerer.ts'
import { answering } from '../../ports/ownership.ts'
import type { Owner, RequestEvidence } from '../evidence.ts'
import { isSocket } from '../signs/reading.ts'
import type { Eyes } from './eyes.ts'
import { ask, givenUp } from './question.ts'
import { targetAt } from './target.ts'
import type { Watch } from './watch.ts'

export interface Questioning {
  readonly target: { readonly host: string; readonly port: number }
  readonly paths: readonly string[]
  readonly headers: Readonly<Record<string, string>> | undefined
  /** Only connect. */
  readonly tcp: boolean
  readonly watch: Watch
  readonly eyes: Eyes
  readonly signal: AbortSignal
  /** Where the answers are kept. */
  readonly requests: RequestEvidence[]
  readonly pid: number
  readonly instanceId: string
  /** Whether the run is over because it has ended, and not because nobody waits for it any longer. */
  readonly hasEnded: () => boolean
}

/** While a question waits: late enough to be no ordinary answer, early enough to be seen twice. */
const looksAtMs = [1200, 3800]

/** Asks a run the questions of its window, and looks at its processes while one has no answer. */
export class Questioner {
  readonly #questioning: Questioning
  #asked = 0

  constructor(questioning: Questioning) {
    this.#questioning = questioning
  }

  /** Somebody of ours listens there; or nobody can tell. */
  async isWorthAsking(): Promise<boolean> {
    const { watch, eyes, target } = this.#questioning
    if (eyes.owners === null || eyes.owners.cost === 'dear' || !(await eyes.owners.canTell([]))) return true
    return answering(targetAt(target), watch.held).length > 0
  }

  /** Whether the answer will do. */
  async ask(timeoutMs: number): Promise<boolean> {
    const { paths, headers, tcp, watch, signal, requests, eyes, hasEnded } = this.#questioning
    const target = this.#literal()
    const path = paths[this.#asked % paths.length] ?? '/'
    this.#asked += 1
    const atMs = watch.nowMs
    let waits = true
    const looking = this.#lookWhile(() => waits, timeoutMs)
    const held = answering(targetAt(target), watch.held)
    const [{ headers: _, ...reply }, seen] = await Promise.all([
      // what lets in is only for the one that it was meant for
      ask({ ...target, path, headers: held.length > 0 || eyes.owners?.cost !== 'cheap' ? headers : undefined, timeoutMs, tcp, signal }),
      this.#owner(target),
    ])
    waits = false
    await looking
    // it was gone before it could be asked, or it was we who did not wait
    if (reply.error === givenUp && (reply.outcome !== 'closed' || !hasEnded())) return false
    // one that dies of the question lets go of its listener while we look who holds it
    const owner = seen === 'foreign' && held.length > 0 && (await this.#owner(target)) !== 'foreign' ? 'ours' : seen
    requests.push({ atMs, ...reply, owner })
    return owner !== 'foreign' && reply.outcome === 'answered' && (tcp || (reply.status ?? 500) < 500)
  }

  /** `localhost` is asked as browsers do: at the first of its addresses where somebody listens. */
  #literal(): { readonly host: string; readonly port: number } {
    const { target, watch } = this.#questioning
    if (isSocket(target)) return target
    const dialled = targetAt(target)
    if (dialled.host !== 'localhost') return dialled
    const hosts = ['::1', '127.0.0.1'].map((host) => ({ host, port: dialled.port }))
    return hosts.find((each) => answering(each, watch.held).length > 0) ?? { host: '127.0.0.1', port: dialled.port }
  }

  async #owner(target: { readonly host: string; readonly port: number }): Promise<Owner> {
    const { eyes, pid, instanceId } = this.#questioning
    return (await whoAnswers({ pid, instanceId, target: targetAt(target), name: false, reported: [] }, eyes.owners, eyes.table)).verdict
  }

  async #lookWhile(waits: () => boolean, timeoutMs: number): Promise<void> {
    const { watch, eyes, signal } = this.#questioning
    const began = watch.nowMs
    for (const atMs of looksAtMs) {
      if (atMs + 200 > timeoutMs) return
      while (waits() && !signal.aborted && watch.nowMs - began < atMs) await eyes.pause(25, signal)
      if (!waits() || signal.aborted) return
      await watch.look('no-answer')
    }
  }
}
