import type { Cause } from '../cause.ts'
import type { HolderEvidence, RunEvidence } from '../evidence.ts'
import { saysTaken } from '../signs/bind-error.ts'
import { daemonOf, heldBy } from '../signs/holders.ts'
import { listed, target } from '../signs/listeners.ts'
import { after, endedUnasked, patientRun, whoIs } from '../signs/reading.ts'

export const daemonised: Cause = {
  code: 'DAEMONISED',
  title: 'The backend goes into the background and ends',
  find: (evidence) => {
    const run = patientRun(evidence)
    const exit = run && endedUnasked(run)
    if (run === undefined || !exit || exit.code !== 0 || exit.signal !== null) return undefined
    const at = target(evidence)
    if (at !== null && saysTaken(run, at.port) !== undefined) return undefined
    const left = run.left.afterExit.filter(({ state }) => state !== 'Z')
    const all = evidence.address?.holders ?? []
    const daemon = at === null ? undefined : daemonOf(run, all, at.port)
    const holders = all.filter((each) => each === daemon || (each.listener.port === at?.port && each.relation === 'carries-certificate'))
    const [holder] = holders
    if (left.length === 0 && holder === undefined) return undefined
    const pids = new Set(left.map(({ pid }) => pid))
    const isProved = holders.some(({ process }) => process !== null && pids.has(process.pid))
    const who = left.length === 0 ? heldBy(holder!) : `${listed(left.map(whoIs))} ${left.length === 1 ? 'was' : 'were'} left`
    return {
      confidence: isProved ? 'certain' : 'likely',
      explanation: `It exited with code 0 ${after(exit.atMs)} and goes on in the background: ${who}. Such a backend cannot be watched, and is not proved to be ours.`,
      hint: `${ending(daemon, run)}Start it in the foreground: see its options (often --foreground, --no-daemon, -F), or name the script that it starts instead of its launcher.`,
      supports: [
        `It exited with code 0 ${after(exit.atMs)}.`,
        ...left.slice(0, 5).map((process) => `After its exit ${whoIs(process)} was still there.`),
        ...holders.map((each) => `${heldBy(each)}, which it has started.`),
      ],
    }
  },
}

/** What we may not end goes on. */
const ending = (daemon: HolderEvidence | undefined, { left }: RunEvidence): string => {
  const pid = daemon?.process?.pid
  return pid === undefined || left.afterExit.some((process) => process.pid === pid) ? '' : `End it, it still runs: kill ${pid}. `
}
