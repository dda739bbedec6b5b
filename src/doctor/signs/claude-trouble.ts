/**
 * How Claude's command line says that it is there and will not run, as data: one cause, many remedies. Pure.
 *
 * The words are its own; who has started it often adds a line of his below them, which says less.
 */
import { seen } from '../../causes/output-lines.ts'

export interface ClaudeTrouble {
  readonly variant: 'stub' | 'nested' | 'root' | 'git-bash' | 'version-skew' | 'login'
  /** In a few words, for an explanation. */
  readonly words: string
  /** The line that says so. */
  readonly line: string
  readonly hint: string
  readonly fix: string | undefined
}

interface Variant extends Omit<ClaudeTrouble, 'line' | 'fix'> {
  readonly pattern: RegExp
  readonly fix?: string
  /** Others say the same: it counts only where one of the lines speaks of Claude. */
  readonly ambiguous?: true
}

export const claudeVariants: readonly Variant[] = [
  {
    variant: 'stub',
    words: 'npm has left its placeholder where the native file belongs',
    pattern: /\bclaude native binary not installed\b/i,
    hint: 'Run `node install.cjs` in the folder of @anthropic-ai/claude-code, or install it again without --ignore-scripts and --omit=optional.',
    fix: 'node "$(npm root -g)/@anthropic-ai/claude-code/install.cjs"',
  },
  {
    variant: 'nested',
    words: 'it finds itself started by another Claude',
    pattern: /\bcannot be launched inside another Claude Code session\b/i,
    hint: 'Remove CLAUDECODE from the environment that the backend hands to Claude: `env: { CLAUDECODE: undefined }` of the service does it.',
    fix: 'unset CLAUDECODE',
  },
  {
    variant: 'root',
    words: 'it does not skip permissions for root',
    pattern: /--dangerously-skip-permissions cannot be used with root/i,
    hint: 'Run the backend as another user than root, or start Claude without --dangerously-skip-permissions.',
  },
  {
    variant: 'git-bash',
    words: 'it needs Git Bash on Windows',
    pattern: /\bClaude Code on Windows requires git-bash\b/i,
    hint: 'Install Git for Windows, or name its bash.exe by CLAUDE_CODE_GIT_BASH_PATH.',
    fix: 'winget install --id Git.Git',
  },
  {
    variant: 'version-skew',
    words: 'it does not know an option that the SDK gives it: the two are of different versions',
    pattern: /\berror: unknown option '-{1,2}[\w-]+/i,
    ambiguous: true,
    hint: 'Update Claude to the version of the SDK that starts it, and pass no `executableArgs` to a native Claude.',
    fix: 'npm install -g @anthropic-ai/claude-code@latest',
  },
  {
    variant: 'login',
    words: 'nobody is logged in',
    pattern: /\bplease run \/login\b|\bnot logged in\b/i,
    ambiguous: true,
    hint: 'Log in once as the user who runs the backend: start `claude` and give it /login, or set ANTHROPIC_API_KEY.',
    fix: 'claude /login',
  },
]

/** Its last words are near the end of what was said. */
const nearTheEnd = 20
const speaksOfClaude = /\bclaude\b|\/login\b/i

/** What of the last lines Claude itself has said about why it will not run. */
export const claudeTrouble = (lines: readonly string[]): ClaudeTrouble | undefined => {
  const last = lines.slice(-nearTheEnd).map(seen)
  const isClaude = last.some((line) => speaksOfClaude.test(line))
  for (const line of last.toReversed()) {
    const found = claudeVariants.find(({ pattern, ambiguous }) => pattern.test(line) && (isClaude || ambiguous === undefined))
    if (found !== undefined) return { variant: found.variant, words: found.words, hint: found.hint, fix: found.fix, line: line.trim() }
  }
  return undefined
}
