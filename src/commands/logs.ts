import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { realWorkingDirectory } from '../config/working-directory.ts'
import { controlClient } from '../control/client.ts'
import { chooseRunning, type FoundService } from '../control/connect.ts'
import { errnoOf, isSupervisorError, SupervisorError } from '../errors.ts'
import type { DiskLogLine } from '../logs/disk-line.ts'
import { logFolder } from '../record/places.ts'
import { listRecords } from '../record/store.ts'
import { integerArgument, type ParsedArguments, usageError } from './arguments.ts'
import { type Asked, askedService } from './asked.ts'
import { chooseLog, isOf, type KeptLog, nameInKey } from './choose-log.ts'
import { feed, type Piece } from './feed.ts'
import { jsonLine, type RenderLine, rawLine, timedLine } from './logs-render.ts'
import { isJson, painterOf, tell } from './printing.ts'
import { sinceOf } from './since.ts'
import { outputOf } from './terminal.ts'

interface Wanted {
  readonly tail: number | undefined
  /** Milliseconds since 1970. */
  readonly since: number | undefined
  readonly follow: boolean
}

/**
 * Shows what a service has written: from its supervisor or, where nothing runs, from disk. Follows it over restarts
 * until the supervisor ends; Ctrl-C ends it as it ends `tail -f`.
 */
export const logs = async (args: ParsedArguments): Promise<number> => {
  const asked = askedService(args, 'logs [name] [--follow] [--tail N] [--since T]')
  const wanted = wantedIn(args)
  const source = await findSource(asked)
  if (source.from === 'disk') tell(painterOf(args, 2)('dim', `${nameInKey(source.log.key)} does not run; this is what was kept.`))
  const gone = new AbortController()
  await feed(piecesOf(linesFrom(source, wanted, gone.signal), args, wanted.since), gone)
  return 0
}

type Source = { readonly from: 'supervisor'; readonly service: FoundService } | { readonly from: 'disk'; readonly log: KeptLog }

/** What runs, unless that is another project's, and this one has a log of its own. */
const findSource = async ({ name, stateDir }: Asked): Promise<Source> => {
  const cwd = realWorkingDirectory()
  const running = await findRunning({ name, stateDir })
  if (!isSupervisorError(running) && (name !== undefined || running.record.root === cwd)) return { from: 'supervisor', service: running }
  const kept = logsIn(stateDir)
  const log = chooseLog(isSupervisorError(running) ? kept : kept.filter((one) => isOf(one, cwd)), { name, cwd })
  if (log !== undefined) return { from: 'disk', log }
  if (!isSupervisorError(running)) return { from: 'supervisor', service: running }
  throw new SupervisorError('ERR_NOT_RUNNING', `${running.message} No log is kept of it, either.`, { service: name, hint: running.hint })
}

const findRunning = async (asked: Asked): Promise<FoundService | SupervisorError> => {
  try {
    return await chooseRunning(asked)
  } catch (error) {
    if (isSupervisorError(error, 'ERR_NOT_RUNNING')) return error
    throw error
  }
}

/** A dead supervisor's record says where its log is; who ends well leaves none, but a log in the usual place. */
const logsIn = (stateDir: string): KeptLog[] => {
  const recorded = listRecords(stateDir).flatMap(({ record: { key, log } }) => (log === null ? [] : [{ key, path: log }]))
  const folder = join(stateDir, logFolder)
  const usual = namesIn(folder)
    .filter((name) => name.endsWith(logEnding))
    .map((name) => ({ key: name.slice(0, -logEnding.length), path: join(folder, name) }))
  return [...new Map([...usual, ...recorded].map((log) => [log.key, log])).values()]
}

const logEnding = '.log'

const namesIn = (folder: string): string[] => {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return []
    throw error
  }
}

async function* linesFrom(source: Source, { tail, since, follow }: Wanted, signal: AbortSignal): AsyncIterable<DiskLogLine> {
  const some = tail === undefined ? {} : { tail }
  if (source.from === 'disk') {
    const { keptLines } = await import('./kept-lines.ts')
    yield* keptLines(source.log.path, { ...some, ...(since !== undefined && { since }) })
  } else {
    const { socket, service } = source.service.record
    yield* controlClient(socket, service).logs({ ...some, follow, signal })
  }
}

/** What the supervisor has said itself goes where words go, as it does with `start`: the output stays what the service has written. */
async function* piecesOf(lines: AsyncIterable<DiskLogLine>, args: ParsedArguments, since = Number.NEGATIVE_INFINITY): AsyncIterable<Piece> {
  const render = rendererOf(args)
  const word = wordRendererOf(args)
  for await (const line of lines) {
    if (line.time < since) continue
    yield line.stream === 'supervisor' ? { to: 'stderr', text: word(line) } : { to: 'stdout', text: render(line) }
  }
}

const rendererOf = (args: ParsedArguments): RenderLine => {
  if (isJson(args)) return jsonLine
  return outputOf('stdout').isTTY ? timedLine(painterOf(args, 1), Date.now()) : rawLine
}

const wordRendererOf = (args: ParsedArguments): RenderLine => {
  const paint = painterOf(args, 2)
  const render = outputOf('stdout').isTTY ? timedLine(paint, Date.now()) : rawLine
  return (line) => render({ ...line, line: paint('dim', `[supervisor] ${line.line}`) })
}

const wantedIn = ({ values }: ParsedArguments): Wanted => {
  const tail = values.tail as string | undefined
  const since = values.since as string | undefined
  const moment = since === undefined ? undefined : sinceOf(since, Date.now())
  if (since !== undefined && moment === undefined)
    throw usageError(
      `Expected --since to be like 30s, 10m, 2h, 1d or an ISO time, got ${JSON.stringify(since)}.`,
      'Write: logs --since 10m, or --since 2025-01-31T08:00',
    )
  return {
    tail: tail === undefined ? undefined : integerArgument('tail', tail, 0, Number.MAX_SAFE_INTEGER),
    since: moment,
    follow: values.follow === true,
  }
}
