/** Goes through places in their order, until the first that is healthy. What is looked at and why is told by candidates. */
import { SupervisorError } from '../errors.ts'
import type { Candidate, CandidateSource, Found } from './found.ts'
import { isBareName, onPath, pathsOf } from './paths.ts'
import { isExecutableFile } from './see.ts'
import type { Surroundings } from './surroundings.ts'
import type { Place, Unusable, Usable, Verdict } from './verdict.ts'

export interface Search {
  /** In words, for messages. */
  readonly what: string
  readonly places: Iterable<Place>
  judge(place: Place): Verdict
  /** Goes on after the first healthy one. */
  readonly all: boolean
}

/** Asks a candidate that looks healthy; what is then known of it, or why it is not. */
export type Confirm = (usable: Usable) => Promise<Verdict>

/** A path as a user gives it. A bare name is a command on PATH, never a file of the working directory; `./name` is that file. */
export const optionPath = (value: string, surroundings: Surroundings): string => {
  if (!isBareName(value)) return pathsOf(surroundings.platform).resolve(value)
  return onPath(value, surroundings).find(isExecutableFile) ?? value
}

const badOption = (what: string, { path }: Place, { reason, cause, hint }: Unusable): SupervisorError => {
  const message = `The ${what} given as an option cannot be used: ${path || "''"} ${reason}.`
  return new SupervisorError('ERR_EXECUTABLE_NOT_FOUND', message, { reason: cause, hint })
}

const foundFrom = (first: { place: Place; verdict: Usable } | undefined, candidates: readonly Candidate[]): Found => {
  if (first === undefined) return { path: null, candidates }
  const { path, realPath, kind, run, env, version, healed } = first.verdict
  const { source } = first.place
  return { path, realPath, kind, run, env, version, source, usable: true, ...(healed && { healed }), candidates }
}

const notAbsolute = (source: CandidateSource): Unusable => ({
  usable: false,
  kind: 'unusable',
  absent: false,
  reason: source === 'option' ? 'is not a command on PATH' : 'is not an absolute path',
  cause: 'COMMAND_NOT_FOUND',
  hint: 'Give an absolute path.',
})

/** Yields what it wants confirmed and receives the verdict on it: the one walk for the quick look and for the thorough one. */
function* walk(search: Search, surroundings: Surroundings): Generator<Usable, Found, Verdict> {
  const candidates: Candidate[] = []
  const seen = new Set<string>()
  let first: { place: Place; verdict: Usable } | undefined
  for (const place of search.places) {
    const { path, source, variable } = place
    if (seen.has(path)) continue
    seen.add(path)
    const looked = pathsOf(surroundings.platform).isAbsolute(path) ? search.judge(place) : notAbsolute(source)
    const verdict = looked.usable ? yield looked : looked
    if (!verdict.usable && source === 'option') throw badOption(search.what, place, verdict)
    if (!verdict.usable && verdict.absent && variable === undefined) continue
    const named = variable === undefined ? '' : ` (named by ${variable})`
    candidates.push({ path, kind: verdict.kind, source, usable: verdict.usable, reason: verdict.reason + named })
    if (verdict.usable) first ??= { place, verdict }
    if (first !== undefined && !search.all) break
  }
  return foundFrom(first, candidates)
}

/** Looks only. */
export const look = (search: Search, surroundings: Surroundings): Found => {
  const walking = walk(search, surroundings)
  let step = walking.next()
  while (!step.done) step = walking.next(step.value)
  return step.value
}

/** Looks, and has each healthy one confirmed before it counts. */
export const lookAndConfirm = async (search: Search, surroundings: Surroundings, confirm: Confirm): Promise<Found> => {
  const walking = walk(search, surroundings)
  let step = walking.next()
  while (!step.done) step = walking.next(await confirm(step.value))
  return step.value
}
