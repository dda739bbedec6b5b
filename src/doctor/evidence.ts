/**
 * What a doctor sees, as data: everything a verdict is derived from, here or elsewhere, now or later. Pure: types only.
 *
 * Evidence is JSON: it is written to a bundle and read again. Secrets are taken out before it is stored, so nothing in it
 * may be needed whole. Times within a run are milliseconds since its launch.
 */
import type { CauseCode } from '../causes/codes.ts'
import type { StartFacts } from '../causes/not-started.ts'

export interface Evidence {
  readonly schema: 1
  /** Version of the doctor that has looked. */
  readonly doctor: string
  /** ISO 8601. */
  readonly takenAt: string
  readonly durationMs: number
  /** How the doctor was asked, piece by piece as a shell takes them (`--cwd /app`), but for what only concerns its answer. */
  readonly asked?: readonly string[]
  /**
   * `trial`: the service was started to be watched. `running`: it runs, and its supervisor was asked. `address`: only an
   * address is known. `package`: a packaged app, not started.
   */
  readonly subject: 'trial' | 'running' | 'address' | 'package'
  readonly service: ServiceFacts | null
  readonly machine: MachineFacts
  readonly environment: EnvironmentFacts
  readonly executables: { readonly node: ExecutableFacts | null; readonly claude: ExecutableFacts | null }
  /** Of the project that the script belongs to. */
  readonly project: ProjectFacts | null
  /** In the order in which they were made: in the doctor's own surroundings first. Of a running service: its last runs, as far as known. */
  readonly runs: readonly RunEvidence[]
  /** Where the window dials, seen from outside, after all else. null: there is no address. */
  readonly address: AddressEvidence | null
  /** What the app's main process has told. */
  readonly app: AppFacts | null
  /** What lies in a packaged app. */
  readonly archive: ArchiveFacts | null
}

/** What is to run, or runs. */
export interface ServiceFacts {
  readonly name: string
  readonly launch: 'fork' | 'spawn' | 'utilityProcess' | null
  readonly script: string | null
  readonly command: string | null
  readonly args: readonly string[]
  readonly cwd: string
  /** As asked for: a number is strict, `prefer` moves, `socket` is none but a path, `none` listens on nothing. */
  readonly port: number | 'auto' | 'none' | 'socket' | { readonly prefer: number }
  readonly host: string
  readonly readiness: {
    readonly kind: 'http' | 'tcp' | 'log' | 'ipc' | 'command' | 'custom' | 'none'
    readonly path: string | null
    /** Of `log`. */
    readonly pattern: string | null
    readonly timeoutMs: number
    /** Lowest and highest status that counts. */
    readonly status: readonly [number, number] | null
  }
  /** null: off. */
  readonly liveness: { readonly periodMs: number; readonly timeoutMs: number; readonly failureThreshold: number } | null
  readonly claudeRequired: boolean
  /** Of a running service. */
  readonly supervised: SupervisedFacts | null
}

export interface SupervisedFacts {
  readonly state: 'stopped' | 'starting' | 'ready' | 'stopping' | 'backoff' | 'failed'
  /** `silent`: its supervisor does not answer. `dead`: it is gone, and has left a record. */
  readonly supervisor: 'answers' | 'silent' | 'dead'
  readonly supervisorPid: number
  readonly pid: number | null
  readonly restarts: number
  readonly failures: number
  readonly latencyMs: number | null
  /** What its supervisor has said of late, in its own words, oldest first. */
  readonly journal: readonly string[]
  /** How its last run ended; null: none has. Absent: not looked for. */
  readonly lastExit?: LastExitEvidence | null
  /**
   * When runs ended that nobody had asked to end, in the ten minutes before the look: milliseconds before it, oldest
   * first. null: it keeps no log that would tell. Absent: not looked for.
   */
  readonly endedAgoMs?: readonly number[] | null
}

export interface LastExitEvidence {
  readonly pid: number
  readonly code: number | null
  readonly signal: string | null
  /** The supervisor's own explanation. */
  readonly reason: CauseCode | null
  readonly uptimeMs: number
  /** Before the look; null: not known. */
  readonly agoMs: number | null
  /** Somebody had asked for it; null: not known. */
  readonly requested: boolean | null
  /** What it said of its end. */
  readonly words: string | null
}

