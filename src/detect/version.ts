/** Asks a candidate for its `--version`. */
import { runBriefly, type Said } from './run-briefly.ts'
import type { Surroundings } from './surroundings.ts'

export const deadlineMs = 10_000

export const printVersion = (
  [command, ...args]: readonly [string, ...string[]],
  env: Readonly<Record<string, string | null>>,
  surroundings: Surroundings,
  limitMs: number = deadlineMs,
): Promise<Said> => runBriefly({ run: [command, ...args, '--version'], env, deadlineMs: limitMs, question: '--version' }, surroundings)
