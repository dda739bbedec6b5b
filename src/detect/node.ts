/** Finds the Node that runs scripts. */
import { realpathSync } from 'node:fs'

import { expandPlaces } from './expand-places.ts'
import type { Found } from './found.ts'
import { judge } from './judge.ts'
import { knownPlaces } from './known-places.ts'
import { onPath } from './paths.ts'
import { look, lookAndConfirm, optionPath, type Search } from './search.ts'
import { see } from './see.ts'
import { currentSurroundings, type Surroundings } from './surroundings.ts'
import type { Place, Verdict } from './verdict.ts'
import { nodeVersionOnDisk } from './version-on-disk.ts'
import { windowsSide } from './windows-side.ts'

export interface NodeQuestion {
  /** Taken instead of the first that the search finds; a bare name is looked up on PATH. An error if it cannot be used. */
  readonly path?: string | undefined
  /** Goes on after the first healthy one, to tell about the others. */
  readonly all?: boolean | undefined
  readonly surroundings?: Partial<Surroundings> | undefined
}

export interface ResolveNodeOptions extends NodeQuestion {
  /** Runs `--version` of what was found before it counts. */
  readonly verify?: boolean | undefined
  /** How long that may take per candidate; 10 s. */
  readonly deadlineMs?: number | undefined
}

/** The executable that runs us. In Electron it is a Node only on demand, and on macOS its helper starts without an icon. */
const runtimePath = ({ electron, execPath }: Surroundings): string => electron?.helperExecPath ?? execPath

function* nodePlaces(question: NodeQuestion, surroundings: Surroundings): Generator<Place> {
  if (question.path !== undefined) yield { path: optionPath(question.path, surroundings), source: 'option' }
  yield { path: runtimePath(surroundings), source: 'runtime' }
  for (const path of onPath('node', surroundings)) yield { path, source: 'path' }
  for (const path of expandPlaces(knownPlaces('node', surroundings))) yield { path, source: 'known-place' }
}

/** Either way the variable is set or removed: an inherited one would turn every Electron app into a Node. */
const overlay = (path: string, surroundings: Surroundings): Record<string, string | null> => {
  const isElectron = surroundings.electron !== undefined && [surroundings.execPath, runtimePath(surroundings)].includes(path)
  return { ELECTRON_RUN_AS_NODE: isElectron ? '1' : null }
}

/** The Node that runs us needs no look: it runs. */
const isRunning = (path: string): boolean => path === process.execPath && process.versions.electron === undefined

const judgeNode = ({ path, source }: Place, surroundings: Surroundings): Verdict => {
  if (source === 'runtime' && isRunning(path)) {
    const version = process.versions.node
    return {
      usable: true,
      path,
      realPath: realpathSync(path),
      kind: 'native',
      run: [path],
      env: overlay(path, surroundings),
      version,
      reason: 'runs this process',
    }
  }
  const sound = windowsSide(path, source, surroundings) ?? judge(path, see(path, surroundings), surroundings)
  if (!sound.usable) return sound
  const { kind, realPath, reason } = sound
  if (kind === 'script') {
    const hint = 'Name the executable of Node itself.'
    return { usable: false, kind, absent: false, reason: 'is a script that itself needs a Node', cause: 'NOT_EXECUTABLE', hint }
  }
  const version = path === runtimePath(surroundings) ? (surroundings.versions.node ?? null) : nodeVersionOnDisk(realPath)
  return { usable: true, path, realPath, kind, run: [path], env: overlay(path, surroundings), version, reason }
}

const searchFor = (question: NodeQuestion, surroundings: Surroundings): Search => ({
  what: 'Node',
  places: nodePlaces(question, surroundings),
  judge: (place) => judgeNode(place, surroundings),
  all: question.all ?? false,
})

/**
 * Looks for Node on the way to a start: nothing is executed, nothing awaited.
 * @throws SupervisorError `ERR_EXECUTABLE_NOT_FOUND` when `path` was given and cannot be used.
 */
export const lookForNode = (question: NodeQuestion = {}): Found => {
  const surroundings = currentSurroundings(question.surroundings)
  return look(searchFor(question, surroundings), surroundings)
}

/**
 * Looks for Node: the given path, the Node that runs us (or Electron as Node), PATH, the usual places.
 * Rejects with `ERR_EXECUTABLE_NOT_FOUND` when `path` was given and cannot be used; finding nothing is an answer.
 */
export const resolveNode = async (options: ResolveNodeOptions = {}): Promise<Found> => {
  if (!options.verify) return lookForNode(options)
  const surroundings = currentSurroundings(options.surroundings)
  const { confirmNode } = await import('./confirm.ts')
  return lookAndConfirm(searchFor(options, surroundings), surroundings, (usable) => confirmNode(usable, surroundings, options.deadlineMs))
}
