import type { CauseCode } from '../causes/codes.ts'
import type { LaunchKind } from '../config/launch-mode.ts'
import type { ErrorCode } from '../errors.ts'

/** How a child ended. Exactly one of the two is set, as Node reports it. */
export interface Exit {
  readonly code: number | null
  readonly signal: string | null
}

export type OutputStream = 'stdout' | 'stderr'

/** Everything a launcher needs, resolved: nothing in here is looked up or defaulted again. */
export interface LaunchSpec {
  /** The executable: the Node that runs the script (fork), or the command (spawn). Absolute, or a name to be found on `env.PATH`. */
  readonly command: string
  /** Arguments before the script (fork) or all arguments (spawn). */
  readonly execArgv: readonly string[]
  /** Absolute path of the script; undefined for commands. */
  readonly script: string | undefined
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** The birth certificate in `env.JARVIS_INSTANCE`: names a process, and never licenses a signal by itself. */
  readonly instanceId: string
}

/** Why there is no child. */
export interface LaunchFailure {
  readonly code: ErrorCode
  readonly reason: CauseCode | undefined
  readonly message: string
  readonly hint: string | undefined
  /** Whether trying again could help (out of descriptors or processes for a moment). */
  readonly transient: boolean
}

/** A running child. Its output is drained from the first moment, whoever listens. */
export interface Child {
  readonly pid: number
  /** Whether it leads a process group of its own, or is in that of whoever launched it. */
  readonly group: 'own' | 'shared'
  /** Settles once, when the process has ended and been reaped; never rejects. */
  readonly exited: Promise<Exit>
  /** Settles when both output streams have ended; a grandchild that holds them keeps it open. */
  readonly drained: Promise<void>
  /**
   * Calls back for each chunk, from now on. A returned promise holds that stream back until it settles. The chunk is good
   * until then: it is overwritten by the next one.
   */
  onOutput(listener: (stream: OutputStream, chunk: Buffer) => void | Promise<void>): () => void
  /** Messages of the child over the channel, from now on. */
  onMessage(listener: (message: unknown) => void): () => void
  /** Sends over the channel; false when there is none, or it is closed. */
  send(message: unknown): boolean
  /** Sends a signal to this process only, if it is still the one that was started; false when it is gone. */
  signal(signal: NodeJS.Signals): boolean
}

/** Starts a child. Rejects with the system's error when there is none, whether the system said so at once or later. */
export interface Launcher {
  readonly kind: LaunchKind
  launch(spec: LaunchSpec): Promise<Child>
}
