/** What is at hand while an app is looked at, and how its files are asked for: by their paths in it, packed or not. */
import { isBuiltin } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { entryAt } from './asar-index.ts'
import { type Bounds, beginningOf, isFile, isFolder, realWithin } from './disk.ts'
import type { Layout } from './locate.ts'
import type { Archive } from './read-asar.ts'
import { shown } from './shown.ts'
import type { Listing } from './walk.ts'

export interface Desk {
  readonly layout: Layout
  readonly bounds: Bounds
  /** null: a folder takes its place, or it cannot be read. */
  readonly archive: Archive | null
  readonly unreadable: string | null
  /** Where what is not packed lies: `app.asar.unpacked`, or the folder of the app. */
  readonly beside: string
  readonly unpacked: Listing
  readonly extra: Listing
}

export const slashed = (path: string): string => path.replaceAll('\\', '/')

/** A path as whoever named the folder knows it. */
export const shownPath = ({ dir, root }: Layout, path: string): string => {
  const fromDir = slashed(relative(dir, path))
  return shown(fromDir.startsWith('../') ? slashed(relative(root, path)) : fromDir)
}

export const shownInApp = ({ layout }: Desk, inner: string): string => shownPath(layout, join(layout.app, inner))

/** Read whole, for what it says; a real one has some kilobytes. */
export const mostJson = 4 * 1024 * 1024
/** Enough for what a script imports at its beginning. */
export const scriptBytes = 64 * 1024

export const inArchive = ({ archive }: Desk, inner: string, most: number): Buffer | undefined => {
  const entry = archive === null ? undefined : entryAt(archive.index, inner)
  return entry?.kind === 'file' && !entry.unpacked ? archive!.read(entry, 0, most) : undefined
}

export const onDisk = ({ bounds }: Desk, path: string, most: number): Buffer | undefined => {
  const real = realWithin(bounds, path)
  return real !== undefined && isFile(real) ? beginningOf(real, most) : undefined
}

/** The beginning of a file of the app, packed or not; undefined: it is not there. */
export const inApp = (desk: Desk, inner: string, most: number): Buffer | undefined =>
  inArchive(desk, inner, most) ?? onDisk(desk, join(desk.beside, inner), most)

export const hasInApp = (desk: Desk, inner: string): boolean => {
  const entry = desk.archive === null ? undefined : entryAt(desk.archive.index, inner)
  return entry?.kind === 'file' && !entry.unpacked ? true : onDisk(desk, join(desk.beside, inner), 0) !== undefined
}

export const parsed = (bytes: Buffer | undefined): unknown => {
  try {
    return bytes === undefined ? undefined : JSON.parse(bytes.toString('utf8').replace(/^\ufeff/, ''))
  } catch {
    return undefined
  }
}

export const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined

const packedFolder = ({ archive }: Desk, inner: string): boolean => {
  const entry = archive === null ? undefined : entryAt(archive.index, inner)
  return entry?.kind === 'folder'
}

const folderOnDisk = ({ bounds }: Desk, path: string): boolean => {
  const real = realWithin(bounds, path)
  return real !== undefined && isFolder(real)
}

/** From the folder of a file up to the root: `dist/cli`, `dist`, ``. */
export const upwards = (inner: string): string[] => {
  const parts = inner.split('/').slice(0, -1)
  return [...parts.map((_, index) => parts.slice(0, parts.length - index).join('/')), '']
}

export const joined = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`)

export const inPackedModules = (desk: Desk, inner: string, name: string): boolean =>
  upwards(inner).some((folder) => packedFolder(desk, joined(folder, `node_modules/${name}`)))

/** On the way up from a file to the root of the package. */
export const inModulesOnDisk = (desk: Desk, file: string, name: string): boolean => {
  const { root } = desk.bounds
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    if (folderOnDisk(desk, join(folder, 'node_modules', name))) return true
    if (folder === root || folder === dirname(folder)) return false
  }
}

/** What every Electron and every Node brings. */
export const isBrought = (name: string): boolean => isBuiltin(name) || name === 'electron' || name === 'original-fs'
