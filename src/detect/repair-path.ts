/**
 * Decides which PATH a child is given when the one of this process is that of a desktop. Pure: asks no shell, looks at
 * no disk, and changes nobody's environment.
 */
import { posix } from 'node:path'
import { pathFolders, pathsOf } from './paths.ts'

export interface RepairInput {
  /** The PATH of this process. */
  readonly path: string | undefined
  /** What the login shell answered, in its order; undefined: it was not asked, or did not answer. */
  readonly shellFolders?: readonly string[] | undefined
  /** Folders that commands are usually installed in, and that are there: see `standardFolders`. */
  readonly knownFolders: readonly string[]
  readonly platform: NodeJS.Platform
}

/**
 * As in the user's terminal: the shell's folders, then what this process has beyond them. Without a word of the shell:
 * what this process has, then the known folders. No folder twice; empty and relative entries, which mean the working
 * directory, are left out.
 */
export const repairPath = ({ path, shellFolders = [], knownFolders, platform }: RepairInput): string => {
  const { delimiter, isAbsolute } = pathsOf(platform)
  const own = entriesOf(path, platform)
  const usable = (folders: readonly string[]): string[] => folders.filter((folder) => isAbsolute(folder) && !folder.includes(delimiter))
  const shell = usable(shellFolders)
  const all = shell.length > 0 ? [...shell, ...own] : [...own, ...usable(knownFolders)]
  const folders = new Map<string, string>()
  for (const folder of all) if (!folders.has(keyOf(folder, platform))) folders.set(keyOf(folder, platform), folder)
  return [...folders.values()].join(delimiter)
}

/** Whether a PATH has nothing but what every process is given: nobody has set it up. */
export const isBarePath = (path: string | undefined, platform: NodeJS.Platform): boolean => {
  const bare = platform === 'win32' ? ofWindows : ofEverybody
  return entriesOf(path, platform).every((folder) => bare.test(keyOf(folder, platform)))
}

/** Where commands are usually installed beside the system's, in the order of a terminal that has them all. */
export const standardFolders = (platform: NodeJS.Platform, home: string): string[] => {
  if (platform === 'win32') return []
  const system = platform === 'darwin' ? [...homebrew, ...local] : [...local, '/home/linuxbrew/.linuxbrew/bin', '/snap/bin']
  return home === '' ? system : [posix.join(home, '.local/bin'), posix.join(home, 'bin'), ...system]
}

const homebrew = ['/opt/homebrew/bin', '/opt/homebrew/sbin']
const local = ['/usr/local/bin', '/usr/local/sbin']

/** Of launchd, of desktops on Linux, of systemd; the last three are Apple's own. */
const ofEverybody = new RegExp(
  `^(?:${[
    '/s?bin',
    '/usr(?:/local)?/(?:s?bin|games)',
    '/snap/bin',
    '/var/lib/snapd/snap/bin',
    '/Library/Apple/usr/bin',
    '/System/Cryptexes/App/usr/bin',
    '/var/run/com\\.apple\\.security\\.cryptexd/.*',
  ].join('|')})$`,
)
const ofWindows = /^[a-z]:\\windows(?:\\system32(?:\\.*)?)?$/

const entriesOf = (path: string | undefined, platform: NodeJS.Platform): string[] => pathFolders({ platform, env: { PATH: path } })

/** What two spellings of a folder have in common. */
const keyOf = (folder: string, platform: NodeJS.Platform): string => {
  if (platform !== 'win32') return folder.replace(/(?<=[^/])\/+$/, '')
  const spelled = folder.replaceAll('/', '\\').toLowerCase()
  return spelled.replace(/(?<=[^\\:])\\+$/, '')
}
