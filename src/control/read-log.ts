import type { IncomingMessage } from 'node:http'
import { LineSplitter } from '../logs/lines.ts'
import type { LogLine } from '../logs/tail.ts'
import type { ServiceController } from '../supervisor/controller.ts'
import { ask, readJson } from './ask.ts'
import { isObject, parseJson } from './body.ts'
import { errorOf, isErrorAnswer } from './error-answer.ts'
import { type Asked, noAnswerError } from './no-answer.ts'

type LogOptions = NonNullable<Parameters<ServiceController['logs']>[0]>

export interface LogSource extends Asked {
  /** For the answer to begin. */
  readonly answerMs: number
}

/** Ten thousand characters, each written as six. */
const longestLine = 256 * 1024

/** The lines of a service over its control socket. They end with the supervisor, with `signal`, or when nobody reads on. */
export const readLog = (source: LogSource, options: LogOptions = {}): AsyncIterable<LogLine> => ({
  [Symbol.asyncIterator]: () => {
    const stop = new AbortController()
    const lines = linesOf(source, options, stop)
    return {
      next: () => lines.next(),
      // a generator that waits for a line would hear of it only when there is one
      return: () => {
        stop.abort()
        return lines.return()
      },
    }
  },
})

async function* linesOf(
  source: LogSource,
  { tail, follow = false, signal }: LogOptions,
  stop: AbortController,
): AsyncGenerator<LogLine, void> {
  const onAbort = (): void => stop.abort()
  signal?.addEventListener('abort', onAbort)
  if (signal?.aborted) stop.abort()
  try {
    const response = await begin(source, targetOf({ tail, follow }), stop)
    if (response !== undefined) yield* parsed(response)
  } finally {
    signal?.removeEventListener('abort', onAbort)
    stop.abort()
  }
}

const targetOf = ({ tail, follow }: { readonly tail: number | undefined; readonly follow: boolean }): string => {
  const query = new URLSearchParams()
  if (tail !== undefined && Number.isFinite(tail)) query.set('tail', String(Math.max(0, Math.floor(tail))))
  if (follow) query.set('follow', '1')
  return `/logs?${query}`
}

/** undefined: nobody wants to read any more. */
const begin = async (source: LogSource, target: string, stop: AbortController): Promise<IncomingMessage | undefined> => {
  const { signal } = stop
  if (signal.aborted) return undefined
  let isLate = false
  const deadline = setTimeout(() => {
    isLate = true
    stop.abort()
  }, source.answerMs)
  try {
    const answer = await ask(source.path, { target, signal })
    if (signal.aborted && !isLate) return undefined
    if (typeof answer === 'string') throw noAnswerError(answer, source)
    if (answer.statusCode === 200) return answer
    const refused = await readJson(answer)
    if (typeof refused === 'string') throw noAnswerError(refused, source)
    throw isErrorAnswer(refused.value) ? errorOf(refused.value) : noAnswerError('stranger', source)
  } finally {
    clearTimeout(deadline)
  }
}

async function* parsed(response: IncomingMessage): AsyncGenerator<LogLine, void> {
  const splitter = new LineSplitter(longestLine)
  try {
    for await (const chunk of response)
      for (const { line } of splitter.push(chunk as Buffer)) {
        const value = parseJson(line)
        if (isLogLine(value)) yield value
      }
  } catch {
    // broken off: the supervisor is gone, or nobody reads on
  }
}

const isLogLine = (value: unknown): value is LogLine =>
  isObject(value) &&
  typeof value.line === 'string' &&
  typeof value.cut === 'boolean' &&
  typeof value.time === 'number' &&
  typeof value.stream === 'string' &&
  typeof value.pid === 'number'
