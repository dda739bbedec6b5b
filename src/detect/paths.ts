/**
 * Decides how paths are spelled on a platform, and which entries of PATH count. Pure: never looks at the disk, never
 * asks for the working directory.
 */
import { type PlatformPath, posix, win32 } from 'node:path'
import { type Surroundings, variable } from './surroundings.ts'

export const pathsOf = (platform: NodeJS.Platform): PlatformPath => (platform === 'win32' ? win32 : posix)

/** The folders of PATH. An empty or relative entry means the working directory, from which nothing is taken. */
export const pathFolders = (surroundings: Pick<Surroundings, 'platform' | 'env'>): string[] => {
  const { delimiter, isAbsolute } = pathsOf(surroundings.platform)
  const entries = (variable(surroundings, 'PATH') ?? '').split(delimiter)
  // Windows allows quotes around an entry.
  return entries.map((entry) => (delimiter === ';' ? entry.replace(/^"(.*)"$/, '$1') : entry)).filter(isAbsolute)
}

const startable = new Set(['.com', '.exe', '.bat', '.cmd'])

/** File names under which a command may lie in a folder. On Windows never the bare name: that is npm's script for POSIX shells. */
export const fileNames = (command: string, surroundings: Pick<Surroundings, 'platform' | 'env'>): string[] => {
  if (surroundings.platform !== 'win32') return [command]
  if (startable.has(win32.extname(command).toLowerCase())) return [command]
  const extensions = (variable(surroundings, 'PATHEXT') ?? '.EXE;.CMD').toLowerCase().split(';')
  return extensions.filter((extension) => startable.has(extension)).map((extension) => command + extension)
}

/** A name without folders, which is searched on PATH. */
export const isBareName = (command: string): boolean => !/[\\/]/.test(command)

/** Every absolute path at which PATH may offer the command, in its order. */
export const onPath = (command: string, surroundings: Pick<Surroundings, 'platform' | 'env'>): string[] => {
  const { join } = pathsOf(surroundings.platform)
  const names = fileNames(command, surroundings)
  return pathFolders(surroundings).flatMap((folder) => names.map((name) => join(folder, name)))
}

const archive = /(\.asar)(?=[\\/]|$)/i

/** Whether the path runs through an Electron archive. Electron reads from there; no operating system starts anything from there. */
export const isInsideAsar = (path: string): boolean => archive.test(path)

/** The same place in the folder that electron-builder unpacks beside the archive. */
export const outsideAsar = (path: string): string => path.replace(archive, '$1.unpacked')