export interface MachineFacts {
  readonly platform: NodeJS.Platform
  readonly arch: string
  readonly release: string
  /** Of the doctor itself. */
  readonly node: string
  readonly electron: string | null
  /** null where there are none (Windows). */
  readonly uid: number | null
  readonly home: string
  /** Lowest port that anybody may listen on; null where unknown. */
  readonly unprivilegedPortStart: number | null
  /** `avx2`, `bmi2`, as far as this processor has them; null where that cannot be read. */
  readonly cpuFeatures: readonly string[] | null
  /** Literal addresses of this machine. */
  readonly addresses: readonly string[]
  /** What `localhost` means here; null: it was not asked or has no meaning. */
  readonly localhost: readonly string[] | null
  /** How this process is confined: `AppImage`, `Snap`, `Flatpak`, `WSL`, `container`. */
  readonly confinement: readonly string[]
  /** Ports that Windows keeps, first and last of each range. */
  readonly reservedPorts: readonly (readonly [number, number])[]
  /** What was found of macOS' quarantine and signature checks, of the file that was started. */
  readonly quarantine: { readonly quarantined: boolean; readonly translocated: boolean; readonly codesigningReport: boolean } | null
}

/** Names of variables are told, values only of those below; nothing secret is among them. */
export interface EnvironmentFacts {
  readonly names: readonly string[]
  readonly path: readonly string[]
  /** NODE_OPTIONS, ELECTRON_*, APPIMAGE, SNAP, FLATPAK_ID, WSL_DISTRO_NAME, CLAUDECODE, CLAUDE_CLI_PATH, NO_PROXY, the proxies without who logs in. */
  readonly values: Readonly<Record<string, string>>
}

export interface ExecutableFacts {
  readonly path: string | null
  readonly realPath: string | null
  readonly kind: string | null
  readonly version: string | null
  readonly source: string | null
  readonly healed: boolean
  readonly candidates: readonly {
    readonly path: string
    readonly kind: string
    readonly source: string
    readonly usable: boolean | null
    readonly reason: string
  }[]
}

export interface ProjectFacts {
  /** Folder of the nearest package.json; null: there is none. */
  readonly dir: string | null
  readonly type: 'module' | 'commonjs' | null
  /** `engines.node`. */
  readonly engines: string | null
  /** Whether the engines permit the Node that was found; null: not known. */
  readonly enginesMet: boolean | null
  readonly cwdWritable: boolean
}

/** One run of the backend, watched. */
export interface RunEvidence {
  readonly origin: 'trial' | 'supervised'
  readonly surroundings: SurroundingsFacts
  /** As it was started; null: it never came to that. Shown, not to be run: secrets are taken out. */
  readonly command: string | null
  /** What it was given as PORT and HOST; of JARVIS_SOCKET the path is the host, and the port 0, here as everywhere below. */
  readonly given: { readonly host: string; readonly port: number } | null
  /** Whether somebody had the wanted port when it was launched; absent: not known. */
  readonly portHeldBefore?: boolean
  readonly notStarted: NotStartedEvidence | null
  readonly pid: number | null
  readonly exit: ExitEvidence | null
  readonly output: readonly OutputEvidence[]
  /** Lines that are not in `output`: there were too many. */
  readonly linesOmitted: number
  /** What its process tree listens on: each change, oldest first. Empty: never on anything. */
  readonly listening: readonly ListeningEvidence[]
  /** Every question that it was asked, in order. */
  readonly requests: readonly RequestEvidence[]
  /** When its own readiness probe passed, where that is not a question to the port. */
  readonly readyAtMs: number | null
  /** The process tree at moments worth a look: when a question had no answer, and last of all. */
  readonly looks: readonly TreeLook[]
  /** How long it was watched, from its launch to the last look. */
  readonly watchedMs: number
  /** What of it was still there after its root had ended, and after all was cleaned up. */
  readonly left: { readonly afterExit: readonly ProcessEvidence[]; readonly survivors: readonly ProcessEvidence[] }
}

export interface ListeningEvidence {
  readonly atMs: number
  /** When the look began that did not show this yet: what has changed may have changed at any time since. */
  readonly absentAtMs?: number
  readonly listeners: readonly ListenerEvidence[]
}

