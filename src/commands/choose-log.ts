/** Decides which of the logs that are kept is meant when nothing runs. Pure. */
import { SupervisorError } from '../errors.ts'
import { serviceKey, shortHash } from '../record/key.ts'

export interface KeptLog {
  /** Of its service. */
  readonly key: string
  readonly path: string
}

export interface WantedLog {
  /** Name or key of the service. */
  readonly name: string | undefined
  /** Real path of where one is. */
  readonly cwd: string
}

const hashLength = shortHash('').length

/** What a key calls its service. */
export const nameInKey = (key: string): string => key.slice(0, -hashLength - 1)

/** The one of this place comes first, then the only one; undefined: there is none. */
export const chooseLog = (kept: readonly KeptLog[], { name, cwd }: WantedLog): KeptLog | undefined => {
  const meant = kept.filter(({ key }) => name === undefined || key === name || nameInKey(key) === nameInKey(serviceKey(name, cwd)))
  const here = meant.filter((log) => isOf(log, cwd))
  const choice = here.length > 0 ? here : meant
  if (choice.length > 1) throw ambiguous(choice)
  return choice[0]
}

/** Whether it is the log of a service of the project in this folder. */
export const isOf = ({ key }: KeptLog, cwd: string): boolean => key.endsWith(`-${shortHash(cwd)}`)

const ambiguous = (logs: readonly KeptLog[]): SupervisorError => {
  const keys = logs.map(({ key }) => key).join(', ')
  return new SupervisorError('ERR_INVALID_OPTIONS', `No service runs that could be meant, and several logs are kept: ${keys}.`, {
    hint: 'Name one of these, or go to the folder of its project.',
  })
}
