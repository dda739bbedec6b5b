/** The processor or the kernel ended it: an instruction, a system call or a place in memory that is not for it. Pure. */
import { exitMeaning, toldSignal } from '../../causes/exit-codes.ts'
import type { Cause } from '../cause.ts'
import type { Evidence, ExitEvidence, RunEvidence } from '../evidence.ts'
import { after, endedUnasked, exitCause, howEnded, linesOf, named, patientRun, quoted, reached } from '../signs/reading.ts'
import { inFolder } from '../signs/shell.ts'

export const killedByCpuOrKernel: Cause = {
  code: 'KILLED_BY_CPU_OR_KERNEL',
  title: 'The processor or the kernel ended the backend',
  find: (evidence) => {
    const run = patientRun(evidence)
    const exit = run && endedUnasked(run)
    if (run === undefined || !exit || exitCause(run) !== 'KILLED_BY_CPU_OR_KERNEL') return undefined
    const signal = signalOf(exit)
    const missing = signal === 'SIGILL' ? lacking(evidence) : []
    const native = nativeModule(run)
    const meaning = exitMeaning(exit.code, exit.signal)
    const said = named(run)?.line
    const last = reached(run).at(-1)
    const lack = missing.length === 0 ? '' : ` This processor has no ${missing.join(' and no ')}.`
    return {
      confidence: 'certain',
      explanation: `It ${howEnded(exit)} ${after(exit.atMs)}${meaning === undefined || meaning.startsWith('ended with') ? '' : `: ${meaning}`}.${lack}`,
      hint: hintFor(signal, missing, native),
      fix:
        native !== undefined && evidence.project?.dir != null ? inFolder(evidence.project.dir, `npm rebuild ${quoted(native)}`) : undefined,
      supports: [
        `It ${howEnded(exit)}.`,
        ...(said === undefined ? [] : [`It said: ${said}`]),
        ...missing.map((feature) => `The processor lacks ${feature}.`),
        ...(native === undefined ? [] : [`Its output names the native module ${native}.`]),
        ...(last === undefined ? [] : [`The last that it was asked was GET ${last.path}.`]),
      ],
    }
  },
}

const signalOf = ({ code, signal }: ExitEvidence): string | undefined => {
  if (signal !== null) return signal
  if (code === null) return undefined
  const windows: Readonly<Record<number, string>> = { 3221225501: 'SIGILL', 3221225477: 'SIGSEGV' }
  return toldSignal(code) ?? windows[code < 0 ? code >>> 0 : code]
}

/** What fast builds take for granted on x64 and older or virtual processors lack. */
const lacking = ({ machine: { arch, cpuFeatures } }: Evidence): string[] =>
  arch !== 'x64' || cpuFeatures === null ? [] : ['avx2', 'bmi2'].filter((feature) => !cpuFeatures.includes(feature))

const nativeModule = (run: RunEvidence): string | undefined =>
  linesOf(run)
    .map((line) => /node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)[\\/][^'"\s]*\.node\b/.exec(line)?.[1])
    .find((name) => name !== undefined)

const hintFor = (signal: string | undefined, missing: readonly string[], native: string | undefined): string => {
  if (native !== undefined) return `Rebuild or update ${native} for the Node that runs it.`
  if (signal === 'SIGILL') {
    const without = missing.length === 0 ? 'older processors' : `processors without ${missing.join(' and ')}`
    return `Use a build for ${without} (often called baseline), one that runs on Node instead of a native one, or another machine.`
  }
  if (signal === 'SIGSYS')
    return 'Its sandbox forbids it a system call: run it outside, or allow the call in the seccomp profile (the audit log names it).'
  if (signal === 'SIGTRAP') return 'Its runtime stopped itself, often for want of address space: raise `ulimit -v`, or update the program.'
  if (signal === 'SIGBUS')
    return 'See that its file and its disk are whole and not full (df -h; in a container /dev/shm too), and install it again.'
  return 'Update the program, its Node and its native modules (npm rebuild): one of them reads memory that is not its own.'
}
