import type { ProcessRow } from '../process/table.ts'

export type AddressFamily = 'ipv4' | 'ipv6' | 'unix'

/** A socket in state LISTEN. */
export interface Listener {
  readonly family: AddressFamily
  /** Literal address as bound: `127.0.0.1`, `0.0.0.0`, `::1`, `::`. Of family unix: the path. */
  readonly address: string
  /** Of family unix: 0. */
  readonly port: number
  /** What ties the row to a process: the socket's inode on Linux. */
  readonly socket: string
  /** Connections that wait to be accepted; -1 where unknown. */
  readonly acceptQueue: number
}

/** A listener with the process that holds it; `owner` undefined when the platform or permissions hide it. */
export interface OwnedListener extends Listener {
  readonly owner: ProcessRow | undefined
}

/** Who answers on an address: a process of the tree we started, somebody else, or the platform cannot tell. */
export type Ownership = 'ours' | 'foreign' | 'unknown'

/** Who listens where. One reader per platform. */
export interface PortOwners {
  /** What a question costs: some reading, or a tool that is run for it (20 to 500 ms). Dear ones are asked only for what nobody has said. */
  readonly cost: 'cheap' | 'dear'
  /** All TCP listeners of the machine, without their owners. None where they cannot be read: see `canTell`. */
  listeners(): Promise<Listener[]>
  /** The Unix sockets that listen at a path; the file that leads to them may be gone. null: the platform does not tell. */
  readonly listenersAt: ((path: string) => Promise<Listener[]>) | null
  /** Which of `listeners` are held by one of `pids`. Reads only these processes' descriptors. */
  heldBy(pids: readonly number[], listeners: readonly Listener[]): Promise<Listener[]>
  /**
   * The process behind each listener; scans all processes that may be read, so only for reports. The listeners may be on
   * their way still: the scan does not wait for them.
   */
  ownersOf(listeners: readonly Listener[] | Promise<readonly Listener[]>): Promise<OwnedListener[]>
  /**
   * Whether what is not found is not there: the listeners can be read, and the descriptors of all of `pids` that live.
   * A setuid child, a sandbox or a shortage of descriptors hides them, and `nobody` or `foreign` would be a guess.
   */
  canTell(pids: readonly number[]): Promise<boolean>
}
