import { listenersFor } from '../../ports/answerer.ts'
import type { Listener } from '../../ports/owners.ts'
import type { ListenerEvidence, ListeningEvidence, RunEvidence, TreeLook } from '../evidence.ts'
import type { Eyes } from './eyes.ts'
import { targetAt } from './target.ts'

/** Remembers what a process tree listens on, and how it looked in moments of interest. */
export class Watch {
  readonly #pid: number | null
  readonly #eyes: Eyes
  readonly #now: () => number
  readonly #formerPorts: readonly number[]
  readonly #socket: string | null
  readonly #listening: ListeningEvidence[] = []
  #lookedAtMs = 0
  readonly #looks: TreeLook[] = []
  #last = ''
  #held: readonly Listener[] = []

  /**
   * @param socket The path that it is to listen on.
   * @param formerPorts What it has listened on before it was watched.
   */
  constructor(pid: number | null, eyes: Eyes, now: () => number, socket: string | null, formerPorts: readonly number[] = []) {
    this.#pid = pid
    this.#socket = socket
    this.#formerPorts = formerPorts
    this.#eyes = eyes
    this.#now = now
  }

  get listening(): RunEvidence['listening'] {
    return this.#listening
  }

  get looks(): readonly TreeLook[] {
    return this.#looks
  }

  get nowMs(): number {
    return this.#now()
  }

  /** What it held when it was last looked at. */
  get held(): readonly Listener[] {
    return this.#held
  }

  /** Looks at what the tree listens on; a change is remembered. */
  async listen(): Promise<void> {
    const { owners, table } = this.#eyes
    if (this.#pid === null || owners === null || owners.cost === 'dear') return
    const began = this.#now()
    const listeners = await listenersFor(targetAt({ host: this.#socket ?? '', port: 0 }), owners)
    const pids = (await table.tree(this.#pid)).map(({ pid }) => pid)
    const held = await owners.heldBy(pids, listeners)
    this.#held = held
    const key = held
      .map(({ socket }) => socket)
      .sort()
      .join(' ')
    const absentAtMs = this.#lookedAtMs
    this.#lookedAtMs = began
    if (key === this.#last) return
    this.#last = key
    const atMs = this.#now()
    this.#listening.push({ atMs, absentAtMs, listeners: await this.#evidence(held, pids) })
  }

  async #evidence(held: readonly Listener[], pids: readonly number[]): Promise<ListenerEvidence[]> {
    const holders = new Map<string, number>()
    for (const pid of pids) {
      if (holders.size === held.length) break
      for (const { socket } of (await this.#eyes.owners?.heldBy([pid], held)) ?? []) if (!holders.has(socket)) holders.set(socket, pid)
    }
    return held.map(({ family, address, port, acceptQueue, socket }) => ({
      family,
      address,
      port,
      acceptQueue,
      pid: holders.get(socket) ?? null,
    }))
  }

  /** Of those that its tree listens on, the one that it was given. */
  async #onSocket(processes: TreeLook['processes']): Promise<ListenerEvidence[]> {
    const { owners } = this.#eyes
    if (this.#socket === null || owners === null) return []
    const pids = processes.map(({ pid }) => pid)
    const held = await owners.heldBy(pids, (await owners.listenersAt?.(this.#socket)) ?? [])
    return this.#evidence(held, pids)
  }

  async look(why: TreeLook['why']): Promise<void> {
    if (this.#pid === null) return
    const former = [...this.#formerPorts, ...this.#listening.flatMap(({ listeners }) => listeners.map(({ port }) => port))]
    const seen = await this.#eyes.tree(this.#pid, former)
    this.#looks.push({ atMs: this.#now(), why, ...seen, listeners: [...seen.listeners, ...(await this.#onSocket(seen.processes))] })
  }
}