export interface SurroundingsFacts {
  /** `own`: as a start would have them. `packaged`: as an app has them that was started from the desktop. */
  readonly label: 'own' | 'packaged'
  /** Whose packaged app: `darwin`, `linux`, `win32`. */
  readonly system: NodeJS.Platform
  /** What of packaged surroundings was set right for this run, to see whether that cures it. */
  readonly repaired: SurroundingsDifference | null
  readonly cwd: string
  readonly path: readonly string[]
  readonly home: string | null
  readonly stdin: 'pipe' | 'null'
  /** Variables that the own surroundings have and these have not. */
  readonly missing: readonly string[]
  /** NODE_OPTIONS, ELECTRON_RUN_AS_NODE and proxies as the backend got them. */
  readonly values: Readonly<Record<string, string>>
}

export type SurroundingsDifference = 'PATH' | 'cwd' | 'HOME' | 'variables' | 'stdin' | 'ELECTRON_RUN_AS_NODE'

export interface NotStartedEvidence {
  /** `ERR_…` of the refusal. */
  readonly code: string
  readonly cause: CauseCode | null
  readonly message: string
  readonly hint: string | null
  /** What lies where it was to be started; null: it was refused before. */
  readonly facts: StartFacts | null
}

export interface ExitEvidence {
  readonly atMs: number
  readonly code: number | null
  readonly signal: string | null
  /** We ended it. */
  readonly requested: boolean
  /** The supervisor's own explanation; what is known of the file that ran is in it. */
  readonly reason: CauseCode | null
  /** Processes around us that the kernel ended for want of memory, during the run. */
  readonly oomKills: number
}

export interface OutputEvidence {
  readonly atMs: number
  readonly stream: 'stdout' | 'stderr'
  readonly text: string
}

export interface ListenerEvidence {
  readonly family: 'ipv4' | 'ipv6' | 'unix'
  readonly address: string
  readonly port: number
  /** Connections that wait to be accepted; -1: unknown. */
  readonly acceptQueue: number
  readonly pid: number | null
}

export interface RequestEvidence {
  readonly atMs: number
  readonly host: string
  readonly port: number
  readonly path: string
  readonly outcome:
    | 'answered'
    | 'refused'
    /** The connection was never made: nobody took it, and nobody refused it. */
    | 'connect-timeout'
    /** Connected, and no whole answer came. */
    | 'no-answer'
    /** Connected, and closed or reset before an answer. */
    | 'closed'
    /** An answer that is no HTTP. */
    | 'not-http'
    /** Nothing of that is true: see `error`. */
    | 'failed'
  readonly status: number | null
  /** `Server` and `X-Powered-By`. */
  readonly server: string | null
  /** Its beginning, secrets taken out: the body of an error, what came instead of HTTP. */
  readonly head: string | null
  readonly bytes: number
  /** Until the answer, or until it was given up. */
  readonly latencyMs: number
  readonly error: string | null
  /** Whose the listener was that was asked. */
  readonly owner: Owner
}

/** `ours`: of the process tree of the run. `unknown`: the system does not tell. */
export type Owner = 'ours' | 'foreign' | 'nobody' | 'unknown'

/** A process tree at one moment. */
export interface TreeLook {
  readonly atMs: number
  readonly why: 'not-ready' | 'no-answer' | 'end'
  /** Root first. */
  readonly processes: readonly ProcessEvidence[]
  readonly listeners: readonly ListenerEvidence[]
  /** Unix sockets that it listens on. */
  readonly unixSockets: readonly string[]
  /** Connections of its own ports that are open. */
  readonly established: number
}

export interface ProcessEvidence {
  readonly pid: number
  readonly ppid: number
  readonly name: string
  /** Secrets taken out; empty: not readable. */
  readonly command: string
  /** `R` `S` `D` `T` `t` `Z`; empty where unknown. */
  readonly state: string
  /** Where in the kernel it waits; empty where unknown or nowhere. */
  readonly wchan: string
  /** Of one core, over the last moments before; null: unknown. */
  readonly cpuPercent: number | null
  /** Open descriptors, and how many it may have; null: unknown. */
  readonly descriptors: { readonly open: number; readonly limit: number } | null
  /** Whether it is in another network namespace than the doctor. */
  readonly otherNetwork: boolean
  /** What it listens on in its own network namespace, where that is another. */
  readonly ownListeners?: readonly ListenerEvidence[]
}

