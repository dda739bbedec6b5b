/** The Node that runs the backend lacks what the backend is written for. Pure. */
import { endsUnasked } from '../../causes/exit.ts'
import type { Finding } from '../cause.ts'
import type { Evidence, RunEvidence } from '../evidence.ts'
import { finalWords } from '../signs/asides.ts'
import { baseName } from '../signs/paths.ts'
import { endedUnasked, everListened, exitCause, howEnded, linesOf, patientRun } from '../signs/reading.ts'
import { toldCause } from '../signs/told-cause.ts'

/** Older ones lack what everybody takes for granted: fetch, for one. */
const oldest = 18

/** How a program dies of what its Node does not know. */
const speaksOfAge =
  /^(?:Syntax|Reference)Error|is not a function|ERR_UNKNOWN_BUILTIN|No such built-in|ERR_UNKNOWN_FILE_EXTENSION|ERR_REQUIRE_ESM/

const tooOld = (evidence: Evidence): Finding | undefined => {
  const run = patientRun(evidence)
  if (run === undefined || !runsOnNode(evidence) || !diedAtStart(run)) return undefined
  const version = versionOf(run, evidence)
  const { project } = evidence
  const isUnmet = project?.enginesMet === false
  const isOld = version !== undefined && Number(/\d+/.exec(version)?.[0]) < oldest
  if (!isUnmet && !isOld) return undefined
  const words = finalWords(linesOf(run))
  const speaks = words !== undefined && speaksOfAge.test(words)
  const demand = isUnmet ? `package.json asks for ${project.engines}` : `it is older than Node ${oldest}`
  const exit = endedUnasked(run)
  return {
    confidence: words === undefined || speaks ? 'likely' : 'possible',
    explanation: `It ${exit === null ? 'ended' : howEnded(exit)} under Node ${version ?? ''}, and ${demand}${words === undefined ? '.' : `: ${words}`}`,
    hint: hintIn(evidence),
    supports: [`The Node that runs it is ${version ?? 'not known'}.`, ...(isUnmet ? [`engines.node is ${project.engines}.`] : [])],
  }
}

const runsOnNode = ({ service }: Evidence): boolean =>
  service !== null && (service.script !== null || /^(?:node|npm|npx|pnpm|yarn|tsx)$/.test(baseName(service.command ?? '')))

/** Of an error of its own that no pattern knows, before it had listened. */
const diedAtStart = (run: RunEvidence): boolean => {
  const exit = endedUnasked(run)
  return exit !== null && exit.code !== 0 && endsUnasked(exit) && exitCause(run) === null && !everListened(run)
}

/** As it signs its last words, else as it was found; without `v`. */
const versionOf = (run: RunEvidence, { executables }: Evidence): string | undefined => {
  const signed = linesOf(run)
    .map((line) => /^Node\.js v(\S+)/.exec(line)?.[1])
    .findLast((found) => found !== undefined)
  return signed ?? executables.node?.version?.replace(/^v/, '') ?? undefined
}

const hintIn = ({ executables, project }: Evidence): string => {
  const others = (executables.node?.candidates ?? []).filter(({ path, usable }) => usable !== false && path !== executables.node?.path)
  const known =
    others.length === 0
      ? '`jarvis-supervise which node --all` shows what is there'
      : `also there: ${others
          .slice(0, 3)
          .map(({ path }) => path)
          .join(', ')}`
  const wanted = project?.enginesMet === false ? `a Node that meets ${project.engines}` : 'a newer Node'
  return `Run it with ${wanted}: \`node.path\`, --node-path (${known}).`
}

export const nodeTooOld = toldCause({
  code: 'NODE_TOO_OLD',
  title: 'The Node that runs it is too old',
  remedy: ({ run }, evidence) => {
    const version = versionOf(run, evidence)
    return { hint: hintIn(evidence), supports: version === undefined ? [] : [`The Node that runs it is ${version}.`] }
  },
  otherwise: tooOld,
})
