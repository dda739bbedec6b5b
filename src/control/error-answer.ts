/** Carries an error over the control socket, so that it is the same on the other side. Pure. */
import type { CauseCode } from '../causes/codes.ts'
import { type ErrorCode, isSupervisorError, messageOf, SupervisorError } from '../errors.ts'
import type { ErrorAnswer } from './protocol.ts'

/** What has no code was not foreseen: it is no `SupervisorError` here, and none over there. */
export type AnyErrorAnswer = ErrorAnswer | { readonly error: { readonly message: string } }

/** `redact` is for lines of output, which an error may bring. Default: as they are. */
export const answerOf = (error: unknown, redact: (line: string) => string = (line) => line): AnyErrorAnswer => {
  if (!isSupervisorError(error)) return { error: { message: messageOf(error) } }
  const { code, message, reason, hint, service, tail } = error
  return { error: { code, message, reason, hint, service, tail: tail?.map((line) => redact(line)) } }
}

export const isErrorAnswer = (value: unknown): value is AnyErrorAnswer => typeof fieldsOf(fieldsOf(value).error).message === 'string'

/** The error that an answer tells of, to be thrown. What does not make sense in it is left out. */
export const errorOf = ({ error }: AnyErrorAnswer): Error => {
  const { code, message, reason, hint, service, tail } = fieldsOf(error)
  const said = textOf(message) ?? ''
  // later versions may know codes that we do not: they are passed on
  if (typeof code !== 'string' || !code.startsWith('ERR_')) return new Error(said)
  return new SupervisorError(code as ErrorCode, said, {
    reason: textOf(reason) as CauseCode | undefined,
    hint: textOf(hint),
    service: textOf(service),
    tail: Array.isArray(tail) ? tail.filter((line) => typeof line === 'string') : undefined,
  })
}

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
