/** A Claude is there, and will not run: each variant has its own remedy. Pure. */
import { cures } from '../../causes/cures.ts'
import type { Evidence, RunEvidence } from '../evidence.ts'
import { claudeTrouble, claudeVariants } from '../signs/claude-trouble.ts'
import { fileOf } from '../signs/not-started.ts'
import { linesOf } from '../signs/reading.ts'
import { candidateWords, passedOver } from '../signs/second-look.ts'
import { inFolder } from '../signs/shell.ts'
import { type Remedy, toldCause } from '../signs/told-cause.ts'

export const claudeUnusable = toldCause({
  code: 'CLAUDE_UNUSABLE',
  title: 'Claude is there, and will not run',
  remedy: ({ run, line }, evidence) => {
    const trouble = claudeTrouble(line === null ? linesOf(run) : [...linesOf(run), line])
    if (trouble !== undefined && trouble.variant !== 'stub') {
      return { hint: trouble.hint, fix: trouble.fix, supports: [`That is: ${trouble.words}.`] }
    }
    const other = passedOver(evidence.executables.claude)
    if (trouble === undefined && !isPlaceholder(run) && other?.kind !== 'stub') {
      const hint = run.notStarted?.cause === 'CLAUDE_UNUSABLE' ? run.notStarted.hint : null
      return {
        hint: hint ?? (other === undefined ? (cures.CLAUDE_UNUSABLE ?? '') : `Install Claude again: ${candidateWords(other)}.`),
        fix: 'npm install -g @anthropic-ai/claude-code',
      }
    }
    return stubRemedy(run, evidence)
  },
})

const isPlaceholder = ({ notStarted }: RunEvidence): boolean =>
  notStarted?.facts?.isPlaceholder === true || /is the placeholder of npm/.test(notStarted?.message ?? '')

/** The folder of its package, where the path of the placeholder shows it. */
const stubRemedy = (run: RunEvidence, { executables, service }: Evidence): Remedy => {
  const stub = claudeVariants.find(({ variant }) => variant === 'stub')
  const paths = [
    run.notStarted?.message,
    fileOf(run),
    ...(executables.claude?.candidates ?? []).filter(({ kind }) => kind === 'stub').map(({ path }) => path),
    executables.claude?.realPath,
    service?.command,
  ]
  const folder = paths
    .map((path) => /(?:\/|\b[A-Za-z]:\\)\S*[\\/]@anthropic-ai[\\/]claude-code(?=[\\/])/.exec(path ?? '')?.[0])
    .find((found) => found !== undefined)
  if (folder === undefined) return { hint: stub?.hint ?? '', fix: stub?.fix }
  return {
    hint: `Run \`node install.cjs\` in ${folder}, or install it again without --ignore-scripts and --omit=optional.`,
    fix: inFolder(folder, 'node install.cjs'),
    fixable: executables.claude?.healed === true,
  }
}
