/** Which Node and which Claude a service would get, told as evidence. Never rejects: what cannot be found is told as that. */
import { basename, dirname } from 'node:path'
import type { ServiceSpec } from '../../config/service.ts'
import { lookForClaude, resolveClaude } from '../../detect/claude.ts'
import type { Found } from '../../detect/found.ts'
import { resolveNode } from '../../detect/node.ts'
import { onPath } from '../../detect/paths.ts'
import { isExecutableFile } from '../../detect/see.ts'
import { isSupervisorError } from '../../errors.ts'
import type { ExecutableFacts } from '../evidence.ts'

const verifyMs = 3000

export const findExecutables = async (
  spec: ServiceSpec | null,
  baseDir: string,
): Promise<{ node: ExecutableFacts | null; claude: ExecutableFacts | null }> => {
  const [node, claude] = await Promise.all([quietly(() => nodeOf(spec)), quietly(() => claudeOf(spec, baseDir))])
  return { node, claude }
}

/** The one that runs the script; of a command named `node`, the one that the PATH has. */
const nodeOf = (spec: ServiceSpec | null): Promise<Found> => {
  const asked = spec !== null && 'command' in spec.run && basename(spec.run.command) === 'node' ? spec.run.command : spec?.node.path
  const [first] =
    asked === 'node' ? onPath('node', { env: { ...process.env, ...spec?.env }, platform: process.platform }).filter(isExecutableFile) : []
  const path = first ?? (asked === 'node' ? undefined : asked)
  return resolveNode({ ...(path !== undefined && { path }), deadlineMs: verifyMs })
}

/** Only looked at, as on the way to a start, unless somebody depends on it. */
const claudeOf = async (spec: ServiceSpec | null, baseDir: string): Promise<Found | null> => {
  if (spec?.claude === false) return null
  const bundledFrom = [baseDir, ...(spec !== null && 'script' in spec.run ? [dirname(spec.run.script)] : [])]
  const question = { path: spec?.claude.path, nodePath: spec?.node.path, bundledFrom }
  const isNeeded = spec !== null && (spec.claude as { required: boolean }).required
  return isNeeded || question.path !== undefined ? resolveClaude({ ...question, deadlineMs: verifyMs }) : lookForClaude(question)
}

const quietly = async (find: () => Promise<Found | null>): Promise<ExecutableFacts | null> => {
  try {
    return factsOf(await find())
  } catch (error) {
    if (!isSupervisorError(error)) throw error
    // an option that names something unusable: its reason is the candidate's
    return { ...absent, candidates: [{ path: '', kind: 'unusable', source: 'option', usable: false, reason: error.message }] }
  }
}

const absent: ExecutableFacts = { path: null, realPath: null, kind: null, version: null, source: null, healed: false, candidates: [] }

/** More candidates say no more. */
const mostCandidates = 30

const factsOf = (found: Found | null): ExecutableFacts | null => {
  if (found === null) return null
  const candidates = found.candidates
    .slice(0, mostCandidates)
    .map(({ path, kind, source, usable, reason }) => ({ path, kind, source, usable, reason }))
  if (found.path === null) return { ...absent, candidates }
  const { path, realPath, kind, version, source, healed = false } = found
  return { path, realPath, kind, version, source, healed, candidates }
}
