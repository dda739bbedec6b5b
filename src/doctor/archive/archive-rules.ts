/** Rules about the archive itself: what cannot be read of it, and whether Electron finds a script to start. Pure. */
import type { ArchiveFinding } from '../evidence.ts'
import type { FaultKind, IndexFault } from './asar-index.ts'
import { type Rule, verb } from './rule.ts'
import type { SeenArchive } from './seen.ts'
import { listed, shown } from './shown.ts'

const again = 'Package the app again, and compare the size of app.asar before and after it was copied.'

const cannotBeRead = ({ app, unreadable }: SeenArchive): ArchiveFinding[] =>
  unreadable === null ? [] : [{ code: 'ENTRY_MISSING', severity: 'fail', fact: `${app} ${unreadable}.`, hint: again, paths: [app] }]

/** What is said of an index, and whether the app starts all the same. */
const faultWords: Readonly<
  Record<FaultKind, { readonly severity: 'fail' | 'warn'; readonly say: (fault: IndexFault, names: string) => string }>
> = {
  malformed: { severity: 'fail', say: () => 'has an index that is no whole JSON' },
  'too-many': { severity: 'warn', say: (_, names) => `lists more files than any app has; nothing from ${names} on was looked at` },
  'too-deep': { severity: 'warn', say: (_, names) => `has folders nested deeper than was looked at: ${names}` },
  'bad-name': {
    severity: 'warn',
    say: ({ count }, names) =>
      `has ${verb(count, 'a name that leads', 'names that lead')} elsewhere, which ${verb(count, 'was', 'were')} left out: ${names}`,
  },
  duplicate: { severity: 'warn', say: (_, names) => `lists the same path more than once: ${names}` },
  'bad-size': {
    severity: 'warn',
    say: ({ count }, names) => `has ${verb(count, 'a file', 'files')} without a size and an offset that make sense: ${names}`,
  },
  'beyond-end': { severity: 'fail', say: ({ count }, names) => `is cut off: it ends before the end of ${count} of its files: ${names}` },
  'link-out': { severity: 'warn', say: (_, names) => `has links that lead out of it: ${names}` },
  'cyclic-link': { severity: 'warn', say: (_, names) => `has links that lead in a circle: ${names}` },
}

const faulty = ({ app, faults }: SeenArchive): ArchiveFinding[] =>
  faults.map((fault) => {
    const { severity, say } = faultWords[fault.kind]
    const paths = fault.examples.filter((example) => example !== '').map((example) => shown(`${app}/${example}`))
    const fact = `${app} ${say(fault, listed(fault.examples.map(shown), fault.count))}.`
    return { code: 'ENTRY_MISSING', severity, fact, hint: again, paths: paths.length === 0 ? [app] : paths }
  })

const noMain: Rule = ({ app, unreadable, manifest, whole }) => {
  if (unreadable !== null || !whole) return []
  const path = `${app}/package.json`
  const found = (fact: string, hint: string): ArchiveFinding[] => [{ code: 'ENTRY_MISSING', severity: 'fail', fact, hint, paths: [path] }]
  if (manifest === null)
    return found(
      `There is no package.json in ${app}, so Electron does not know what to start.`,
      'Add package.json to the files that are packaged.',
    )
  const { main, mainFound } = manifest
  if (main === null) return found(`${path} is no JSON object.`, 'Mend package.json.')
  if (mainFound) return []
  return found(
    `package.json names ${main} as main, and there is no such file in ${app}.`,
    `Build before packaging, and add ${main} to the files that are packaged.`,
  )
}

const typeScriptMain: Rule = ({ app, manifest }) => {
  const main = manifest?.main ?? ''
  if (!/\.[cm]?tsx?$/.test(main)) return []
  return [
    {
      code: 'TYPESCRIPT_ENTRY',
      severity: 'warn',
      fact: `package.json names ${main} as main, which is TypeScript.`,
      hint: 'Let main name the JavaScript that the build writes.',
      paths: [`${app}/${main.replace(/^\.\//, '')}`],
    },
  ]
}

export const archiveRules: readonly Rule[] = [cannotBeRead, faulty, noMain, typeScriptMain]
