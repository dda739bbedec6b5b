import { type Orphan, type OrphanWorld, reclaimOrphan } from '../control/orphans.ts'
import { findOurs, type Ours } from '../control/ours.ts'
import { redactShown } from '../logs/redact.ts'
import type { PortOwners } from '../ports/owners.ts'
import { portOwnersFor } from '../ports/port-owners.ts'
import { describePorts, type PortRow } from '../ports/table.ts'
import { processFactsFor } from '../process/facts.ts'
import { certificate } from '../process/group.ts'
import { sameProcess } from '../process/identity.ts'
import { type ParsedArguments, usageError } from './arguments.ts'
import { onlyPositional, stateDirIn } from './asked.ts'
import { exitCodeFor } from './exit-code.ts'
import { renderPorts } from './ports-render.ts'
import { isJson, painterOf, printJson, printText, tableOptions, tell } from './printing.ts'
import { type Holder, heldWords, type ReclaimedOrphan, reclaimedWords } from './reclaim-words.ts'
import { orphanWorld } from './world.ts'

const usage = 'ports [port] [--reclaim]'

/** Shows who listens; with `--reclaim` ends what dead supervisors of the state folder have left on the port, or at all. */
export const ports = async (args: ParsedArguments): Promise<number> => {
  const port = portIn(args)
  const world = orphanWorld(stateDirIn(args))
  const owners = portOwnersFor(world.platform, world.table)
  if (owners === null || !(await owners.canTell([]))) {
    tell(painterOf(args, 2)('red', `Who listens cannot be read on this machine (${world.platform}).`))
    return 1
  }
  if (args.values.reclaim === true) return reclaim(args, { world, owners, port })
  const { ours, rows } = await look({ world, owners, port })
  if (isJson(args)) printJson(rows)
  else printRows(args, rows, ours, port)
  return 0
}

interface Question {
  readonly world: OrphanWorld
  readonly owners: PortOwners
  readonly port: number | undefined
}

const look = async ({ world, owners, port }: Question): Promise<{ readonly ours: Ours; readonly rows: readonly PortRow[] }> => {
  const ours = await findOurs(world)
  const isOurs = (row: Parameters<Ours['belongs']>[0]): boolean => ours.belongs(row) !== undefined
  const facts = processFactsFor(world.platform)
  return { ours, rows: await describePorts({ owners, table: world.table, facts, isOurs, redact: redactShown }, port) }
}

const printRows = (args: ParsedArguments, rows: readonly PortRow[], ours: Ours, port: number | undefined): void => {
  if (rows.length > 0) printText(renderPorts(rows, ours.serviceOf, tableOptions(args)))
  else printText(port === undefined ? 'Nobody listens.' : `Nobody listens on port ${port}.`)
  if (rows.some(({ pid }) => pid === null)) tell(painterOf(args, 2)('dim', 'Where no process is named, this user may not see it.'))
}

const reclaim = async (args: ParsedArguments, question: Question): Promise<number> => {
  const reclaimed: ReclaimedOrphan[] = []
  const paint = painterOf(args, isJson(args) ? 2 : 1)
  for (const orphan of await orphansOn(question)) {
    const outcome = await end(orphan, question.world)
    if (outcome === undefined) continue
    reclaimed.push(outcome)
    const words = reclaimedWords(outcome, paint)
    isJson(args) ? tell(words) : printText(words)
  }
  const { ours, rows } = await look(question)
  if (isJson(args)) printJson({ reclaimed, listeners: rows })
  else if (reclaimed.length === 0) printText('There is nothing to reclaim.')
  if (question.port !== undefined && rows.length > 0) return tellHolders(args, rows, ours, question.world)
  return reclaimed.some(({ action }) => action === 'refused') ? exitCodeFor('ERR_UNKILLABLE') : 0
}

/** What dead supervisors have left: everything, or what was given the port or listens on it. */
const orphansOn = async ({ world, owners, port }: Question): Promise<readonly Orphan[]> => {
  const { orphans } = await findOurs(world)
  if (port === undefined || orphans.length === 0) return orphans
  const listeners = (await owners.listeners()).filter((listener) => listener.port === port)
  const holders = (await owners.ownersOf(listeners)).flatMap(({ owner }) => owner ?? [])
  return orphans.filter(
    ({ run, processes }) => run.port === port || processes.some((process) => holders.some((holder) => sameProcess(holder, process))),
  )
}

/** undefined: somebody has taken its place meanwhile, and ends it. */
const end = async (orphan: Orphan, world: OrphanWorld): Promise<ReclaimedOrphan | undefined> => {
  const { record, run } = orphan
  const outcome = await reclaimOrphan(orphan, world)
  if (outcome === null || outcome.left === null) return undefined
  const { left, survivors } = outcome
  const action = survivors.length === 0 ? 'killed' : 'refused'
  return { port: run.port, pid: left.pid, command: redactShown(left.command), verdict: 'ours', action, service: record.service }
}

/** The port that was wanted is still held. */
const tellHolders = (args: ParsedArguments, rows: readonly PortRow[], ours: Ours, { table }: OrphanWorld): number => {
  const paint = painterOf(args, 2)
  const holders = rows.map((row): Holder => {
    const carriesMarker = row.pid !== null && table.environmentOf(row.pid, certificate) !== undefined
    return { ...row, belonging: row.pid !== null && row.ours ? ours.serviceOf(row.pid) : undefined, carriesMarker }
  })
  for (const holder of holders) tell(heldWords(holder, paint))
  if (holders.some(({ belonging }) => belonging === undefined)) return exitCodeFor('ERR_PORT_TAKEN')
  return exitCodeFor(holders.some(({ belonging }) => belonging?.isOrphan) ? 'ERR_UNKILLABLE' : 'ERR_ALREADY_RUNNING')
}

const portIn = (args: ParsedArguments): number | undefined => {
  const text = onlyPositional(args, usage)
  if (text === undefined) return undefined
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (port < 1 || port > 65_535) throw usageError(`Expected a port from 1 to 65535, got ${JSON.stringify(text)}.`, `Write: ${usage}`)
  return port
}
