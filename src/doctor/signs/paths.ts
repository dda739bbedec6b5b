/** How paths of the examined machine are read, whichever machine reads them: evidence travels. Pure. */
import { type PlatformPath, posix, win32 } from 'node:path'

/** A path is spelled as on Windows if it begins with a drive or two backslashes. */
const styleOf = (path: string): PlatformPath => (/^(?:[A-Za-z]:[\\/]|\\\\)/.test(path) ? win32 : posix)

export const isAbsolute = (path: string): boolean => posix.isAbsolute(path) || win32.isAbsolute(path)

export const folderOf = (path: string): string => styleOf(path).dirname(path)

/** Without `.exe`, `.cmd` and `.bat`. */
export const baseName = (path: string): string => path.replace(/^.*[\\/]/, '').replace(/\.(?:exe|cmd|bat)$/i, '')

/** @param folder Absolute. */
export const within = (folder: string, path: string): string => styleOf(folder).resolve(folder, path)

/** Whether a path lies below a folder. */
export const isBelow = (folder: string, path: string): boolean => {
  const { relative, sep } = styleOf(folder)
  const way = relative(folder, path)
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}
