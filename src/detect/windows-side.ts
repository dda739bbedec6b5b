/** Decides whether a path of a Linux inside Windows (WSL) belongs to the Windows around it. Pure. */
import type { CandidateSource } from './found.ts'
import type { Surroundings } from './surroundings.ts'
import type { Unusable } from './verdict.ts'

const windowsDrive = /^\/mnt\/[a-z]\//

const belongsToWindows: Unusable = {
  usable: false,
  kind: 'unusable',
  absent: false,
  reason: 'belongs to the Windows around this WSL',
  cause: 'COMMAND_NOT_FOUND',
  hint: 'Install it inside WSL too.',
}

/** WSL appends the PATH of Windows to that of Linux: npm's script for Git Bash is then found, and starts nothing here. */
export const windowsSide = (path: string, source: CandidateSource, { platform, env }: Surroundings): Unusable | undefined =>
  platform === 'linux' && env.WSL_DISTRO_NAME && source === 'path' && windowsDrive.test(path) ? belongsToWindows : undefined
