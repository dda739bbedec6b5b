import type { Probe } from '../health/probe.ts'
import type { GatewayOptions } from './gateway.ts'

/** One question that tells whether the backend is well. */
export type ProbeOptions =
  /** An HTTP GET on a fresh connection. */
  | {
      kind: 'http'
      /** Path and query. Default `/`. */
      path?: string
      /** Lowest and highest status that counts. Readiness: default [100, 499]. Liveness: any. */
      status?: [number, number]
      headers?: Record<string, string>
      /** What the body must contain; only its first 1 MiB is read. */
      body?: string | RegExp
    }
  /** The port, or the socket, accepts a connection. */
  | { kind: 'tcp' }
  /** A line of output matches. */
  | { kind: 'log'; pattern: string | RegExp }
  /** A message over the channel equals `message`. Default: `'ready'` or `{ type: 'ready' }`. */
  | { kind: 'ipc'; message?: unknown }
  /** A command exits with 0. */
  | { kind: 'command'; command: string; args?: string[] }
  /** Your own function. */
  | { kind: 'custom'; probe: Probe }

export type ReadinessOptions = ProbeOptions & {
  /** From launch to ready. Default 60 000. */
  timeoutMs?: number
}

export type LivenessOptions = Partial<ProbeOptions> & {
  /** From the start of one probe to the start of the next. Default 5000. */
  periodMs?: number
  /** Connect, headers and body together. Default 2000. */
  timeoutMs?: number
  /** Missed probes in a row until it is restarted. Default 6: about 30 s of silence. */
  failureThreshold?: number
}

export interface RestartOptions {
  /** Default `always`. */
  when?: 'always' | 'on-failure' | 'never'
  /** Pause between runs that never became ready: none, then `initialMs` × `factor`ⁿ up to `maxMs`. A run that was ready is restarted at once. */
  backoff?: {
    /** Default 500. */
    initialMs?: number
    /** Default 10 000. */
    maxMs?: number
    /** Default 2. */
    factor?: number
    /** Part of the pause that is left to chance, 0 to 1. Default 0.2. */
    jitter?: number
  }
  /** How many crashes are too many. */
  intensity?: {
    /** Above this (decaying) count of crashes the service is given up. Default 5. */
    maxRestarts?: number
    /** In this time a crash counts half. Default 300 000 (5 minutes). */
    halfLifeMs?: number
  }
}

export interface StopOptions {
  /** Sent over the channel first, where there is one; the signal follows at half the grace. */
  message?: unknown
  /** To the child itself, not to what it started. Default `SIGTERM`. */
  signal?: string
  /** Until what is left of the tree is killed. Default 5000. */
  graceMs?: number
}

export interface LimitOptions {
  /** Of the whole tree, MiB (1024 × 1024 bytes). Above it twice, a second apart, the service is restarted. Default: none. */
  maxMemoryMb?: number
}

export interface LogOptions {
  /** Default: `logs` in the state folder. */
  dir?: string
  /** Size at which a file is put aside. Default 10 MiB. */
  maxBytes?: number
  /** Files kept, with the one that is written to. Default 5. */
  maxFiles?: number
}

/** What `doctor` should know of a service. */
export interface DoctorHints {
  /** What a window asks for first, in turn. Default: the paths of readiness and liveness. */
  paths?: string[]
}

/** What to run, and how to keep it well. Durations end in `Ms`. */
export interface ServiceOptions {
  /** Default: the name in the nearest package.json, else the script's or command's base name. */
  name?: string
  /** JavaScript or TypeScript entry, run by the resolved Node. Relative to `cwd`, or to the config file. */
  script?: string | URL
  /** Or any executable. */
  command?: string
  /** `{port}` `{host}` `{url}` (or `{socket}`) `{claudePath}` `{nodePath}` are replaced. */
  args?: string[]
  /** Default: the folder of the config file, else the current one. */
  cwd?: string
  /** Merged over what the supervisor gives; `undefined` removes a variable. */
  env?: Record<string, string | undefined>
  /** A file of `NAME=value` lines, merged before `env`. */
  envFile?: string
  /**
   * Default `auto`: fork for scripts, spawn for commands. In Electron's main process: utilityProcess for scripts, fork where
   * their options need what that lacks (`status` says what).
   */
  launch?: 'auto' | 'fork' | 'spawn' | 'utilityProcess'
  node?: {
    /** The Node to run scripts with. Default: the one that is running. */
    path?: string
    execArgv?: string[]
    /** Keep compiled code between runs (Node ≥ 22.1). Default false. */
    compileCache?: boolean
  }
  /** Default `{}`: looked for, and handed over when found. `required`: its `--version` is run before the start. `false`: not looked for. */
  claude?: { path?: string; required?: boolean } | false
  /** Address to listen on, handed over as `HOST`. Default 127.0.0.1. */
  host?: string
  /**
   * Handed over as `PORT`, and kept over restarts. `'auto'` or 0: a free one. A number is strict: taken is an error.
   * `{ prefer }` moves on when taken. `false`: the service listens on nothing. Default `'auto'`.
   */
  port?: number | 'auto' | false | { prefer: number }
  /**
   * `socket`: it listens on a Unix socket (Windows: a named pipe), whose path is handed over as `JARVIS_SOCKET`, and on no
   * port. The path is private to this user and stays the same. Default `tcp`.
   */
  transport?: 'tcp' | 'socket'
  /** Default: `{ kind: 'http', path: '/' }` answered with any status below 500; none where there is no address. */
  readiness?: ReadinessOptions | false
  /** Default: the readiness address, any HTTP answer; off where readiness has no address. */
  liveness?: LivenessOptions | false
  restart?: RestartOptions
  stop?: StopOptions
  /** A forked child leaves when its supervisor dies, even with a blocked event loop. Default true. */
  dieWithParent?: boolean
  limits?: LimitOptions
  /** Output on disk, of services whose state is kept. `false`: none. */
  logs?: LogOptions | false
  doctor?: DoctorHints
  /** A port that stays, in front of it: requests wait while it restarts. Opened by `start()`, closed by `stop()`. */
  gateway?: GatewayOptions
  /**
   * A planned restart starts the next process, and ends the old one when that is ready and the old one has finished what it
   * was answering. Two run side by side meanwhile, on two ports: not for what shares a file that only one may open. Default false.
   */
  overlap?: boolean
  /** Keeps a second, ready process, which takes over the moment the first one ends. Planned restarts overlap. Default false. */
  standby?: boolean
}

/** A config file: one service, or several by name. */
export type Config = ServiceOptions | { services: Record<string, ServiceOptions>; stateDir?: string; gateway?: GatewayOptions }

/** Gives a config file its types; returns what it is given. */
export const defineConfig = (config: Config): Config => config
