/**
 * Lets a search run over the disk of another machine, of which the files lie in a folder here: `C:\Users` is
 * `<root>/C:/Users`, and `/opt/homebrew`, where that is mounted, `<root>/opt/homebrew`. What it does not show of Windows:
 * names without regard to case, links that need a right, and what the system itself says to a start.
 *
 * For `vi.mock('node:fs', …)`: whatever is looked at goes through here, other paths as they are.
 */
import type * as Fs from 'node:fs'

export const disk: { root: string; mounts: readonly string[] } = { root: '', mounts: [] }

const drive = /^[A-Za-z]:[\\/]/
const isMounted = (path: string): boolean => disk.mounts.some((mount) => path === mount || path.startsWith(`${mount}/`))
const backslashes = (path: string): string => path.replaceAll('/', '\\')

const here = (path: string): string => {
  if (drive.test(path)) return `${disk.root}/${path.replaceAll('\\', '/')}`
  return isMounted(path) ? disk.root + path : path
}

const there = (path: string): string => {
  const below = path.startsWith(`${disk.root}/`) ? path.slice(disk.root.length) : ''
  if (drive.test(below.slice(1))) return backslashes(below.slice(1))
  return isMounted(below) ? below : path
}

export const otherFs = (fs: typeof Fs): typeof Fs => {
  const real = (path: string): string => there(fs.realpathSync.native(here(path)))
  /** A function of `fs` whose first argument is a path. */
  const translated =
    (call: (path: string, ...rest: never[]) => unknown) =>
    (path: string, ...rest: never[]) =>
      call(here(path), ...rest)
  return {
    ...fs,
    // Windows has no such mode: what is there may be started.
    accessSync: (path: string, mode?: number) => fs.accessSync(here(path), drive.test(path) ? fs.constants.F_OK : mode),
    existsSync: translated(fs.existsSync),
    lstatSync: translated(fs.lstatSync),
    statSync: translated(fs.statSync),
    openSync: translated(fs.openSync),
    readdirSync: translated(fs.readdirSync),
    readlinkSync: (path: string) => (drive.test(path) ? backslashes(fs.readlinkSync(here(path))) : fs.readlinkSync(here(path))),
    realpathSync: Object.assign(real, { native: real }),
  } as unknown as typeof Fs
}
