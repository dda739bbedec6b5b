/**
 * What is written down of a service while it is supervised: who supervises it, where to ask, and what runs. Pure.
 *
 * The file is read by later versions and after crashes: anything that is not a whole record of a version that we know is
 * no record. It may license a signal, so nothing in it is taken on trust (see `ports/orphan.ts`).
 */
import type { ProcessIdentity } from '../process/identity.ts'

export interface RunRecord {
  readonly version: 1
  /** Name of the service. */
  readonly service: string
  readonly key: string
  /** Real path of the project: tells two services of the same name apart. */
  readonly root: string
  readonly supervisor: ProcessIdentity & {
    readonly version: string
    /** ISO 8601. */
    readonly startedAt: string
    /** Its process does nothing else, and ends with the service. */
    readonly dedicated: boolean
  }
  /** Path of the control socket, or name of the pipe. */
  readonly socket: string
  /** The newest log file; null where nothing is logged. */
  readonly log: string | null
  /** The process that is the service; null between runs. */
  readonly run: RecordedRun | null
  /** What runs besides: one that stands by, that is to replace the other, or that was replaced. */
  readonly others?: readonly RecordedRun[]
}

export interface RecordedRun {
  /** null: it is just being launched, or its supervisor died in that moment. */
  readonly child: ProcessIdentity | null
  /** Process group of the child; 0 where there are none. */
  readonly pgid: number
  /** The certificate in its environment. */
  readonly instanceId: string
  /** As it was started, for people. */
  readonly command: string
  readonly host: string | null
  readonly port: number | null
  /** The path that it was given in place of host and port. */
  readonly socket?: string
  /** ISO 8601. */
  readonly launchedAt: string
  /** The same by the kernel's clock, in which it notes when a process started: milliseconds since the boot. */
  readonly launchedSinceBootMs: number
  /** How it wants to be ended. */
  readonly stop: { readonly signal: string; readonly graceMs: number }
}

/** All that may run. */
export const runsOf = ({ run, others = [] }: Pick<RunRecord, 'run' | 'others'>): readonly RecordedRun[] =>
  run === null ? others : [run, ...others]

export const serializeRecord = (record: RunRecord): string => `${JSON.stringify(record)}\n`

/** undefined for whatever is not a whole record. */
export const parseRecord = (text: string): RunRecord | undefined => {
  const value = parse(text)
  return isRunRecord(value) ? value : undefined
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

type Fields = Readonly<Record<string, unknown>>
const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)
const isText = (value: unknown): value is string => typeof value === 'string'
const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

const isIdentity = (value: unknown): value is Fields =>
  isObject(value) && isCount(value.pid) && value.pid > 1 && isText(value.startTime) && isText(value.bootId)

/** The supervisor may be the first process of a container. */
const isSupervisor = (value: unknown): boolean =>
  isObject(value) &&
  isIdentity({ ...value, pid: isCount(value.pid) && value.pid === 1 ? 2 : value.pid }) &&
  isText(value.version) &&
  isText(value.startedAt) &&
  typeof value.dedicated === 'boolean'

const isStop = (value: unknown): boolean =>
  isObject(value) && isText(value.signal) && /^SIG[A-Z0-9]+$/.test(value.signal) && isCount(value.graceMs)

const isRun = (value: unknown): boolean =>
  isObject(value) &&
  (value.child === null || isIdentity(value.child)) &&
  isCount(value.pgid) &&
  isText(value.instanceId) &&
  value.instanceId !== '' &&
  isText(value.command) &&
  (value.host === null || isText(value.host)) &&
  (value.port === null || isCount(value.port)) &&
  (value.socket === undefined || isText(value.socket)) &&
  isText(value.launchedAt) &&
  isCount(value.launchedSinceBootMs) &&
  isStop(value.stop)

const isRunRecord = (value: unknown): value is RunRecord =>
  isObject(value) &&
  value.version === 1 &&
  [value.service, value.key, value.root, value.socket].every((field) => isText(field) && field !== '') &&
  isSupervisor(value.supervisor) &&
  (value.log === null || isText(value.log)) &&
  (value.run === null || isRun(value.run)) &&
  (value.others === undefined || (Array.isArray(value.others) && value.others.every(isRun)))
