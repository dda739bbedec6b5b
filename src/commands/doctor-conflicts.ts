/** What of a doctor's command line would be ignored beside the rest of it: refused, in one sentence each. Pure. */
import { type ParsedArguments, usageError } from './arguments.ts'

/** Of every command, or only about how the answer is given. */
const always = ['json', 'no-color', 'verbose', 'config', 'state-dir', 'claude-path', 'node-path']

/** A limit that is not reached is none that is ignored: `timeout` and `requests` may stand beside an address. */
export const refuseConflicts = (args: ParsedArguments): void => {
  const { values } = args
  if (values.replay !== undefined) refuseBeside(args, '--replay judges what is in its file', ['replay'])
  // `no-trial` is what it does
  if (values.app !== undefined) refuseBeside(args, '--app looks at a package, and starts nothing', ['app', 'entry', 'bundle', 'no-trial'])
  else if (values.entry !== undefined) throw usageError('--entry is the script in a package, and none is named.', 'Name it: --app DIR.')
  if (values.as !== undefined && values['no-trial'] === true)
    throw usageError('--as compares trials, and --no-trial forbids them; give one.')
  if (isAddress(args)) refuseAtAddress(args)
}

/** An address alone: neither a service nor the config that describes one is named with it. */
export const isAddress = (args: ParsedArguments): boolean =>
  !isExplicit(args) && (args.values.url !== undefined || args.values.port !== undefined)

/** What to start is said on the line. */
export const isExplicit = ({ positionals, rest, values }: ParsedArguments): boolean =>
  positionals.length > 0 || rest !== undefined || values.config !== undefined

const refuseBeside = (args: ParsedArguments, what: string, allowed: readonly string[]): void => {
  const ignored = [
    ...given(args)
      .filter((name) => !allowed.includes(name) && !always.includes(name))
      .map((name) => `--${name}`),
    ...(args.positionals.length > 0 ? ['a script'] : args.rest === undefined ? [] : ['a command']),
  ]
  if (ignored.length > 0) throw usageError(`${what}: ${ignored.join(', ')} would be ignored.`)
}

const given = ({ values, lists }: ParsedArguments): string[] =>
  [...Object.entries(values), ...Object.entries(lists)].flatMap(([name, value]) => (value === undefined ? [] : [name]))

const refuseAtAddress = ({ values: { as, url, port } }: ParsedArguments): void => {
  if (as !== undefined)
    throw usageError('--as compares trials, and an address alone is not tried.', 'Name the script, the command or --config FILE, too.')
  if (url === undefined || port === undefined || !URL.canParse(String(url)) || portOf(String(url)) === Number(port)) return
  throw usageError(`--url and --port ${port} are two addresses; give one.`)
}

const portOf = (url: string): number => {
  const { port, protocol } = new URL(url)
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port)
}

/** What tells how a service is started, or that it is. */
const ofService = ['as', 'ready', 'launch', 'cwd', 'env']

/** The same where neither the line nor a config here says what to start. */
export const refuseForNobody = (args: ParsedArguments): void => {
  const ignored = given(args).flatMap((name) => (ofService.includes(name) ? [`--${name}`] : []))
  if (ignored.length > 0)
    throw usageError(`No script, no command and no jarvis.config file here says what to start: ${ignored.join(', ')} would be ignored.`)
}
