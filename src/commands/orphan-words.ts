/** Says what dead supervisors have left. Pure. */
import type { Orphan } from '../control/orphans.ts'
import { printable } from './table.ts'

export const orphanWords = ({ record, run, processes }: Orphan): string => {
  const pids = processes.map(({ pid }) => pid).join(', ')
  const what = `${processes.length === 1 ? 'Process' : 'Processes'} ${pids} of ${record.service}`
  const port = run.port === null ? (run.socket === undefined ? '' : `, on ${run.socket}`) : `, on port ${run.port}`
  return printable(`${what}${port}: left by supervisor ${record.supervisor.pid}, which is dead.`)
}

export const orphanHint = 'jarvis-supervise ports --reclaim ends what was left; so does the next start of the same service.'
