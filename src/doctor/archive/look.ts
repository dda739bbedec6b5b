/** Looks at a packaged app and writes down what its rules ask. Reads only; starts nothing, and runs no script. */
import { resolve } from 'node:path'
import { architectures } from '../../detect/machine.ts'
import { electronMajor } from '../signs/electron-majors.ts'
import { type Desk, shownPath } from './desk.ts'
import { boundsOf, realWithin } from './disk.ts'
import { type Layout, locate } from './locate.ts'
import { guessedEntry, namedEntry } from './look-entry.ts'
import { type Budget, filesOnDisk, mainFile, mostHeads, mostModuleBytes, packedFiles } from './look-files.ts'
import { readMain } from './look-main.ts'
import { type Archive, openArchive, type Unreadable } from './read-asar.ts'
import { readElectronVersion, readFuses } from './read-electron.ts'
import type { SeenArchive, SeenFile } from './seen.ts'
import { type Listing, listFiles } from './walk.ts'

export interface LookOptions {
  /** From the root of the app, or absolute within the package. */
  readonly entry?: string | undefined
  /** What it is to be for; what it was built for, unless given. */
  readonly platform?: NodeJS.Platform | undefined
  readonly arch?: string | undefined
}

const targetOf = (layout: Layout, main: SeenFile | undefined, arch: string | undefined): SeenArchive['target'] => {
  const built = main === undefined ? undefined : architectures(main.content)
  const archs = arch === undefined ? built : [arch]
  return layout.platform === null || archs === undefined ? null : { platform: layout.platform, archs }
}

const emptyListing: Listing = { files: [], folders: new Set(), whole: true }

/** In the resources, what is neither the app nor beside its archive. */
const isAppItself = (inner: string): boolean => inner === 'app' || inner === 'app.asar' || inner === 'app.asar.unpacked'

const archiveOf = (layout: Layout, isInside: boolean): Archive | Unreadable | null => {
  if (!layout.isArchive) return null
  return isInside ? openArchive(layout.app) : { unreadable: 'is a link that leads out of the app' }
}

const seeAll = async (desk: Desk, { entry, arch }: LookOptions): Promise<SeenArchive> => {
  const { layout, archive, unreadable, unpacked, extra } = desk
  const budget: Budget = { heads: mostHeads, moduleBytes: mostModuleBytes }
  const main = readMain(desk)
  // first of all: an entry that cannot be meant ends it
  const seenEntry = entry === undefined ? guessedEntry(desk, main) : namedEntry(desk, entry)
  const executable = await mainFile(desk, budget)
  const version = await readElectronVersion(layout, main.json)
  const brought = electronMajor(version)
  return {
    dir: layout.given,
    target: targetOf(layout, executable, arch),
    platform: layout.platform,
    app: shownPath(layout, layout.app),
    unreadable,
    faults: archive?.faults ?? [],
    whole: unreadable === null && (archive?.whole ?? true) && unpacked.whole && extra.whole,
    electron: { version, node: brought?.node ?? null, abi: brought?.abi ?? null },
    fuses: await readFuses(layout),
    manifest: main.manifest,
    files: [
      ...(executable === undefined ? [] : [executable]),
      ...(await packedFiles(desk, budget)),
      ...(await filesOnDisk(desk, unpacked, 'unpacked', budget)),
      ...(await filesOnDisk(desk, extra, 'extra', budget)),
    ],
    entry: seenEntry,
  }
}

/**
 * @throws SupervisorError `ERR_INVALID_OPTIONS` where there is no packaged app, or where the entry that is asked for lies
 * outside of it.
 */
export const lookAt = async (dir: string, options: LookOptions = {}): Promise<SeenArchive> => {
  const layout = locate(resolve(dir), options.platform)
  const bounds = boundsOf(layout.root)
  const beside = layout.isArchive ? `${layout.app}.unpacked` : layout.app
  const opened = archiveOf(layout, realWithin(bounds, layout.app) !== undefined)
  const archive = opened === null || 'unreadable' in opened ? null : opened
  try {
    const desk: Desk = {
      layout,
      bounds,
      archive,
      unreadable: opened !== null && 'unreadable' in opened ? opened.unreadable : null,
      beside,
      unpacked: realWithin(bounds, beside) === undefined ? emptyListing : await listFiles(beside),
      extra: await listFiles(layout.resources, isAppItself),
    }
    return await seeAll(desk, options)
  } finally {
    archive?.close()
  }
}
