import { controlClient, shakeHands } from '../control/client.ts'
import { type FoundService, findServices } from '../control/connect.ts'
import { isSupervisorError, SupervisorError } from '../errors.ts'
import type { ServiceStatus } from '../supervisor/controller.ts'
import type { Paint } from '../supervisor/sentences.ts'
import type { ParsedArguments } from './arguments.ts'
import { askedService } from './asked.ts'
import { exitCodeFor } from './exit-code.ts'
import { orphanHint, orphanWords } from './orphan-words.ts'
import { isJson, painterOf, printJson, printText, tableOptions, tell } from './printing.ts'
import { renderStatus, type StatusRow } from './status-render.ts'

/** Shows what is supervised from this state folder. Exit 6 when nothing answers. */
export const status = async (args: ParsedArguments): Promise<number> => {
  const { name, stateDir } = askedService(args, 'status [name]')
  const all = await findServices(stateDir)
  const found = all.filter(({ record }) => name === undefined || record.service === name || record.key === name)
  const rows = (await Promise.all(found.map(rowOf))).filter((row) => row !== undefined)
  const statuses = rows.flatMap((row) => row.status ?? [])
  if (isJson(args)) {
    printJson({ services: statuses })
    for (const row of rows) if (row.status === null) tell(`The supervisor of ${row.name}, process ${row.supervisor}, does not answer.`)
  } else if (rows.length > 0) printText(renderStatus(rows, tableOptions(args)))
  await tellOrphans(found, { stateDir, paint: painterOf(args, 2) })
  if (rows.length === 0) throw nothingRuns(name, stateDir)
  return statuses.length > 0 ? 0 : exitCodeFor('ERR_NOT_RUNNING')
}

const rowOf = async ({ record, answers }: FoundService): Promise<StatusRow | undefined> => {
  if (answers === 'no') return undefined
  const { service: name, root, supervisor, socket } = record
  const status = answers === 'yes' ? await statusOf(socket, name) : null
  // it may just have ended
  if (status === null && answers === 'yes' && (await shakeHands(socket)) === 'nobody') return undefined
  return { name, root, supervisor: supervisor.pid, status }
}

const statusOf = async (socket: string, name: string): Promise<ServiceStatus | null> => {
  try {
    return await controlClient(socket, name).status()
  } catch (error) {
    if (isSupervisorError(error, 'ERR_NOT_RUNNING')) return null
    throw error
  }
}

const tellOrphans = async (
  found: readonly FoundService[],
  { stateDir, paint }: { readonly stateDir: string; readonly paint: Paint },
): Promise<void> => {
  const dead = found.filter(({ answers }) => answers === 'no').map(({ record }) => record.key)
  if (dead.length === 0) return
  const [{ findOrphans }, { orphanWorld }] = await Promise.all([import('../control/orphans.ts'), import('./world.ts')])
  const orphans = (await findOrphans(orphanWorld(stateDir))).filter(({ record }) => dead.includes(record.key))
  for (const orphan of orphans) tell(paint('yellow', orphanWords(orphan)))
  if (orphans.length > 0) tell(orphanHint)
}

const nothingRuns = (name: string | undefined, stateDir: string): SupervisorError =>
  name === undefined
    ? new SupervisorError('ERR_NOT_RUNNING', `No service runs (state folder ${stateDir}).`, {
        hint: 'Start one with jarvis-supervise start.',
      })
    : new SupervisorError('ERR_NOT_RUNNING', `No service called ${name} runs (state folder ${stateDir}).`, {
        service: name,
        hint: 'jarvis-supervise status shows what runs.',
      })
