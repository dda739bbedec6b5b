/** A package or a library that the backend needs is not there. Pure. */
import { cures } from '../../causes/cures.ts'
import { quoted } from '../signs/reading.ts'
import { inFolder } from '../signs/shell.ts'
import { toldCause } from '../signs/told-cause.ts'

interface Missing {
  readonly pattern: RegExp
  /** How its kind is installed. */
  readonly install?: (name: string) => string
  readonly hint: (name: string) => string
}

const missing: readonly Missing[] = [
  {
    pattern: /Cannot find (?:package|module) '([^']+)'/,
    install: (name) => `npm install ${quoted(packageOf(name))}`,
    hint: (name) =>
      `Install ${packageOf(name)} where the backend runs, or bundle it; in a packaged app, ship node_modules beside the entry.`,
  },
  {
    pattern: /^error: (?:Import "([^"]+)" not|Cannot find package "([^"]+)")/,
    hint: (name) => `Add ${name} to the project (deno add npm:${name}, bun add ${name}).`,
  },
  {
    pattern: /No module named '?([\w.]+)'?$/,
    install: (name) => `python3 -m pip install ${name.split('.')[0]}`,
    hint: (name) => `Install ${name.split('.')[0]} for the Python that runs the backend.`,
  },
  {
    pattern: /cannot load such file -- (\S+)/,
    install: () => 'bundle install',
    hint: (name) => `Install the gem that has ${name} (bundle install).`,
  },
  { pattern: /error while loading shared libraries: ([^\s:]+)/, hint: (name) => `Install the system's package that has ${name}.` },
]

/** `@scope/name` of `@scope/name/deep/file`, and of a path below node_modules. */
const packageOf = (name: string): string => {
  const below = name.replace(/^.*[\\/]node_modules[\\/]/, '').split(/[\\/]/)
  return below.slice(0, below[0]?.startsWith('@') ? 2 : 1).join('/')
}

export const dependencyMissing = toldCause({
  code: 'DEPENDENCY_MISSING',
  title: 'A dependency is missing',
  remedy: ({ run, line }, { project }) => {
    for (const { pattern, install, hint } of missing) {
      const name = pattern
        .exec(line ?? '')
        ?.slice(1)
        .find((part) => part !== undefined)
      if (name === undefined) continue
      const folder = project?.dir ?? run.surroundings.cwd
      return {
        hint: hint(name),
        fix: install === undefined ? undefined : inFolder(folder, install(name)),
        supports: [`Missing: ${name}`],
      }
    }
    return { hint: cures.DEPENDENCY_MISSING ?? '' }
  },
})
