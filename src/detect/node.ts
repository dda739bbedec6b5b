/** Finds the Node that runs scripts. */
import { realpathSync } from 'node:fs'

import type { Found } from './found.ts'
import { judge } from './judge.ts'
import { placesElsewhere, placesOnPath } from './places.ts'
import { look, lookAndConfirm, optionPath, type Search } from './search.ts'
import { see } from './see.ts'
import { currentSurroundings, type Surroundings } from './surroundings.ts'
import type { Place, Unusable, Verdict } from './verdict.ts'
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
  /** Runs `--version` of what was found before it counts. Default true; `false` looks only, and asks nobody. */
  readonly verify?: boolean | undefined
  /** How long that may take per candidate; 10 s. */
  readonly deadlineMs?: number | undefined
}

/** The executable that runs us. In Electron it is a Node only on demand, and on macOS its helper starts without an icon. */
const runtimePath = ({ electron, execPath }: Surroundings): string => electron?.helperExecPath ?? execPath

function* placesAtHand(question: NodeQuestion, surroundings: Surroundings): Generator<Place> {
  if (question.path !== undefined) yield { path: optionPath(question.path, surroundings), source: 'option' }
  yield { path: runtimePath(surroundings), source: 'runtime' }
  yield* placesOnPath('node', surroundings)
}

/** Inside Electron: with the word of its binary whether it may be used as a Node. Elsewhere nothing is read. */
export const withFuses = async (surroundings: Surroundings): Promise<Surroundings> => {
  const { electron, platform } = surroundings
  if (electron === undefined || electron.runAsNode !== undefined) return surroundings
  const { fusesOf } = await import('./read-fuses.ts')
  const fuses = await fusesOf(runtimePath(surroundings), platform)
  return { ...surroundings, electron: { ...electron, runAsNode: fuses === null || fuses.runAsNode === true } }
}

const fuseOff: Unusable = {
  usable: false,
  kind: 'native',
  absent: false,
  reason: 'is an Electron whose RunAsNode fuse is off: it would start the app a second time',
  cause: 'RUN_AS_NODE_FUSE_OFF',
  hint: "Use launch: 'utilityProcess', which needs no Node, or name a Node with the node path option.",
}

const isElectronItself = (path: string, surroundings: Surroundings): boolean =>
  surroundings.electron !== undefined && [surroundings.execPath, runtimePath(surroundings)].includes(path)

/** Either way the variable is set or removed: an inherited one would turn every Electron app into a Node. */
const overlay = (path: string, surroundings: Surroundings): Record<string, string | null> => ({
  ELECTRON_RUN_AS_NODE: isElectronItself(path, surroundings) ? '1' : null,
})

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
  if (surroundings.electron?.runAsNode === false && isElectronItself(path, surroundings)) return fuseOff
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
  stages: [{ places: placesAtHand(question, surroundings) }, ...placesElsewhere('node', surroundings)],
  judge: (place) => judgeNode(place, surroundings),
  all: question.all ?? false,
  surroundings,
})

/**
 * Looks for Node on the way to a start: nothing is executed, nothing awaited.
 * @throws SupervisorError `ERR_EXECUTABLE_NOT_FOUND` when `path` was given and cannot be used.
 */
export const lookForNode = (question: NodeQuestion = {}): Found => look(searchFor(question, currentSurroundings(question.surroundings)))

/**
 * Finds the Node that will really run: the given path, the Node that runs us (or Electron as Node), PATH, the PATH of
 * the login shell (where the process was not started from a terminal), the usual places, what version managers say.
 * Rejects with `ERR_EXECUTABLE_NOT_FOUND` when `path` was given and cannot be used; finding nothing is an answer.
 */
export const resolveNode = async (options: ResolveNodeOptions = {}): Promise<Found> => {
  if (options.verify === false) return lookForNode(options)
  const surroundings = await withFuses(currentSurroundings(options.surroundings))
  const { confirmNode } = await import('./confirm.ts')
  return lookAndConfirm(searchFor(options, surroundings), async (usable) =>
    isRunning(usable.path) ? usable : confirmNode(usable, surroundings, options.deadlineMs),
  )
}
