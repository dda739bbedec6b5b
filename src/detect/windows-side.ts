/** Decides what of the Windows in or around a machine is not the command line tool that its name promises. Pure. */
import type { CandidateSource } from './found.ts'
import { pathsOf } from './paths.ts'
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

const appFolder = /\\(?:WindowsApps|AnthropicClaude)\\/i

/** The desktop app is a `claude.exe` too, and Windows puts its alias on PATH, often before everything else. To ask it for its version would open it. */
export const isDesktopApp = (path: string, { platform }: Pick<Surroundings, 'platform'>): boolean =>
  platform === 'win32' && appFolder.test(path) && pathsOf(platform).basename(path).toLowerCase() === 'claude.exe'
