import { existsSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { ServiceSpec } from '../config/service.ts'
import { lookForClaude, resolveClaude } from '../detect/claude.ts'
import type { Found, FoundExecutable } from '../detect/found.ts'
import { lookForNode } from '../detect/node.ts'
import { onPath } from '../detect/paths.ts'
import { isSupervisorError } from '../errors.ts'
import { refuse } from './deps.ts'

/** The Node that scripts run with, if there is one. */
export const findNode = ({ node }: ServiceSpec): FoundExecutable | null => asRefusal(() => found(lookForNode({ path: node.path })))

/** The Claude to hand over, if there is one; looked at, not executed, unless it is required. */
export const findClaude = async (service: ServiceSpec, baseDir: string): Promise<FoundExecutable | null> => {
  const { claude, node } = service
  if (claude === false) return null
  const bundledFrom = [baseDir, ...('script' in service.run ? [dirname(service.run.script)] : [])]
  const question = { path: claude.path, nodePath: node.path, bundledFrom }
  if (!claude.required) return asRefusal(() => found(lookForClaude(question)))
  const answer = await resolveClaude({ ...question, verify: true }).catch(refusal)
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

/** Of a Node that a child would not find by its name. */
export const missingNodeFolder = (node: FoundExecutable | null, env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string | null => {
  const isNamedNode = node !== null && /^node(\.exe)?$/.test(basename(node.path))
  return isNamedNode && !onPath('node', { env, platform }).some((path) => existsSync(path)) ? dirname(node.path) : null
}
