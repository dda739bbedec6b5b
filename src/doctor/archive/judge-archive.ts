/** Decides what in a packaged app speaks against its start, from what was seen of it. Pure: rules over data. */
import type { ArchiveFinding } from '../evidence.ts'
import { archiveRules } from './archive-rules.ts'
import { dependencyRules } from './dependency-rules.ts'
import { entryRules } from './entry-rules.ts'
import { machineRules } from './machine-rules.ts'
import type { Rule } from './rule.ts'
import type { SeenArchive } from './seen.ts'
import { spawnRules } from './spawn-rules.ts'

/** In the order in which a start meets them. */
const rules: readonly Rule[] = [...archiveRules, ...entryRules, ...spawnRules, ...machineRules, ...dependencyRules]

/** Of one rule: what ails hundreds of files is told by a few. */
const mostPerRule = 8

const limited = (findings: readonly ArchiveFinding[]): ArchiveFinding[] => {
  const first = findings.slice(0, mostPerRule)
  const last = first.at(-1)
  const more = findings.length - first.length
  if (last === undefined || more === 0) return first
  return [...first.slice(0, -1), { ...last, fact: `${last.fact} There are ${more} more findings like this one.` }]
}

/** What forbids a start first; each in the order in which a start meets it. */
export const judgeArchive = (seen: SeenArchive): ArchiveFinding[] => {
  const findings = rules.flatMap((rule) => limited(rule(seen)))
  return [...findings.filter(({ severity }) => severity === 'fail'), ...findings.filter(({ severity }) => severity === 'warn')]
}
