import { stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { isAbsolute } from 'node:path'
import { Refusal } from './refusal'

/** What a caller may ask for. Everything that reaches Claude's command line has a shape that cannot be an option. */
export interface Ask {
  message: string
  requestId: string
  sessionId?: string
  workingDirectory: string
  allowedTools: string[]
}

const requestIdShape = /^[\w.:-]{1,128}$/
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
// A name, or a name with a rule in parentheses: `Bash`, `Bash(git:*)`, `mcp__server__tool`.
const toolShape = /^[A-Za-z_][\w-]{0,127}(\([^()\p{Cc}]{1,512}\))?$/u
const maxTools = 64

export async function readAsk(body: unknown): Promise<Ask> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new Refusal(400, 'The body must be a JSON object such as {"message":"Hello","requestId":"1"}.')
  }
  const { message, requestId, sessionId, workingDirectory, allowedTools } = body as Record<string, unknown>
  if (typeof message !== 'string' || message.trim() === '') throw bad('message', 'a text that is not empty', message)
  if (typeof requestId !== 'string' || !requestIdShape.test(requestId)) {
    throw bad('requestId', 'up to 128 letters, digits and . : _ -', requestId)
  }
  if (!isAbsent(sessionId) && (typeof sessionId !== 'string' || !uuid.test(sessionId))) throw bad('sessionId', 'a UUID', sessionId)
  return {
    message,
    requestId,
    sessionId: isAbsent(sessionId) ? undefined : sessionId,
    workingDirectory: await readDirectory(workingDirectory),
    allowedTools: readTools(allowedTools),
  }
}

// Without one it is the home directory: this process may have been started anywhere, even in `/`.
async function readDirectory(value: unknown): Promise<string> {
  if (isAbsent(value)) return homedir()
  if (typeof value !== 'string' || !isAbsolute(value) || value.includes('\0')) throw bad('workingDirectory', 'an absolute path', value)
  const found = await stat(value).catch(() => undefined)
  if (!found?.isDirectory()) throw bad('workingDirectory', 'a directory that exists', value)
  return value
}

function readTools(value: unknown): string[] {
  if (isAbsent(value)) return []
  const isList = Array.isArray(value) && value.length <= maxTools && value.every((tool) => typeof tool === 'string' && toolShape.test(tool))
  if (!isList) throw bad('allowedTools', `a list of at most ${maxTools} tool names such as "Read" or "Bash(git:*)"`, value)
  return value
}

function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null
}

function bad(name: string, wanted: string, value: unknown): Refusal {
  const seen = value === undefined ? 'missing' : (JSON.stringify(value) as string).slice(0, 100)
  return new Refusal(400, `"${name}" must be ${wanted}; it is ${seen}.`)
}
