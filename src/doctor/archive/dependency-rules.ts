/** Rules about packages that scripts need and that were not packaged. Pure. */
import type { ArchiveFinding } from '../evidence.ts'
import { asarUnpack, type Rule, verb } from './rule.ts'
import type { SeenArchive } from './seen.ts'
import { listed } from './shown.ts'

const mostNames = 20

const missingForMain: Rule = ({ app, manifest, whole }) => {
  const names = manifest?.missingImports ?? []
  if (names.length === 0 || !whole) return []
  return [
    {
      code: 'DEPENDENCY_MISSING',
      severity: 'fail',
      fact: `${manifest!.main} imports ${listed(names)}, and no node_modules of the app ${verb(names.length, 'has it', 'has them')}.`,
      hint: `Move ${verb(names.length, 'it', 'them')} from devDependencies to dependencies, or bundle ${verb(names.length, 'it', 'them')} into the main script.`,
      paths: names.slice(0, mostNames).map((name) => `${app}/node_modules/${name}`),
    },
  ]
}

/** Types are no code; npm packages that start so are left out by packagers. */
const isNeeded = (name: string): boolean => !name.startsWith('@types/') && name !== 'electron'

/**
 * An app whose scripts are bundled needs no node_modules, and packages at most what cannot be bundled: only where most
 * of what package.json asks for is there, what is not there has been lost.
 */
const lost: Rule = ({ app, manifest, whole }) => {
  if (manifest === null || !whole) return []
  const needed = manifest.dependencies.filter(({ name }) => isNeeded(name) && !manifest.missingImports.includes(name))
  const missing = needed.filter(({ installed }) => !installed).map(({ name }) => name)
  if (missing.length === 0 || missing.length * 2 >= needed.length) return []
  return [
    {
      code: 'DEPENDENCY_MISSING',
      severity: 'warn',
      fact: `package.json asks for ${listed(missing)}, and ${verb(missing.length, 'it is', 'they are')} not in ${app}, though ${needed.length - missing.length} other dependencies are.`,
      hint: 'Install from a clean node_modules before packaging; with pnpm, set node-linker=hoisted.',
      paths: missing.slice(0, mostNames).map((name) => `${app}/node_modules/${name}`),
    },
  ]
}

const missingForEntry = ({ entry, whole }: SeenArchive): ArchiveFinding[] => {
  const found = entry?.found
  if (found == null || !whole) return []
  const nowhere = found.imports
    .filter((one) => one.found === 'nowhere' || (one.found === 'packed' && found.place === 'extra'))
    .map(({ name }) => name)
  const packed = found.imports.filter((one) => one.found === 'packed' && found.place === 'unpacked').map(({ name }) => name)
  const findings: ArchiveFinding[] = []
  if (nowhere.length > 0) {
    findings.push({
      code: 'DEPENDENCY_MISSING',
      severity: 'fail',
      fact: `The backend ${found.path} imports ${listed(nowhere)}, and no node_modules beside or above it ${verb(nowhere.length, 'has it', 'has them')}.`,
      hint: `Bundle ${verb(nowhere.length, 'it', 'them')} into the backend, or package node_modules with ${verb(nowhere.length, 'it', 'them')} beside it.`,
      paths: [found.path],
    })
  }
  if (packed.length > 0) {
    findings.push({
      code: 'DEPENDENCY_MISSING',
      severity: 'warn',
      fact: `The backend ${found.path} imports ${listed(packed)}, which ${verb(packed.length, 'lies', 'lie')} only in the archive: a plain Node does not find ${verb(packed.length, 'it', 'them')} from there.`,
      hint: `Package with ${packed
        .slice(0, 3)
        .map((name) => asarUnpack(`**/node_modules/${name}/**`))
        .join(' and ')} and what ${verb(packed.length, 'it needs', 'they need')}, or bundle the backend.`,
      paths: [found.path],
    })
  }
  return findings
}

export const dependencyRules: readonly Rule[] = [missingForMain, lost, missingForEntry]
