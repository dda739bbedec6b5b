/** Killed for want of memory, as far as a SIGKILL that is not ours tells. Pure. */
import { toldSignal } from '../../causes/exit-codes.ts'
import type { Cause } from '../cause.ts'
import type { Evidence, ExitEvidence } from '../evidence.ts'
import { after, duration, endedUnasked, patientRun, reached } from '../signs/reading.ts'

/** macOS kills what it does not trust before it can say a word. */
const signatureMs = 100
const ending = /: ending it$/

export const killedByOom: Cause = {
  code: 'KILLED_BY_OOM',
  title: 'The backend was killed, probably for want of memory',
  find: (evidence) => {
    const run = patientRun(evidence)
    const exit = run && endedUnasked(run)
    if (run === undefined || !exit || !isKilled(exit) || endedBySupervisor(exit, evidence)) return undefined
    if (evidence.machine.platform === 'darwin' && exit.atMs <= signatureMs && run.output.length === 0) return undefined
    const counted = exit.oomKills > 0
    const last = reached(run).at(-1)
    const when = `${after(exit.atMs)}${last === undefined ? '' : `, ${duration(Math.max(0, exit.atMs - last.atMs))} after GET ${last.path}`}`
    return {
      confidence: counted ? 'certain' : 'possible',
      explanation: counted
        ? `The kernel killed it for want of memory ${when}.`
        : `It was ended by SIGKILL ${when}, and not by us. The kernel does so for want of memory, but its counter of such kills did not rise; a container's runtime, another program or somebody at a terminal may have sent it.`,
      hint: counted
        ? 'Give the machine or container more memory, or let the backend use less: `limits.maxMemoryMb` restarts it in time.'
        : `See whether it was the kernel${lookUp(evidence)}; if so, give it more memory. Else ask who sends SIGKILL: a container that is stopped, a script, a task manager.`,
      supports: [
        exit.signal === null ? `It exited with code ${exit.code}, which tells of SIGKILL.` : 'It was ended by SIGKILL.',
        counted ? `Processes around it that were killed for want of memory meanwhile: ${exit.oomKills}.` : 'Nobody of us had sent it.',
      ],
      contradicts: counted ? [] : ["The kernel's counter of such kills did not rise, or there is none here."],
    }
  },
}

const isKilled = ({ code, signal }: ExitEvidence): boolean => (signal ?? (code === null ? '' : toldSignal(code))) === 'SIGKILL'

/** Its supervisor found it wanting, and used force. */
const endedBySupervisor = ({ reason }: ExitEvidence, { service }: Evidence): boolean =>
  (reason !== null && reason !== 'KILLED_BY_OOM') || (service?.supervised?.journal.slice(-6).some((line) => ending.test(line)) ?? false)

const lookUp = ({ machine: { platform } }: Evidence): string => {
  if (platform === 'linux') return " (journalctl -k --since '-10 min' | grep -iE 'out of memory|oom-kill')"
  return platform === 'darwin' ? ' (log show --last 10m --predicate \'eventMessage CONTAINS "memorystatus"\')' : ''
}
