import { controlClient } from '../control/client.ts'
import { chooseRunning } from '../control/connect.ts'
import { isSupervisorError } from '../errors.ts'
import type { ParsedArguments } from './arguments.ts'
import { askedService } from './asked.ts'
import { isJson, painterOf, printJson, printText, tell } from './printing.ts'
import { renderError } from './render.ts'
import { renderReady } from './status-render.ts'

/** Ends the process of a service and starts it again. Back when it is ready; fails as `start` does. */
export const restart = async (args: ParsedArguments): Promise<number> => {
  const { record } = await chooseRunning(askedService(args, 'restart [name]'))
  const status = await controlClient(record.socket, record.service)
    .restart()
    .catch((error: unknown) => {
      // for `start` that is an end like any other
      if (!isSupervisorError(error, 'ERR_STOPPED')) throw error
      tell(renderError(error, painterOf(args, 2)))
    })
  if (status === undefined) return 1
  if (isJson(args)) printJson(status)
  else printText(renderReady(status, painterOf(args, 1)))
  return 0
}
