/** What is to be examined: options, checked, and what they come to. */
import { resolve } from 'node:path'
import type { ServiceOptions } from '../config/options.ts'
import { invalidOptions } from '../config/service.ts'
import { workingDirectory } from '../config/working-directory.ts'
import { currentStateDir } from '../record/current-state-dir.ts'
import { examineArchive } from './archive/examine.ts'
import { dialledFrom } from './dialled.ts'
import type { AppFacts, ArchiveFacts } from './evidence.ts'
import type { GivenUp } from './gather/given-up.ts'
import { asOneProcess } from './gather/trial-service.ts'
import { doctorProblems } from './options-shape.ts'
import { packagedSystems } from './packaged.ts'
import { originFrom } from './page-origin.ts'

export interface DoctorOptions {
  /** The service to try, or to compare with what answers. Default: none is known but what runs. */
  service?: ServiceOptions
  /** What relative paths in it are relative to. Default: the working directory. */
  baseDir?: string
  /** Its key in a config. */
  key?: string
  /** Whether a running service of the state folder is examined rather than `service` tried. Default: where no `service` is given. */
  preferRunning?: boolean
  /** Default: `JARVIS_STATE_DIR`, else the platform's place. */
  stateDir?: string
  /** Name or key of a running service. */
  name?: string
  /** Where the window dials, with the path that it asks for. Default: the service's address. */
  url?: string
  /** Whether the service may be started to be watched. Default true; `false` looks only. */
  trial?: boolean
  /** Repeats the trial as an app has it that was started from the desktop: `packaged` (as on macOS), `packaged:linux`, `packaged:windows`. */
  as?: string
  /** From launch to the first good answer of a trial, 1 to 3 600 000. Default 10 000; a readiness timeout of the service's own wins. */
  timeoutMs?: number
  /** Questions that a trial must answer, 1 to 1000. Default 2. */
  requests?: number
  /** Origin of the page (`scheme://host`, `scheme://host:port`, `null`): only then CORS is judged. */
  origin?: string
  /** What only the app's main process knows. */
  app?: Partial<AppFacts>
  /** How `service` was given up by a supervisor in this process: that is judged, and nothing is started. */
  givenUp?: GivenUp
  /** A packaged Electron app to examine instead, without starting it. `entry`: its backend's script, relative to the app. */
  archive?: { dir: string; entry?: string }
  /** How all this was said on a command line, piece by piece: for the commands in the report. Default: made from the service. */
  words?: readonly string[]
  /** Ends the examination early: what was seen until then is judged. */
  signal?: AbortSignal
  /** Told before the user's code is run. */
  onTrial?: (words: string) => void
}

/** Where a window dials. */
export interface Dialled {
  readonly protocol: 'http:' | 'https:'
  readonly host: string
  readonly port: number
  /** Path and query. */
  readonly path: string
}

export interface Subject {
  readonly service: { readonly options: ServiceOptions; readonly baseDir: string; readonly key?: string | undefined } | null
  readonly prefersRunning: boolean
  readonly stateDir: string
  /** Somebody has named it, for this or for all. */
  readonly stateDirIsChosen: boolean
  readonly name: string | undefined
  readonly dialled: Dialled | null
  /** The path was named, too. */
  readonly hasPath: boolean
  readonly mayTry: boolean
  /** Compare with the surroundings of this system's desktop. */
  readonly packaged: NodeJS.Platform | null
  readonly timeoutMs: number | null
  readonly requests: number
  readonly origin: string | null
  readonly app: AppFacts | null
  readonly givenUp: GivenUp | null
  readonly archive: ArchiveFacts | null
  readonly words: readonly string[] | undefined
  readonly signal: AbortSignal
  readonly onTrial: (words: string) => void
}

/**
 * The service in them is not checked here: who has named it knows what it is called.
 * @throws SupervisorError `ERR_INVALID_OPTIONS` with all problems.
 */
export const subjectOf = async (options: DoctorOptions): Promise<Subject> => {
  const problems = doctorProblems(options)
  if (problems.length > 0) throw invalidOptions(problems)
  const { url, stateDir, timeoutMs = null, requests = 2, archive } = options
  const named = (url === undefined ? undefined : dialledFrom(url)) ?? null
  const isDoor = named !== null && options.trial !== false && options.service?.gateway?.port === named.port
  const service = isDoor ? asking(options.service, named.path) : options.service
  // a trial opens none, and behind it the backend is wherever it likes
  const dialled = isDoor ? null : named
  return {
    service:
      service === undefined
        ? null
        : { options: withPort(service, dialled, options.trial), baseDir: options.baseDir ?? workingDirectory(), key: options.key },
    prefersRunning: options.preferRunning ?? (service === undefined && dialled === null),
    stateDir: currentStateDir(stateDir),
    stateDirIsChosen: [stateDir, process.env.JARVIS_STATE_DIR].some((dir) => dir !== undefined && dir !== ''),
    name: options.name,
    dialled,
    hasPath: dialled !== null && dialled.path !== '/',
    mayTry: options.trial ?? true,
    packaged: (options.as === undefined ? undefined : packagedSystems[options.as]) ?? null,
    timeoutMs,
    requests,
    origin: (options.origin === undefined ? undefined : originFrom(options.origin)) ?? null,
    app: options.app === undefined ? null : { ...nothingTold, ...options.app },
    givenUp: options.givenUp ?? null,
    archive:
      archive === undefined
        ? null
        : await examineArchive(resolve(archive.dir), archive.entry === undefined ? {} : { entry: archive.entry }),
    words: options.words,
    signal: options.signal ?? new AbortController().signal,
    onTrial: options.onTrial ?? (() => {}),
  }
}

const nothingTold: AppFacts = {
  electron: null,
  pageScheme: null,
  pageUrl: null,
  firstRequestAtMs: null,
  readyAtMs: null,
  windowsClosedAtMs: null,
  activatedAtMs: null,
  resumedAtMs: null,
  sleptMs: null,
  backendEndedAtMs: null,
  endedBy: null,
  hasPermissionHandler: null,
  runAsNodeFuse: null,
  execPathChild: null,
  utilityProcessError: null,
  reusedConnectionErrors: 0,
}

const asking = (options: ServiceOptions | undefined, path: string): ServiceOptions | undefined =>
  options === undefined || path === '/' ? options : { ...options, doctor: { ...options.doctor, paths: [path] } }

/** The window's port is what a service should have that is to be tried, where nothing else is said. */
const withPort = (options: ServiceOptions, dialled: Dialled | null, trial = true): ServiceOptions => {
  const isFree = options.transport !== 'socket' && (options.port === undefined || options.port === 'auto' || options.port === 0)
  // of two processes only one could have it
  return dialled !== null && isFree && trial ? { ...asOneProcess(options), port: dialled.port } : options
}
