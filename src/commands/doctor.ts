import { resolve } from 'node:path'
import { diagnose, diagnoseNothing, gather } from '../doctor/doctor.ts'
import type { Evidence } from '../doctor/evidence.ts'
import { repair } from '../doctor/fix.ts'
import { asOneProcess } from '../doctor/gather/trial-service.ts'
import type { DoctorReport } from '../doctor/report.ts'
import { quoted } from '../doctor/signs/reading.ts'
import { type DoctorOptions, type Subject, subjectOf } from '../doctor/subject.ts'
import { isSupervisorError } from '../errors.ts'
import { integerArgument, type ParsedArguments } from './arguments.ts'
import { isAddress, isExplicit, refuseConflicts, refuseForNobody } from './doctor-conflicts.ts'
import { renderReport } from './doctor-render.ts'
import { onEndSignals } from './end-signals.ts'
import { interruptedTwice } from './exit-code.ts'
import { findNamedService } from './named-service.ts'
import { isJson, painterOf, printJson, printText, tableOptions, tell } from './printing.ts'
import { printable } from './table.ts'

/** Says why the window cannot reach the backend. Exit 0 healthy, 1 a problem found. */
export const doctor = async (args: ParsedArguments): Promise<number> => {
  const { values } = args
  refuseConflicts(args)
  if (values.replay !== undefined) {
    const { readBundle } = await import('../doctor/bundle.ts')
    return conclude(diagnose(await readBundle(resolve(values.replay as string))), args)
  }
  const file = values.bundle === undefined ? undefined : resolve(values.bundle as string)
  // nobody waits 20 s for a verdict to learn that a path was wrong
  if (file !== undefined) await (await import('../doctor/bundle.ts')).refusePlace(file)
  const options = await optionsOf(args)
  // nothing is to be cleaned up before: what a config does while it is loaded may be ended at once
  const end = endOnSignal()
  const subject = await subjectOf({ ...options, signal: end.signal })
  const evidence = await gather(subject)
  if (end.signal.aborted) return interrupted
  const { seen, report } = await repaired(evidence, subject, args)
  if (end.signal.aborted) return interrupted
  const code = conclude(report, args)
  // last: whatever becomes of it, the verdict was said
  if (file !== undefined) await bundle(file, seen, args)
  return code
}

const conclude = (report: DoctorReport, args: ParsedArguments): number => {
  if (isJson(args)) printJson(report)
  else printText(renderReport(report, { ...tableOptions(args), verbose: args.values.verbose === true }))
  return report.ok ? 0 : 1
}

interface Result {
  readonly seen: Evidence
  readonly report: DoctorReport
}

/** What is seen after the repairs, where there were any. */
const repaired = async (evidence: Evidence, subject: Subject, args: ParsedArguments): Promise<Result> => {
  const before: Result = { seen: evidence, report: diagnose(evidence) }
  if (args.values.fix !== true) return before
  const say = (words: string): void => (isJson(args) ? tell(printable(words)) : printText(printable(words)))
  if ((await repair(evidence, { subject, tell: say })) === 0) {
    say('There is nothing that could be repaired safely.')
    return before
  }
  try {
    const after = await gather(subject)
    return { seen: after, report: diagnose(after) }
  } catch (error) {
    if (!isGone(evidence, error)) throw error
    return { seen: evidence, report: diagnoseNothing(evidence) }
  }
}

/** Only what a dead supervisor had left was there, and now there is nothing to examine. */
const isGone = ({ service }: Evidence, error: unknown): boolean =>
  service?.supervised?.supervisor === 'dead' &&
  (isSupervisorError(error, 'ERR_INVALID_OPTIONS') || isSupervisorError(error, 'ERR_NOT_RUNNING'))

const bundle = async (file: string, evidence: Evidence, args: ParsedArguments): Promise<void> => {
  const { writeBundle } = await import('../doctor/bundle.ts')
  await writeBundle(file, evidence)
  tell(painterOf(args, 2)('dim', `What was seen is in ${file}, without secrets.`))
}

/** As if the signal had ended it, after what was started for the examination is gone. */
const interrupted = 130
/** For that. */
const cleanUpMs = 5000

const endOnSignal = (): AbortController => {
  const end = new AbortController()
  onEndSignals((times) => {
    if (times > 1) process.exit(interruptedTwice)
    end.abort()
    setTimeout(() => process.exit(interruptedTwice), cleanUpMs).unref()
  })
  return end
}

const optionsOf = async (args: ParsedArguments): Promise<DoctorOptions> => {
  const { values } = args
  const text = (name: string): string | undefined => values[name] as string | undefined
  const number = (name: string, max: number): number | undefined =>
    text(name) === undefined ? undefined : integerArgument(name, text(name) ?? '', 1, max)
  const app = text('app')
  if (app !== undefined)
    return withoutUndefined({
      archive: { dir: app, ...(text('entry') !== undefined && { entry: text('entry')! }) },
      stateDir: text('state-dir'),
      words: askedWith(args),
    })
  const alone = isAddress(args)
  const named = await findNamedService(args)
  if (named === undefined) refuseForNobody(args)
  // an address alone: the config that may lie here is known, and not tried
  const port = alone ? number('port', 65_535) : undefined
  const url = text('url') ?? (port === undefined ? undefined : `http://${hostInUrl(text('host'))}:${port}/`)
  return withoutUndefined({
    // a port of the line is the one of the only process that there is to be
    service: named && (values.port === undefined ? named.options : asOneProcess(named.options)),
    baseDir: named?.baseDir,
    key: named?.key,
    // a comparison is of trials
    preferRunning: !isExplicit(args) && !alone && values.as === undefined,
    stateDir: text('state-dir') ?? named?.stateDir,
    name: text('name'),
    url,
    trial: values['no-trial'] !== true && !alone,
    as: text('as'),
    timeoutMs: number('timeout', 3_600_000),
    requests: number('requests', 1000),
    origin: text('origin'),
    words: askedWith(args),
    onTrial: (words: string) => tell(painterOf(args, 2)('dim', `Trying it: ${printable(words)}`)),
  })
}

/** What only concerns how the answer is given. */
const ofTheAnswer = new Set(['json', 'no-color', 'verbose', 'fix', 'bundle', 'replay', 'help', 'version'])

const askedWith = ({ values, lists, positionals, rest }: ParsedArguments): string[] => [
  ...Object.entries(values).flatMap(([name, value]) => {
    if (ofTheAnswer.has(name) || value === undefined) return []
    return [value === true ? `--${name}` : `--${name} ${quoted(value)}`]
  }),
  ...Object.entries(lists).flatMap(([name, all]) => all.map((value) => `--${name} ${quoted(value)}`)),
  ...positionals.map(quoted),
  ...(rest === undefined ? [] : ['--', ...rest.map(quoted)]),
]

const hostInUrl = (host = '127.0.0.1'): string => (host.includes(':') ? `[${host}]` : host)

const withoutUndefined = (options: { readonly [Name in keyof DoctorOptions]: DoctorOptions[Name] | undefined }): DoctorOptions =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as DoctorOptions
