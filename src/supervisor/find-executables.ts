import { dirname } from 'node:path'
import type { ServiceSpec } from '../config/service.ts'
import { lookForClaude, resolveClaude } from '../detect/claude.ts'
import type { Found, FoundExecutable } from '../detect/found.ts'
import { lookForNode } from '../detect/node.ts'
import { onPath } from '../detect/paths.ts'
import { isExecutableFile } from '../detect/see.ts'
import type { Surroundings } from '../detect/surroundings.ts'
import { isSupervisorError } from '../errors.ts'
import { refuse } from './deps.ts'

/** The Node that scripts run with, if there is one. */
export const findNode = ({ node }: ServiceSpec, surroundings: Surroundings): FoundExecutable | null =>
  asRefusal(() => found(lookForNode({ path: node.path, surroundings })))

/** The Claude to hand over, if there is one; looked at, not executed, unless it is required. */
export const findClaude = async (service: ServiceSpec, baseDir: string, surroundings: Surroundings): Promise<FoundExecutable | null> => {
  const { claude, node } = service
  if (claude === false) return null
  const bundledFrom = [baseDir, ...('script' in service.run ? [dirname(service.run.script)] : [])]
  const question = { path: claude.path, nodePath: node.path, bundledFrom, surroundings }
  if (!claude.required) return asRefusal(() => found(lookForClaude(question)))
  const answer = await resolveClaude(question).catch(refusal)
  if (answer.path !== null) return answer
  throw refuse({
    code: 'ERR_EXECUTABLE_NOT_FOUND',
    reason: 'CLAUDE_NOT_FOUND',
    message: `The Claude CLI is required and was not found; ${answer.candidates.length} places were looked at.`,
    hint: 'Install it (npm install -g @anthropic-ai/claude-code), or name it with --claude-path; jarvis-supervise which claude --all tells more.',
  })
}

const found = (answer: Found): FoundExecutable | null => (answer.path === null ? null : answer)

const asRefusal = <T>(find: () => T): T => {
  try {
    return find()
  } catch (error) {
    return refusal(error)
  }
}

const refusal = (error: unknown): never => {
  if (!isSupervisorError(error)) throw error
  throw refuse({ code: error.code, reason: error.reason, message: error.message, hint: error.hint })
}

/** Whether who looks for a command on this PATH finds none that starts. */
export const lacks = (command: string, env: NodeJS.ProcessEnv, platform: NodeJS.Platform): boolean =>
  !onPath(command, { env, platform }).some(isExecutableFile)
