/** The shape of what a doctor is asked, and what in it contradicts. Pure. Words and meanings: `subject.ts`. */
import { serviceProblems } from '../config/service-shape.ts'
import * as shape from '../config/shape.ts'
import { isRecord, type Problem, type Shape } from '../config/shape.ts'
import { redactShown } from '../logs/redact.ts'
import { dialledFrom } from './dialled.ts'
import type { AppFacts } from './evidence.ts'
import { packagedSystems } from './packaged.ts'
import { originFrom } from './page-origin.ts'
import type { DoctorOptions } from './subject.ts'

/** Of a text that may have a secret in it, which the problem shows. */
const text =
  (what: string, fits: (value: string) => boolean): Shape =>
  (value, path, problems) => {
    if (typeof value === 'string' && fits(value)) return
    const shown = typeof value === 'string' || value instanceof URL ? redactShown(String(value)) : value
    problems.push(shape.expected(path, what, shown))
  }

const orNull =
  (inner: Shape): Shape =>
  (value, path, problems) => {
    if (value !== null) inner(value, path, problems)
  }

const kind =
  (what: string, fits: (value: unknown) => boolean): Shape =>
  (value, path, problems) => {
    if (!fits(value)) problems.push(shape.expected(path, what, value))
  }

const atMs = orNull(kind('a number', Number.isFinite))
const yesOrNo = orNull(shape.boolean)

const app = shape.object({
  electron: orNull(shape.string),
  pageScheme: orNull(shape.string),
  pageUrl: orNull(text('a URL', (value) => URL.canParse(value))),
  firstRequestAtMs: atMs,
  readyAtMs: atMs,
  windowsClosedAtMs: atMs,
  activatedAtMs: atMs,
  resumedAtMs: atMs,
  sleptMs: atMs,
  backendEndedAtMs: atMs,
  endedBy: orNull(shape.oneOf('supervisor', 'window-all-closed', 'itself')),
  hasPermissionHandler: yesOrNo,
  runAsNodeFuse: yesOrNo,
  execPathChild: orNull(shape.object({ runAsNode: shape.boolean }, ['runAsNode'])),
  utilityProcessError: orNull(shape.string),
  reusedConnectionErrors: shape.integer(0, Number.MAX_SAFE_INTEGER),
} satisfies Record<keyof AppFacts, Shape>)

/** One of this realm or of another. */
const isSignal = (value: unknown): boolean =>
  isRecord(value) && typeof value.aborted === 'boolean' && typeof value.addEventListener === 'function'

const asked = shape.object({
  service: kind('an object', isRecord),
  baseDir: shape.filled,
  key: shape.filled,
  preferRunning: shape.boolean,
  // an empty variable of the environment is none
  stateDir: shape.string,
  name: shape.filled,
  url: text('an http or https address, such as http://127.0.0.1:8081/api', (value) => dialledFrom(value) !== undefined),
  trial: shape.boolean,
  as: shape.oneOf(...Object.keys(packagedSystems)),
  timeoutMs: shape.number(1, 3_600_000),
  requests: shape.integer(1, 1000),
  origin: text('scheme://host or scheme://host:port as of the page, or null', (value) => originFrom(value) !== undefined),
  app,
  archive: shape.object({ dir: shape.filled, entry: shape.filled }, ['dir']),
  words: shape.list(shape.string),
  signal: kind('an AbortSignal', isSignal),
  onTrial: shape.fn,
  givenUp: kind('an object', isRecord),
} satisfies Record<keyof DoctorOptions, Shape>)

/** But for those within the service. */
export const doctorProblems = (options: unknown): Problem[] => {
  const problems: Problem[] = []
  asked(options, '', problems)
  if (isRecord(options)) problems.push(...contradictions(options as DoctorOptions))
  return problems
}

/** Those. */
export const problemsOfService = (options: DoctorOptions): Problem[] =>
  isRecord(options) && isRecord(options.service) ? serviceProblems(options.service, 'service') : []

/** A package is looked at and nothing else; a comparison needs what can be tried. */
const contradictions = (options: DoctorOptions): Problem[] => {
  const found: Problem[] = []
  const { archive, as, service, trial } = options
  for (const path of archive === undefined ? [] : (['service', 'url', 'name', 'as', 'origin'] as const)) {
    if (options[path] !== undefined) found.push({ path, message: `\`${path}\` and \`archive\` exclude each other; give one` })
  }
  if (as === undefined || archive !== undefined) return found
  if (service === undefined) found.push({ path: 'as', message: '`as` compares trials, and `service` is missing: there is nothing to try' })
  if (trial === false) found.push({ path: 'as', message: '`as` compares trials, and `trial` false forbids them' })
  return found
}
