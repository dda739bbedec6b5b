import { currentStateDir } from '../record/current-state-dir.ts'
import { type ParsedArguments, usageError } from './arguments.ts'

/** What a command about running services is asked for. */
export interface Asked {
  /** Name or key of a service. */
  readonly name: string | undefined
  /** Absolute; it may not be there. */
  readonly stateDir: string
}

/** @throws SupervisorError for whatever else stands on the command line. */
export const askedService = (args: ParsedArguments, usage: string): Asked => ({
  name: onlyPositional(args, usage),
  stateDir: stateDirIn(args),
})

export const stateDirIn = ({ values }: ParsedArguments): string => currentStateDir(values['state-dir'] as string | undefined)

export const onlyPositional = ({ positionals, rest }: ParsedArguments, usage: string): string | undefined => {
  const [first, unexpected] = positionals
  if (unexpected !== undefined || rest !== undefined)
    throw usageError(`Unexpected argument ${JSON.stringify(unexpected ?? '--')}.`, `Write: ${usage}`)
  if (first === '') throw usageError('The name is empty.', `Write: ${usage}`)
  return first
}