/** An address as clients see it. */
export interface AddressEvidence {
  /** As asked for, without query values; `unix:` and the path of a socket. */
  readonly url: string
  readonly host: string
  readonly port: number
  readonly path: string
  /** Whether both literals of the loopback were asked: always, where the host is one of them or `localhost`. */
  readonly ipv4: FamilyEvidence | null
  readonly ipv6: FamilyEvidence | null
  /** Another host, as it was named, or a socket. */
  readonly named: FamilyEvidence | null
  /** All that listens on the port. */
  readonly holders: readonly HolderEvidence[]
  /** Whether listeners and their owners can be read here at all. */
  readonly canTell: boolean
  /** Other listeners of the loopback, for who has mistaken the port; at most 20. */
  readonly nearby: readonly HolderEvidence[]
  /** What a browser would be told, asked with the `Origin` of the page. */
  readonly cors: { readonly origin: string; readonly allowOrigin: string | null; readonly status: number | null } | null
  /** The same question through the proxy that Node clients take from the environment. */
  readonly proxy: { readonly variable: string; readonly request: RequestEvidence } | null
}

export interface FamilyEvidence {
  /** The literal that was dialled. */
  readonly address: string
  readonly tcp: 'open' | 'refused' | 'timeout' | 'unreachable'
  readonly request: RequestEvidence | null
  /** Whether it speaks TLS; null: not asked. */
  readonly tls: boolean | null
}

export interface HolderEvidence {
  readonly listener: ListenerEvidence
  /** undefined rows are null: the system does not tell whose it is. */
  readonly process: ProcessEvidence | null
  readonly user: string | null
  /** ISO 8601. */
  readonly startedAt: string | null
  readonly relation: /** Of the run under examination. */
    | 'ours'
    /** Left by a dead supervisor of the state folder, and proved to be. */
    | 'own-orphan'
    /** Of another live service of the state folder. */
    | 'other-service'
    /** Carries the certificate of the service, and is not proved to be it. */
    | 'carries-certificate'
    | 'foreign'
    | 'unknown'
  /** Name of the service that it belongs to. */
  readonly service: string | null
  /** Whether the holder accepts connections, or only has the socket open; null: it cannot be told. */
  readonly accepts: boolean | null
  /** Whether its parent has ended: it was adopted by the first process. */
  readonly adopted: boolean
}

/** What the main process of an Electron app knows and nobody else. */
export interface AppFacts {
  readonly electron: string | null
  /** `file:`, `app:`, `http:`, `https:` of the page. */
  readonly pageScheme: string | null
  readonly pageUrl: string | null
  /** When the window first asked for the backend, and when that was ready: milliseconds since the app's start. */
  readonly firstRequestAtMs: number | null
  readonly readyAtMs: number | null
  readonly windowsClosedAtMs: number | null
  readonly activatedAtMs: number | null
  /** When the machine woke up last, and how long it had slept. */
  readonly resumedAtMs: number | null
  readonly sleptMs: number | null
  /** When the backend was ended, and by whom. */
  readonly backendEndedAtMs: number | null
  readonly endedBy: 'supervisor' | 'window-all-closed' | 'itself' | null
  readonly hasPermissionHandler: boolean | null
  readonly runAsNodeFuse: boolean | null
  /** A child was started with the app's own executable, and whether ELECTRON_RUN_AS_NODE was set for it. */
  readonly execPathChild: { readonly runAsNode: boolean } | null
  /** What utilityProcess has thrown or reported. */
  readonly utilityProcessError: string | null
  /** Errors of requests on a reused connection, where fresh ones succeed. */
  readonly reusedConnectionErrors: number
}

/** A packaged Electron app as it lies on disk. */
export interface ArchiveFacts {
  readonly dir: string
  readonly findings: readonly ArchiveFinding[]
  readonly electron: {
    readonly version: string | null
    readonly node: string | null
    readonly abi: number | null
    readonly arch: string | null
  }
  readonly fuses: Readonly<Record<string, boolean | null>> | null
  readonly entry: string | null
}

export interface ArchiveFinding {
  readonly code: CauseCode
  readonly severity: 'fail' | 'warn'
  /** One sentence: what was found. */
  readonly fact: string
  readonly hint: string
  readonly paths: readonly string[]
}
