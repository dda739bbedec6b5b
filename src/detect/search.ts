/** Goes through places in their order, until the first that is healthy. What is looked at and why is told by candidates. */
import { SupervisorError } from '../errors.ts'
import type { Candidate, CandidateSource, Found } from './found.ts'
import { isBareName, onPath, pathsOf } from './paths.ts'
import { isExecutableFile } from './see.ts'
import type { Surroundings } from './surroundings.ts'
import type { Place, Unusable, Usable, Verdict } from './verdict.ts'

/** Places of one kind. Where somebody must be asked for them (a login shell, a package manager), a mere look passes on. */
export type Stage = { readonly places: Iterable<Place> } | { readonly ask: () => Promise<Iterable<Place>> }

export interface Search {
  /** In words, for messages. */
  readonly what: string
  /** In their order. */
  readonly stages: Iterable<Stage>
  judge(place: Place): Verdict
  /** Goes on after the first healthy one. */
  readonly all: boolean
  readonly surroundings: Surroundings
}

/** Asks a candidate that looks healthy; what is then known of it, or why it is not. */
export type Confirm = (usable: Usable, place: Place) => Promise<Verdict>

/** Looks only. */
export const look = (search: Search): Found => {
  const findings = new Findings(search)
  for (const stage of search.stages) {
    if ('ask' in stage) continue
    for (const place of findings.unseen(stage.places)) {
      findings.add(place, findings.judge(place))
      if (findings.areEnough) return findings.found
    }
  }
  return findings.found
}

/** Looks and asks, and has each healthy one confirmed before it counts. */
export const lookAndConfirm = async (search: Search, confirm: Confirm): Promise<Found> => {
  const findings = new Findings(search)
  for (const stage of search.stages) {
    for (const place of findings.unseen('ask' in stage ? await stage.ask() : stage.places)) {
      const looked = findings.judge(place)
      findings.add(place, looked.usable ? await confirm(looked, place) : looked)
      if (findings.areEnough) return findings.found
    }
  }
  return findings.found
}

/** A path as a user gives it. A bare name is a command on PATH, never a file of the working directory; `./name` is that file. */
export const optionPath = (value: string, surroundings: Surroundings): string => {
  if (!isBareName(value)) return pathsOf(surroundings.platform).resolve(value)
  return onPath(value, surroundings).find(isExecutableFile) ?? value
}

class Findings {
  readonly #search: Search
  readonly #candidates: Candidate[] = []
  readonly #seen = new Set<string>()
  #first: { readonly place: Place; readonly verdict: Usable } | undefined

  constructor(search: Search) {
    this.#search = search
  }

  /** A path that several places name counts where it was named first. */
  *unseen(places: Iterable<Place>): Generator<Place> {
    for (const place of places) {
      if (this.#seen.has(place.path)) continue
      this.#seen.add(place.path)
      yield place
    }
  }

  judge(place: Place): Verdict {
    const { surroundings, judge } = this.#search
    if (place.problem !== undefined) return mute(place.problem)
    return pathsOf(surroundings.platform).isAbsolute(place.path) ? judge(place) : notAbsolute(place.source)
  }

  add(place: Place, verdict: Verdict): void {
    const { path, source, variable } = place
    if (!verdict.usable && source === 'option') throw badOption(this.#search.what, place, verdict)
    if (!verdict.usable && verdict.absent && variable === undefined) return
    const named = variable === undefined ? '' : ` (named by ${variable})`
    this.#candidates.push({ path, kind: verdict.kind, source, usable: verdict.usable, reason: verdict.reason + named })
    if (verdict.usable) this.#first ??= { place, verdict }
  }

  get areEnough(): boolean {
    return this.#first !== undefined && !this.#search.all
  }

  get found(): Found {
    const candidates = this.#candidates
    if (this.#first === undefined) return { path: null, candidates }
    const { path, realPath, kind, run, env, version, healed } = this.#first.verdict
    const { source } = this.#first.place
    return { path, realPath, kind, run, env, version, source, usable: true, ...(healed && { healed }), candidates }
  }
}

const badOption = (what: string, { path }: Place, { reason, cause, hint }: Unusable): SupervisorError => {
  const message = `The ${what} given as an option cannot be used: ${path || "''"} ${reason}.`
  return new SupervisorError('ERR_EXECUTABLE_NOT_FOUND', message, { reason: cause, hint })
}

const mute = (reason: string): Unusable => ({
  usable: false,
  kind: 'unusable',
  absent: false,
  reason,
  cause: 'COMMAND_NOT_FOUND',
  hint: 'Run it by hand to see what it waits for.',
})

const notAbsolute = (source: CandidateSource): Unusable => ({
  usable: false,
  kind: 'unusable',
  absent: false,
  reason: source === 'option' ? 'is not a command on PATH' : 'is not an absolute path',
  cause: 'COMMAND_NOT_FOUND',
  hint: 'Give an absolute path.',
})
