/**
 * What the search depends on, apart from the disk. Everything in this folder takes it as an argument, so that macOS and
 * Windows can be asked about on any machine.
 */
import { homedir, userInfo } from 'node:os'
import { isatty } from 'node:tty'

export interface ElectronFacts {
  readonly version: string
  /** `process.resourcesPath`. */
  readonly resourcesPath?: string | undefined
  /** `process.helperExecPath`: on macOS the helper starts without a second icon in the Dock. */
  readonly helperExecPath?: string | undefined
  /** Whether its RunAsNode fuse is on; undefined: its binary was not read yet. */
  readonly runAsNode?: boolean | undefined
}

export interface Surroundings {
  readonly platform: NodeJS.Platform
  readonly arch: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly execPath: string
  /** Empty where there is none; places in the home folder are then left out. */
  readonly home: string
  readonly electron?: ElectronFacts | undefined
  /** `process.versions`. */
  readonly versions: Readonly<Record<string, string | undefined>>
  /** The user's login shell. */
  readonly shell?: string | undefined
  /** Whether stdin, stdout or stderr is one. */
  readonly isTerminal?: boolean | undefined
}

/** Electron's additions to `process`. */
interface ElectronProcess {
  readonly resourcesPath?: string
  readonly helperExecPath?: string
}

const electronFacts = (): ElectronFacts | undefined => {
  const version = process.versions.electron
  if (version === undefined) return undefined
  const { resourcesPath, helperExecPath } = process as ElectronProcess
  return { version, resourcesPath, helperExecPath }
}

const homeFolder = (): string => {
  try {
    return homedir()
  } catch {
    // A user id without an entry and without HOME, as in containers.
    return ''
  }
}

/** launchd and every login set the variable; only what runs in another's environment is without it. */
const shellOf = (env: Surroundings['env']): string | undefined => {
  if (env.SHELL || env !== process.env) return env.SHELL
  try {
    return userInfo().shell ?? undefined
  } catch {
    // a user id without an entry
    return undefined
  }
}

export const currentSurroundings = (given: Partial<Surroundings> = {}): Surroundings => ({
  platform: process.platform,
  arch: process.arch,
  env: process.env,
  execPath: process.execPath,
  home: given.home ?? homeFolder(),
  electron: electronFacts(),
  versions: process.versions,
  shell: shellOf(given.env ?? process.env),
  isTerminal: [0, 1, 2].some((stream) => isatty(stream)),
  ...given,
})

/** A variable, where the empty string is as good as none. Names are case-insensitive on Windows, also in a copy of its environment. */
export const variable = ({ platform, env }: Pick<Surroundings, 'platform' | 'env'>, name: string): string | undefined => {
  const own = env[name]
  if (own !== undefined || platform !== 'win32') return own || undefined
  const lower = name.toLowerCase()
  const key = Object.keys(env).find((other) => other.toLowerCase() === lower)
  return (key && env[key]) || undefined
}
