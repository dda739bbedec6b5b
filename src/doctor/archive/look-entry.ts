/** Looks for the script that is the backend: where it was named, or where such scripts lie. It is read, never run. */
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { SupervisorError } from '../../errors.ts'
import {
  type Desk,
  fieldOf,
  inArchive,
  inModulesOnDisk,
  inPackedModules,
  isBrought,
  joined,
  mostJson,
  onDisk,
  parsed,
  scriptBytes,
  shownInApp,
  shownPath,
  slashed,
  upwards,
} from './desk.ts'
import { guessEntry } from './guess-entry.ts'
import type { Main } from './look-main.ts'
import { formatOfScript, importsOfScript } from './module-format.ts'
import type { FoundEntry, SeenEntry } from './seen.ts'
import { shown } from './shown.ts'

const foldersUp = (path: string, root: string): string[] => {
  const folders = [dirname(path)]
  while (folders.at(-1) !== root && dirname(folders.at(-1)!) !== folders.at(-1)) folders.push(dirname(folders.at(-1)!))
  return folders
}

/** What is known of a script's text and of the package.json that counts for it. */
const read = (
  bytes: Buffer,
  manifest: Buffer | undefined,
  find: (name: string) => 'beside' | 'packed' | 'nowhere',
): Pick<FoundEntry, 'format' | 'type' | 'imports'> => {
  const text = bytes.toString('utf8')
  const json = parsed(manifest)
  const [type, ownName] = [fieldOf(json, 'type'), fieldOf(json, 'name')]
  // a package may import itself by its own name
  const needed = importsOfScript(text).filter((name) => !isBrought(name) && name !== ownName)
  return {
    format: formatOfScript(text),
    type: type === 'module' || type === 'commonjs' ? type : 'none',
    imports: needed.map((name) => ({ name, found: find(name) })),
  }
}

const packedEntry = (desk: Desk, inner: string): FoundEntry | null => {
  const bytes = inArchive(desk, inner, scriptBytes)
  if (bytes === undefined) return null
  const manifests = upwards(inner).map((folder) => inArchive(desk, joined(folder, 'package.json'), mostJson))
  const find = (name: string): 'beside' | 'nowhere' =>
    inPackedModules(desk, inner, name) || inModulesOnDisk(desk, join(desk.beside, inner), name) ? 'beside' : 'nowhere'
  return { path: shownInApp(desk, inner), inner, place: 'packed', ...read(bytes, manifests.find(Boolean), find) }
}

const entryOnDisk = (desk: Desk, path: string): FoundEntry | null => {
  const bytes = onDisk(desk, path, scriptBytes)
  if (bytes === undefined) return null
  const { layout, beside, bounds } = desk
  const fromBeside = slashed(relative(beside, path))
  const place = fromBeside.startsWith('../') ? 'extra' : 'unpacked'
  const inner = place === 'unpacked' ? fromBeside : slashed(relative(layout.resources, path))
  const manifests = foldersUp(path, bounds.root).map((folder) => onDisk(desk, join(folder, 'package.json'), mostJson))
  const find = (name: string): 'beside' | 'packed' | 'nowhere' => {
    if (inModulesOnDisk(desk, path, name)) return 'beside'
    return inPackedModules(desk, place === 'unpacked' ? inner : 'package.json', name) ? 'packed' : 'nowhere'
  }
  return { path: shownPath(layout, path), inner, place, ...read(bytes, manifests.find(Boolean), find) }
}

const isWithin = (folder: string, path: string): boolean => {
  const way = relative(folder, path)
  return way === '' || (!isAbsolute(way) && way.split(/[\\/]/)[0] !== '..')
}

/** At a path as the app would spell it: through the archive, beside it, or elsewhere in the package. */
const entryAtPath = (desk: Desk, path: string): FoundEntry | null => {
  const { app, isArchive } = desk.layout
  if (!isArchive || !isWithin(app, path)) return entryOnDisk(desk, path)
  const inner = slashed(relative(app, path))
  return entryOnDisk(desk, join(desk.beside, inner)) ?? packedEntry(desk, inner)
}

/** Where a name may mean, in the order of likelihood; nothing outside of the package. */
const meantPaths = ({ layout }: Desk, name: string): string[] => {
  const { app, resources, given, dir, root } = layout
  // the package may be named through a link
  const path = isAbsolute(name) && isWithin(given, name) ? join(dir, relative(given, name)) : slashed(name)
  const paths = [app, resources, dir, root].map((folder) => resolve(folder, path))
  return [...new Set(paths)].filter((one) => isWithin(root, one))
}

export const namedEntry = (desk: Desk, name: string): SeenEntry => {
  const { root } = desk.layout
  const paths = meantPaths(desk, name)
  const [first] = paths
  if (first === undefined) {
    throw new SupervisorError('ERR_INVALID_OPTIONS', `The entry ${shown(name)} is not within ${root}.`, {
      hint: 'Name it from the root of the app, or by its absolute path within the package.',
    })
  }
  const found = paths.map((path) => entryAtPath(desk, path)).find((entry) => entry !== null) ?? null
  return { name: found?.path ?? shown(slashed(isAbsolute(name) ? relative(root, first) : name)), named: true, found }
}

export const guessedEntry = (desk: Desk, { script }: Main): SeenEntry | null => {
  const text = script?.text ?? ''
  const main = script?.inner ?? null
  const beside = desk.unpacked.files.map(({ inner }) => inner)
  const packed =
    desk.archive === null
      ? []
      : [...desk.archive.index.entries.values()].filter(({ kind, unpacked }) => kind === 'file' && !unpacked).map(({ path }) => path)
  const own = guessEntry([...beside, ...packed], main, text)
  const extra = guessEntry(
    desk.extra.files.map(({ inner }) => inner),
    null,
    text,
  )
  // what was put outside of the archive on purpose is meant to be started from there
  const found =
    extra !== null
      ? entryOnDisk(desk, join(desk.layout.resources, extra))
      : own === null
        ? null
        : entryAtPath(desk, join(desk.layout.app, own))
  return found === null ? null : { name: found.path, named: false, found }
}
