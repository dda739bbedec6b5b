import { resolve } from 'node:path'
import { diagnose, gather } from '../doctor/doctor.ts'
import type { Evidence } from '../doctor/evidence.ts'
import { repair } from '../doctor/fix.ts'
import { quoted } from '../doctor/signs/reading.ts'
import { type DoctorOptions, type Subject, subjectOf } from '../doctor/subject.ts'
import { integerArgument, type ParsedArguments } from './arguments.ts'
import { renderReport } from './doctor-render.ts'
import { onEndSignals } from './end-signals.ts'
import { interruptedTwice } from './exit-code.ts'
import { findNamedService } from './named-service.ts'
import { isJson, painterOf, printJson, printText, tableOptions, tell } from './printing.ts'
import { printable } from './table.ts'

/** Says why the window cannot reach the backend. Exit 0 healthy, 1 a problem found. */
export const doctor = async (args: ParsedArguments): Promise<number> => {
  const { values } = args
  if (values.replay !== undefined) {
    const { readBundle } = await import('../doctor/bundle.ts')
    return conclude(await readBundle(resolve(values.replay as string)), args)
  }
  const end = endOnSignal()
  const subject = await subjectOf({ ...(await optionsOf(args)), signal: end.signal })
  let evidence = await gather(subject)
  if (end.signal.aborted) return interrupted
  if (values.fix === true && (await fix(evidence, subject, args)) > 0) evidence = await gather(subject)
  if (values.bundle !== undefined) await bundle(resolve(values.bundle as string), evidence, args)
  return end.signal.aborted ? interrupted : conclude(evidence, args)
}

const conclude = (evidence: Evidence, args: ParsedArguments): number => {
  const report = diagnose(evidence)
  if (isJson(args)) printJson(report)
  else printText(renderReport(report, { ...tableOptions(args), verbose: args.values.verbose === true }))
  return report.ok ? 0 : 1
}

const fix = async (evidence: Evidence, { stateDir }: Subject, args: ParsedArguments): Promise<number> => {
  const say = (words: string): void => (isJson(args) ? tell(printable(words)) : printText(printable(words)))
  const done = await repair(evidence, { stateDir, tell: say })
  if (done === 0) say('There is nothing that could be repaired safely.')
  return done
}

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
    return { archive: { dir: app, ...(text('entry') !== undefined && { entry: text('entry')! }) }, words: askedWith(args) }
  const named = await findNamedService(args)
  const isExplicit = args.positionals.length > 0 || args.rest !== undefined || values.config !== undefined
  const port = number('port', 65_535)
  // an address alone: the config that may lie here is known, and not tried
  const url = text('url') ?? (port === undefined || isExplicit ? undefined : `http://${hostInUrl(text('host'))}:${port}/`)
  const isAddress = url !== undefined && !isExplicit
  return withoutUndefined({
    service: named?.options,
    baseDir: named?.baseDir,
    key: named?.key,
    preferRunning: !isExplicit && !isAddress,
    stateDir: text('state-dir') ?? named?.stateDir,
    name: text('name'),
    url,
    trial: values['no-trial'] !== true && !isAddress,
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
