/** Finds what the batch file of a package manager starts: that can be started without a shell, and is what will run. */
import type { CmdShim } from './cmd-shim.ts'
import { heal } from './heal.ts'
import { judge, type Sound } from './judge.ts'
import { pathsOf } from './paths.ts'
import { see } from './see.ts'
import type { Surroundings } from './surroundings.ts'
import type { Unusable } from './verdict.ts'

export interface Followed {
  readonly usable: true
  /** What is started in the end. */
  readonly path: string
  readonly sound: Sound
  /** Continues a sentence that begins with the path of the batch file. */
  readonly reason: string
}

/** Yarn's starts the one in its `node_modules`, scoop's the one of the package; none of them goes on from there. */
const mostSteps = 3

/** An unusable one keeps the kind `cmd`: it is the batch file that cannot be used. */
export const followCmd = (path: string, surroundings: Surroundings): Followed | Unusable => {
  const sight = see(path, surroundings)
  const verdict = judge(path, sight, surroundings)
  if (verdict.usable) return { usable: true, path, sound: verdict, reason: verdict.reason }
  const isShim = sight.state === 'file' && sight.content.format === 'cmd-shim' && surroundings.platform === 'win32'
  return isShim ? followShim(path, sight.content, surroundings) : verdict
}

const followShim = (path: string, shim: CmdShim, surroundings: Surroundings): Followed | Unusable => {
  const end = step(path, shim, mostSteps, surroundings)
  const what = `is a ${shim.language} of ${shim.maker}`
  if ('sound' in end) return { usable: true, ...end, reason: `${what}; ${end.path} is started instead` }
  return { ...end.verdict, kind: 'cmd', absent: false, reason: `${what}; ${end.path}, which it starts, ${end.verdict.reason}` }
}

type End = { readonly path: string; readonly sound: Sound } | { readonly path: string; readonly verdict: Unusable }

const step = (from: string, { target, throughNode, args }: CmdShim, stepsLeft: number, surroundings: Surroundings): End => {
  const { dirname, resolve } = pathsOf(surroundings.platform)
  const path = resolve(dirname(from), target)
  const sight = see(path, surroundings)
  if (sight.state === 'file' && sight.content.format === 'cmd-shim' && stepsLeft > 1) {
    return step(path, sight.content, stepsLeft - 1, surroundings)
  }
  const verdict = judge(path, sight, surroundings)
  if (verdict.usable) return { path, sound: throughNode && verdict.kind === 'script' ? { ...verdict, args } : verdict }
  return (verdict.kind === 'stub' ? heal(path, surroundings) : undefined) ?? { path, verdict }
}
