/**
 * What the search depends on, apart from the disk. Everything in this folder takes it as an argument, so that macOS and
 * Windows can be asked about on any machine.
 */
import { homedir } from 'node:os'

export interface ElectronFacts {
  readonly version: string
  /** `process.resourcesPath`. */
  readonly resourcesPath?: string | undefined
  /** `process.helperExecPath`: on macOS the helper starts without a second icon in the Dock. */
  readonly helperExecPath?: string | undefined
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

export const currentSurroundings = (given: Partial<Surroundings> = {}): Surroundings => ({
  platform: process.platform,
  arch: process.arch,
  env: process.env,
  execPath: process.execPath,
  home: given.home ?? homeFolder(),
  electron: electronFacts(),
  versions: process.versions,
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
