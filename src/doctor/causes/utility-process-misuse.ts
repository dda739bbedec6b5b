/** Electron's utilityProcess was called too early, or with options that it refuses. Pure. */
import type { Finding } from '../cause.ts'
import type { Evidence } from '../evidence.ts'
import { toldCause } from '../signs/told-cause.ts'

interface Misuse {
  readonly pattern: RegExp
  readonly hint: string
}

const misuses: readonly Misuse[] = [
  { pattern: /before (?:the )?app is ready|before ready/i, hint: 'Await app.whenReady() before utilityProcess.fork().' },
  {
    pattern: /stdin value other than ignore/i,
    hint: "Give it stdio: ['ignore', 'pipe', 'pipe']: a utility process has no stdin. A backend that needs one: launch: 'fork'.",
  },
  {
    pattern: /configuration missing for stdin, stdout or stderr|std(?:io|out|err)(?: configuration)? must be of the following values/i,
    hint: "Give it three values, stdio: ['ignore', 'pipe', 'pipe'], or one word for all.",
  },
  { pattern: /Missing UtilityProcess entry script/i, hint: 'Name the entry script as the first argument of utilityProcess.fork().' },
  {
    pattern: /(?:execArgv|serviceName|cwd path|options?\b).* must be /i,
    hint: 'Correct the option of utilityProcess.fork() that the error names.',
  },
]

const thrown = ({ app }: Evidence): Finding | undefined => {
  const words = app?.utilityProcessError
  const misuse = words == null ? undefined : misuses.find(({ pattern }) => pattern.test(words))
  if (misuse === undefined) return undefined
  return {
    confidence: 'certain',
    explanation: `utilityProcess.fork() has refused the backend: ${words}`,
    hint: misuse.hint,
    supports: [`utilityProcess says: ${words}`],
  }
}

export const utilityProcessMisuse = toldCause({
  code: 'UTILITY_PROCESS_MISUSE',
  title: 'utilityProcess was called in a way that it refuses',
  remedy: ({ run }) => ({ hint: run.notStarted?.hint ?? 'Await app.whenReady(), and leave stdin alone.' }),
  otherwise: thrown,
})
