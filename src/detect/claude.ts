/** Finds the Claude CLI, and how to start it. */
import { bundledPlaces } from './bundled.ts'
import { type Followed, followCmd } from './follow-cmd.ts'
import type { Found } from './found.ts'
import { heal } from './heal.ts'
import { judge, type Sound } from './judge.ts'
import { lookForNode, withFuses } from './node.ts'
import { placesElsewhere, placesOnPath } from './places.ts'
import { look, lookAndConfirm, optionPath, type Search } from './search.ts'
import { see } from './see.ts'
import { currentSurroundings, type Surroundings, variable } from './surroundings.ts'
import type { Place, Unusable, Usable, Verdict } from './verdict.ts'
import { claudeVersionOnDisk } from './version-on-disk.ts'
import { windowsSide } from './windows-side.ts'

export interface ClaudeQuestion {
  /** Taken instead of the first that the search finds; a bare name is looked up on PATH. An error if it cannot be used. */
  readonly path?: string | undefined
  /** Folders of the app (absolute): of its entry script, of its config. The `node_modules` at or above them may hold a Claude. */
  readonly bundledFrom?: readonly string[] | undefined
  /** The Node for a Claude that is a script, as `path` of `resolveNode`. */
  readonly nodePath?: string | undefined
  /** Goes on after the first healthy one, to tell about the others. */
  readonly all?: boolean | undefined
  readonly surroundings?: Partial<Surroundings> | undefined
}

export interface ResolveClaudeOptions extends ClaudeQuestion {
  /** Runs `--version` of what was found before it counts. Default true; `false` looks only, and asks nobody. */
  readonly verify?: boolean | undefined
  /** How long that may take per candidate; 10 s. */
  readonly deadlineMs?: number | undefined
  /** `false`: what lies in `bundledFrom` is looked at, never run, since nobody vouches for that folder. Default true. */
  readonly runBundled?: boolean | undefined
}

const variables = ['CLAUDE_CLI_PATH', 'CLAUDE_PATH']

function* placesAtHand(question: ClaudeQuestion, surroundings: Surroundings): Generator<Place> {
  if (question.path !== undefined) yield { path: optionPath(question.path, surroundings), source: 'option' }
  for (const name of variables) {
    const path = variable(surroundings, name)
    if (path !== undefined) yield { path, source: 'env', variable: name }
  }
  for (const path of bundledPlaces(question.bundledFrom ?? [], surroundings)) yield { path, source: 'bundled' }
  yield* placesOnPath('claude', surroundings)
}

/** A Claude that finds itself started by a Claude refuses to run. */
const notNested = { CLAUDECODE: null }

const asUsable = (path: string, sound: Sound, { platform }: Surroundings, node: () => Found): Verdict => {
  const { kind, realPath, args, reason } = sound
  const version = claudeVersionOnDisk(realPath, platform)
  if (kind !== 'script') {
    return { usable: true, path, realPath, kind, run: [path], env: { ELECTRON_RUN_AS_NODE: null, ...notNested }, version, reason }
  }
  const found = node()
  if (found.path === null) {
    const hint = 'Install Node, or name it with the node path option.'
    return { usable: false, kind, absent: false, reason: 'is a script, and no Node was found to run it', cause: 'NODE_NOT_IN_PATH', hint }
  }
  // The real path: a script finds its package by it, and the 1.x SDK takes no link.
  const run: Usable['run'] = [...found.run, ...args, realPath]
  return {
    usable: true,
    path,
    realPath,
    kind,
    run,
    env: { ...found.env, ...notNested },
    version,
    reason: `${reason}, run by ${found.path}`,
  }
}

/** A batch file cannot be started without a shell: what it starts is handed out instead. */
const throughBatch = (followed: Followed | Unusable, surroundings: Surroundings, node: () => Found): Verdict => {
  if (!followed.usable) return followed
  const usable = asUsable(followed.path, followed.sound, surroundings, node)
  return usable.usable ? { ...usable, kind: 'cmd', reason: followed.reason } : { ...usable, kind: 'cmd' }
}

const judgeClaude = ({ path, source }: Place, surroundings: Surroundings, node: () => Found): Verdict => {
  const verdict = windowsSide(path, source, surroundings) ?? judge(path, see(path, surroundings), surroundings)
  if (verdict.usable) return asUsable(path, verdict, surroundings, node)
  if (verdict.kind === 'cmd') return throughBatch(followCmd(path, surroundings), surroundings, node)
  const healed = verdict.kind === 'stub' ? heal(path, surroundings) : undefined
  if (healed === undefined) return verdict
  const usable = asUsable(healed.path, healed.sound, surroundings, node)
  const reason = `is the placeholder of npm; ${healed.path} beside it is started instead`
  return usable.usable ? { ...usable, kind: 'stub', healed: true, reason } : verdict
}

const searchFor = (question: ClaudeQuestion, surroundings: Surroundings): Search => {
  let found: Found | undefined
  const node = (): Found => {
    found ??= lookForNode({ path: question.nodePath, surroundings })
    return found
  }
  return {
    what: 'Claude CLI',
    stages: [{ places: placesAtHand(question, surroundings) }, ...placesElsewhere('claude', surroundings)],
    judge: (place) => judgeClaude(place, surroundings, node),
    all: question.all ?? false,
    surroundings,
  }
}

/**
 * Looks for Claude on the way to a start: nothing is executed, nothing awaited.
 * @throws SupervisorError `ERR_EXECUTABLE_NOT_FOUND` when `path` was given and cannot be used.
 */
export const lookForClaude = (question: ClaudeQuestion = {}): Found => look(searchFor(question, currentSurroundings(question.surroundings)))

/**
 * Finds the Claude CLI that will really run: the given path, `CLAUDE_CLI_PATH` and `CLAUDE_PATH`, what the app bundles,
 * PATH, the PATH of the login shell (where the process was not started from a terminal), the usual places, what package
 * managers say. The first whose `--version` answers is taken.
 * Rejects with `ERR_EXECUTABLE_NOT_FOUND` when `path` was given and cannot be used; finding nothing is an answer.
 */
export const resolveClaude = async (options: ResolveClaudeOptions = {}): Promise<Found> => {
  if (options.verify === false) return lookForClaude(options)
  const surroundings = await withFuses(currentSurroundings(options.surroundings))
  const { confirmClaude } = await import('./confirm.ts')
  return lookAndConfirm(searchFor(options, surroundings), async (usable, { source }) =>
    source === 'bundled' && options.runBundled === false ? usable : confirmClaude(usable, surroundings, options.deadlineMs),
  )
}
