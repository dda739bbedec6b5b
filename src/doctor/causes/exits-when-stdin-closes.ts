import type { Cause } from '../cause.ts'
import { endCause } from '../signs/bind-error.ts'
import { after, endedUnasked, howEnded, packagedOnly, wentWell } from '../signs/reading.ts'

/** Who ends with its input, ends at once. */
const soonMs = 2000

export const exitsWhenStdinCloses: Cause = {
  code: 'EXITS_WHEN_STDIN_CLOSES',
  title: 'The backend ends when its input ends',
  find: (evidence) => {
    const run = packagedOnly(evidence)
    const exit = run && endedUnasked(run)
    if (run === undefined || !exit || run.surroundings.stdin !== 'null') return undefined
    const experiments = evidence.runs.filter(({ surroundings }) => surroundings.label === 'packaged' && surroundings.repaired !== null)
    const cures = experiments.filter((other) => wentWell(other, evidence)).map(({ surroundings }) => surroundings.repaired)
    const isCured = cures.includes('stdin')
    const isAlike = experiments.length === 0 && exit.code === 0 && exit.atMs <= soonMs && mayBeSilent.has(endCause(run))
    if (!isCured && !isAlike) return undefined
    const others = cures.filter((cure) => cure !== 'stdin')
    const ended = `In the surroundings of a packaged app, where stdin is closed, it ${howEnded(exit)} ${after(exit.atMs)}`
    return {
      confidence: isCured ? 'certain' : 'likely',
      explanation: `${ended}; ${isCured ? 'with an open stdin and nothing else set right it answers' : 'with its own surroundings it answers'}.`,
      hint: "Let it not end with its input: drop process.stdin.on('end', …) and on('close', …), or start it with an open pipe as stdin. `jarvis-supervise start` keeps one open, except for utilityProcess, which has none: there, choose launch 'fork'.",
      supports: [
        'In its own surroundings it answers.',
        `${ended}.`,
        ...(isCured ? ['In packaged surroundings with stdin set right it answers.'] : []),
      ],
      contradicts: others.map((cure) => `With ${cure} alone set right it answers too.`),
    }
  },
}

const mayBeSilent = new Set<ReturnType<typeof endCause>>([null, 'EXITED_BEFORE_LISTENING'])
