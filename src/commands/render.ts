/** An error for people. Pure. */
import type { SupervisorError } from '../errors.ts'
import type { Paint } from '../supervisor/sentences.ts'

/** An error for people: what happened, the last lines of output if there are any, what to do. */
export const renderError = ({ message, reason, hint, tail = [] }: SupervisorError, paint: Paint): string => {
  const lines = [`${paint('red', message)}${reason === undefined ? '' : ` [${reason}]`}`]
  for (const line of tail.slice(-10)) lines.push(paint('dim', `  | ${line.slice(0, 300)}`))
  if (hint !== undefined) lines.push(hint)
  return lines.join('\n')
}
