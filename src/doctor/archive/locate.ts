/** Finds what belongs to a packaged app: its resources, its code, its main executable. Never starts anything. */
import { basename, dirname, join } from 'node:path'
import { headBytes, typeContent } from '../../detect/content.ts'
import { SupervisorError } from '../../errors.ts'
import { type Bounds, beginningOf, boundsOf, disk, isFile, isFolder, realWithin, statOf } from './disk.ts'
import { nativeRole } from './native.ts'

export interface Layout {
  /** As it was named, absolute. */
  readonly given: string
  /** Its real path, as all that follow. */
  readonly dir: string
  /** The whole app: nothing outside of it is read. The resources, where only they were given. */
  readonly root: string
  readonly resources: string
  /** `app.asar`, or the folder `app` in its place. */
  readonly app: string
  readonly isArchive: boolean
  /** What the layout tells; null: nothing. */
  readonly platform: NodeJS.Platform | null
  /** Real path; null: not among what was given. */
  readonly executable: string | null
}

const codeIn = (resources: string): { readonly app: string; readonly isArchive: boolean } | undefined => {
  const archive = join(resources, 'app.asar')
  // Whatever it is: a pipe in its place is something to tell. Electron looks for the archive first.
  if (statOf(archive) !== undefined && !isFolder(archive)) return { app: archive, isArchive: true }
  const folder = join(resources, 'app')
  return isFile(join(folder, 'package.json')) ? { app: folder, isArchive: false } : undefined
}

const inBundle = (contents: string): boolean => basename(contents) === 'Contents' && isFolder(join(contents, 'MacOS'))

/** The whole app that resources belong to. */
const rootOf = (resources: string): string => {
  const parent = dirname(resources)
  if (basename(resources) === 'Resources' && inBundle(parent)) return dirname(parent)
  return basename(resources) === 'resources' ? parent : resources
}

const places = (dir: string): readonly string[] => [join(dir, 'Contents', 'Resources'), join(dir, 'resources'), join(dir, 'Resources'), dir]

const mostNames = 2000

export const namesIn = (folder: string): string[] => {
  const names: string[] = []
  try {
    const opened = disk.opendirSync(folder)
    try {
      for (let entry = opened.readSync(); entry !== null && names.length < mostNames; entry = opened.readSync()) names.push(entry.name)
    } finally {
      opened.closeSync()
    }
  } catch {
    // what cannot be listed has no names
  }
  return names.sort()
}

const nothingHere = (dir: string): SupervisorError => {
  if (!isFolder(dir)) {
    const what = statOf(dir) === undefined ? 'is not there' : 'is no folder'
    return new SupervisorError('ERR_INVALID_OPTIONS', `${dir} ${what}.`, {
      hint: 'Name the folder of a packaged app: linux-unpacked, win-unpacked, or Foo.app.',
    })
  }
  const near = namesIn(dir).find((name) => places(join(dir, name)).some((place) => codeIn(place) !== undefined))
  return new SupervisorError(
    'ERR_INVALID_OPTIONS',
    `${dir} holds no packaged Electron app: there is neither app.asar nor app/package.json in it, in its resources, or in its Contents/Resources.`,
    {
      hint:
        near === undefined
          ? 'Name the folder of a packaged app: linux-unpacked, win-unpacked, or Foo.app.'
          : `There is one in ${join(dir, near)}.`,
    },
  )
}

/** What Electron and its installers lay beside the main executable. */
const helpers = /^(?:chrome[-_].*|.*crashpad_handler.*|squirrel\.exe|update\.exe|elevate\.exe|notification_helper\.exe|unins.*\.exe)$/i

interface Candidate {
  readonly path: string
  readonly platform: NodeJS.Platform
  readonly size: number
}

const platformOf = { elf: 'linux', 'mach-o': 'darwin', pe: 'win32' } as const

const candidateAt = (path: string, bounds: Bounds): Candidate | undefined => {
  const stats = realWithin(bounds, path) === undefined ? undefined : statOf(path)
  if (!stats?.isFile()) return undefined
  const head = beginningOf(path, headBytes)
  const content = typeContent(head)
  if (content.format !== 'elf' && content.format !== 'mach-o' && content.format !== 'pe') return undefined
  if (nativeRole(content, head, basename(path), null) !== 'program') return undefined
  return { path, platform: platformOf[content.format], size: stats.size }
}

/** `CFBundleExecutable` and the like, of a property list that is XML. */
export const plistValue = (path: string | undefined, key: string): string | null => {
  if (path === undefined) return null
  const text = beginningOf(path, 256 * 1024).toString('utf8')
  const at = text.indexOf(`<key>${key}</key>`)
  if (at === -1) return null
  return /^\s*<string>([^<]{1,200})<\/string>/.exec(text.slice(at + key.length + 11, at + key.length + 300))?.[1] ?? null
}

/** Electron has hundreds of megabytes; what an app lays beside it is smaller. */
const largest = (candidates: readonly Candidate[]): Candidate | undefined =>
  candidates.reduce<Candidate | undefined>((best, one) => (best === undefined || one.size > best.size ? one : best), undefined)

const executableIn = (root: string, wanted: NodeJS.Platform | undefined): Candidate | undefined => {
  const bounds = boundsOf(root)
  const contents = join(root, 'Contents')
  const bundled = isFolder(join(contents, 'MacOS'))
  const folder = bundled ? join(contents, 'MacOS') : root
  const named = bundled ? plistValue(realWithin(bounds, join(contents, 'Info.plist')), 'CFBundleExecutable') : null
  const candidates = namesIn(folder)
    .filter((name) => !helpers.test(name))
    .flatMap((name) => candidateAt(join(folder, name), bounds) ?? [])
  const fitting = candidates.filter(({ platform }) => platform === wanted)
  return candidates.find(({ path }) => basename(path) === named) ?? largest(fitting.length > 0 ? fitting : candidates)
}

const realOf = (path: string): string => {
  try {
    return disk.realpathSync(path)
  } catch {
    return path
  }
}

/**
 * @param given Absolute.
 * @throws SupervisorError `ERR_INVALID_OPTIONS` where there is no app.
 */
export const locate = (given: string, platform: NodeJS.Platform | undefined): Layout => {
  const dir = realOf(given)
  const resources = places(dir).find((place) => codeIn(place) !== undefined)
  if (resources === undefined) throw nothingHere(given)
  const root = rootOf(resources)
  const found = root === resources ? undefined : executableIn(root, platform)
  const executable = found === undefined ? undefined : realWithin(boundsOf(root), found.path)
  return {
    given,
    dir,
    root,
    resources,
    ...codeIn(resources)!,
    platform: platform ?? (inBundle(dirname(resources)) ? 'darwin' : (found?.platform ?? null)),
    executable: executable ?? null,
  }
}
