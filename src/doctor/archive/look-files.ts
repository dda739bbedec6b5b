/** Looks into the files of an app for native code, scripts to be started, and placeholders. Only the beginnings are read, and modules. */
import { basename } from 'node:path'
import { type Content, headBytes, typeContent } from '../../detect/content.ts'
import { type Desk, shownInApp, shownPath } from './desk.ts'
import { disk, isExecutable, openFile, readAt, turn } from './disk.ts'
import { type Abi, abiIn, markerBytes, nativeRole } from './native.ts'
import type { Place, SeenFile } from './seen.ts'
import type { Listed, Listing } from './walk.ts'

/** Texts, pictures and the like: never started, never loaded as native code. Everything else is looked into. */
const harmless =
  /\.(?:[cm]?[jt]sx?|json5?|jsonc|jsonl|map|md|markdown|txt|rst|css|s[ac]ss|less|styl|html?|xml|xsl|svg|png|jpe?g|gif|ico|icns|webp|avif|bmp|woff2?|ttf|otf|eot|ya?ml|toml|ini|lock|flow|gypi?|c|cc|cpp|h|hh|hpp|rs|go|java|py|pyi|pyc|pdb|wasm|pak|asar|plist|strings|nib|car|lproj|mp3|mp4|ogg|wav|webm|zip|gz|tgz|br|bz2|xz|7z|tar|pdf|csv|tsv|log|d|tsbuildinfo|node-version|npmignore|gitignore|editorconfig|eslintrc|prettierrc)$/i

/** More than an app has that are neither text nor picture. */
export const mostHeads = 30_000
/** What is read of modules, all together. */
export const mostModuleBytes = 512 * 1024 * 1024

export interface Budget {
  heads: number
  moduleBytes: number
}

type ReadPiece = (start: number, length: number) => Buffer

const pieceBytes = 1024 * 1024

const abiOf = async (read: ReadPiece, size: number, budget: Budget): Promise<Abi | null> => {
  let found: Abi | null = null
  for (let at = 0; at < size && budget.moduleBytes > 0; at += pieceBytes) {
    const bytes = read(at, Math.min(pieceBytes + markerBytes, size - at))
    if (bytes.length === 0) break
    budget.moduleBytes -= bytes.length
    const abi = abiIn(bytes)
    if (abi === 'napi') return abi
    found ??= abi
    await turn()
  }
  return found
}

interface ToType {
  readonly path: string
  readonly inner: string
  readonly place: Place
  readonly executable: boolean | null
  readonly size: number
  readonly read: ReadPiece
}

/** What rules ask of it; undefined where no rule does. */
const typeFile = async ({ path, inner, place, executable, size, read }: ToType, budget: Budget): Promise<SeenFile | undefined> => {
  if (harmless.test(inner) || size === 0 || budget.heads <= 0) return undefined
  budget.heads -= 1
  if (budget.heads % 200 === 0) await turn()
  const head = read(0, headBytes)
  const content = typeContent(head)
  const role = nativeRole(content, head, inner, executable)
  if (role === null && !isTold(content)) return undefined
  const abi = role === 'module' ? await abiOf(read, size, budget) : null
  return { path, inner, place, executable, content, role, abi }
}

const isTold = (content: Content): boolean =>
  content.format === 'placeholder' || (content.format === 'shebang' && !/^(?:node|nodejs|electron)(?:\s|$)/.test(content.program))

export const packedFiles = async (desk: Desk, budget: Budget): Promise<SeenFile[]> => {
  const { archive } = desk
  const seen: SeenFile[] = []
  if (archive === null) return seen
  for (const entry of archive.index.entries.values()) {
    if (entry.kind !== 'file' || entry.offset === null) continue
    const { path: inner, size } = entry
    const file = await typeFile(
      {
        path: shownInApp(desk, inner),
        inner,
        place: 'packed',
        executable: entry.executable,
        size,
        read: (start, length) => archive.read(entry, start, length),
      },
      budget,
    )
    if (file !== undefined) seen.push(file)
  }
  return seen
}

const fileOnDisk = async (desk: Desk, { inner, path, stats }: Listed, place: Place, budget: Budget): Promise<SeenFile | undefined> => {
  if (harmless.test(inner)) return undefined
  const file = openFile(path)
  if (file === undefined) return undefined
  try {
    const read: ReadPiece = (start, length) => readAt(file.fd, start, length)
    const facts = { path: shownPath(desk.layout, path), inner, place, executable: isExecutable(stats), size: stats.size, read }
    return await typeFile(facts, budget)
  } finally {
    disk.closeSync(file.fd)
  }
}

export const filesOnDisk = async (desk: Desk, { files }: Listing, place: Place, budget: Budget): Promise<SeenFile[]> => {
  const seen: SeenFile[] = []
  for (const listed of files) {
    const file = await fileOnDisk(desk, listed, place, budget)
    if (file !== undefined) seen.push(file)
  }
  return seen
}

export const mainFile = async (desk: Desk, budget: Budget): Promise<SeenFile | undefined> => {
  const { executable } = desk.layout
  const stats = executable === null ? undefined : disk.statSync(executable, { throwIfNoEntry: false })
  if (executable === null || stats === undefined) return undefined
  return fileOnDisk(desk, { inner: basename(executable), path: executable, stats }, 'main', budget)
}
