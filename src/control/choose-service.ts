/** Decides which of the services of a state folder is meant. Pure. */
import { SupervisorError } from '../errors.ts'
import type { RunRecord } from '../record/record.ts'
import type { Hello } from './protocol.ts'

export interface FoundService {
  readonly record: RunRecord
  /** Who answers for it. */
  readonly hello: Hello | null
  /** `silent`: somebody is there, but nothing sensible comes from them. `no`: nobody, or the supervisor of another service. */
  readonly answers: 'yes' | 'silent' | 'no'
}

export interface Wanted {
  /** Name or key; undefined: the only one, or the one of this place. */
  readonly name: string | undefined
  /** Real path of where one is. */
  readonly cwd: string
  /** For the messages. */
  readonly stateDir: string
}

/** @throws SupervisorError `ERR_NOT_RUNNING`, or `ERR_INVALID_OPTIONS` where several could be meant. */
export const chooseService = (found: readonly FoundService[], wanted: Wanted): FoundService => {
  const meant = found.filter(({ record }) => isMeant(record, wanted.name))
  const running = meant.filter(({ answers }) => answers === 'yes')
  const here = running.filter(({ record }) => record.root === wanted.cwd)
  const [only] = running.length === 1 ? running : here.length === 1 ? here : []
  if (only !== undefined) return only
  if (running.length > 1) throw ambiguous(running, wanted.name)
  throw notRunning(found, meant, wanted)
}

const isMeant = ({ service, key }: RunRecord, name: string | undefined): boolean => name === undefined || service === name || key === name

const ambiguous = (running: readonly FoundService[], name: string | undefined): SupervisorError => {
  const records = running.map(({ record }) => record)
  if (name === undefined) return new SupervisorError('ERR_INVALID_OPTIONS', `Several services run: ${calls(records)}. Name one.`)
  return new SupervisorError(
    'ERR_INVALID_OPTIONS',
    `Several services are called ${name}: in ${records.map(({ root }) => root).join(', in ')}.`,
    {
      service: name,
      hint: `Go there, or name one by its key: ${records.map(({ key }) => key).join(', ')}.`,
    },
  )
}

/** A name that is not one service's alone is told with its place. */
const calls = (records: readonly RunRecord[]): string =>
  records
    .map(({ service, root }) => (records.filter((other) => other.service === service).length > 1 ? `${service} (in ${root})` : service))
    .join(', ')

const notRunning = (found: readonly FoundService[], meant: readonly FoundService[], { name, stateDir }: Wanted): SupervisorError => {
  const [silent] = meant.filter(({ answers }) => answers === 'silent')
  if (silent !== undefined) {
    const { service, supervisor } = silent.record
    return new SupervisorError(
      'ERR_NOT_RUNNING',
      `The supervisor of ${service} (process ${supervisor.pid}) is silent: it does not answer.`,
      {
        service,
        hint: `If process ${supervisor.pid} hangs, end it; the next start clears up after it.`,
      },
    )
  }
  const others = found.filter(({ answers }) => answers === 'yes').map(({ record }) => record)
  const elsewhere = others.length > 0 ? ` Running: ${calls(others)}.` : ''
  const what = name === undefined ? 'No service runs' : `No service called ${name} runs`
  return new SupervisorError('ERR_NOT_RUNNING', `${what} (state folder ${stateDir}).${elsewhere}`, {
    service: name,
    hint: 'Start one with jarvis-supervise start.',
  })
}
