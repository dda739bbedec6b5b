/** Where a program is looked for that nobody named: PATH, the login shell's PATH, the usual places, what managers know. */
import { askLoginShell, knownLoginShell, type ShellPaths, shouldAskShell } from './ask-login-shell.ts'
import { askTools } from './ask-tools.ts'
import { expandPlaces } from './expand-places.ts'
import { knownPlaces, type Program } from './known-places.ts'
import { onPath, pathFolders, pathsOf } from './paths.ts'
import type { Stage } from './search.ts'
import type { Surroundings } from './surroundings.ts'
import type { Place } from './verdict.ts'

export const placesOnPath = (program: Program, surroundings: Surroundings): Place[] =>
  onPath(program, surroundings).map((path) => ({ path, source: 'path' }))

export const placesElsewhere = (program: Program, surroundings: Surroundings): Stage[] => [
  inLoginShell(program, surroundings),
  { places: usual(program, surroundings) },
  { ask: async () => (await askTools(program, toolPath(surroundings), surroundings)).map((path) => ({ path, source: 'tool' as const })) },
]

/** Who was started from a terminal has its PATH already. Once the shell has answered, a mere look knows it, too. */
const inLoginShell = (program: Program, surroundings: Surroundings): Stage => {
  const known = knownLoginShell(surroundings)
  if (known !== undefined) return { places: shellPlaces(program, known, surroundings) }
  if (!shouldAskShell(surroundings)) return { places: [] }
  const ask = async (): Promise<Place[]> => {
    const answer = await askLoginShell(surroundings)
    if (answer.ok) return shellPlaces(program, answer, surroundings)
    return [{ path: surroundings.shell ?? '', source: 'login-shell', problem: answer.reason }]
  }
  return { ask }
}

/** An alias of the user's is what their terminal would start, before anything on PATH. */
const shellPlaces = (program: Program, { folders, claude }: ShellPaths, surroundings: Surroundings): Place[] => {
  const aliased = program === 'claude' && claude !== null ? [claude] : []
  const within = { ...surroundings, env: { PATH: joined(folders, surroundings) } }
  return [...aliased, ...onPath(program, within)].map((path) => ({ path, source: 'login-shell' }))
}

function* usual(program: Program, surroundings: Surroundings): Generator<Place> {
  for (const path of expandPlaces(knownPlaces(program, surroundings))) yield { path, source: 'known-place' }
}

/** The managers themselves are found where what they install is found. */
const toolPath = (surroundings: Surroundings): string => {
  const { dirname } = pathsOf(surroundings.platform)
  const shell = knownLoginShell(surroundings)?.folders ?? []
  const folders = [...expandPlaces(knownPlaces('node', surroundings))].map((place) => dirname(place))
  return joined([...new Set([...pathFolders(surroundings), ...shell, ...folders])], surroundings)
}

const joined = (folders: readonly string[], { platform }: Surroundings): string => folders.join(pathsOf(platform).delimiter)
