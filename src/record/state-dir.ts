/** Decides where state is kept. Pure; makes nothing. */
import { posix, win32 } from 'node:path'

export interface StateDirFacts {
  /** `--state-dir`, or the option. */
  readonly asked: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  /** Asked only where it matters; it may throw. */
  readonly home: () => string
  readonly platform: NodeJS.Platform
  /** Asked only where it matters; it may throw. */
  readonly cwd: () => string
}

const folder = 'jarvis-supervise'

/** What is asked for, then `JARVIS_STATE_DIR`, then the platform's place for state. Absolute. */
export const stateDirOf = ({ asked, env, home, platform, cwd }: StateDirFacts): string => {
  const { join, resolve, isAbsolute } = platform === 'win32' ? win32 : posix
  const named = asked ?? nonEmpty(env.JARVIS_STATE_DIR)
  if (named !== undefined) return isAbsolute(named) ? resolve(named) : resolve(cwd(), named)
  if (platform === 'darwin') return join(home(), 'Library', 'Application Support', folder)
  if (platform === 'win32') return join(nonEmpty(env.LOCALAPPDATA) ?? join(home(), 'AppData', 'Local'), folder)
  // a relative XDG path is invalid by its specification
  const xdg = nonEmpty(env.XDG_STATE_HOME)
  return join(xdg !== undefined && isAbsolute(xdg) ? xdg : join(home(), '.local', 'state'), folder)
}

const nonEmpty = (value: string | undefined): string | undefined => (value === '' ? undefined : value)
