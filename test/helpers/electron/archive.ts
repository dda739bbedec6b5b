/** Writes packaged layouts: an archive, what is unpacked beside it, and the executable that runs it. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Fuses, writeExecutable } from './executable.ts'

/** Of one file: its text, or more of it. */
export type Packed = string | { readonly text: string; readonly unpacked?: boolean; readonly executable?: boolean }

interface Folder {
  files: Record<string, Folder | Entry>
}

interface Entry {
  size: number
  offset?: string
  unpacked?: true
  executable?: true
}

const folderFor = (root: Folder, names: readonly string[]): Folder => {
  let at = root
  for (const name of names) {
    const next = at.files[name]
    if (next !== undefined && 'files' in next) at = next
    else {
      const made: Folder = { files: {} }
      at.files[name] = made
      at = made
    }
  }
  return at
}

const pickled = (text: Buffer): Buffer => {
  const padding = (4 - (text.length % 4)) % 4
  const header = Buffer.alloc(16)
  header.writeUInt32LE(4, 0)
  header.writeUInt32LE(text.length + padding + 8, 4)
  header.writeUInt32LE(text.length + padding + 4, 8)
  header.writeUInt32LE(text.length, 12)
  return Buffer.concat([header, text, Buffer.alloc(padding)])
}

const write = (path: string, text: string, isExecutable = false): void => {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  if (isExecutable) chmodSync(path, 0o755)
}

/** By paths from the root of the archive, with slashes. */
export const writeArchive = (path: string, files: Readonly<Record<string, Packed>>): string => {
  const root: Folder = { files: {} }
  const contents: Buffer[] = []
  let offset = 0
  for (const [name, packed] of Object.entries(files)) {
    const { text, unpacked = false, executable = false } = typeof packed === 'string' ? { text: packed } : packed
    const bytes = Buffer.from(text)
    const names = name.split('/')
    const entry: Entry = { size: bytes.length, ...(executable && { executable }) }
    folderFor(root, names.slice(0, -1)).files[names.at(-1)!] = entry
    if (unpacked) {
      entry.unpacked = true
      write(join(`${path}.unpacked`, name), text, executable)
      continue
    }
    entry.offset = `${offset}`
    offset += bytes.length
    contents.push(bytes)
  }
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, Buffer.concat([pickled(Buffer.from(JSON.stringify(root))), ...contents]))
  return path
}

/** `<folder>/<name>` with its `resources/app.asar`; gives the executable. */
export const packageApp = (
  folder: string,
  files: Readonly<Record<string, Packed>>,
  { name = 'my-jarvis', fuses = {}, resources = {} }: { name?: string; fuses?: Fuses; resources?: Readonly<Record<string, string>> } = {},
): string => {
  writeArchive(join(folder, 'resources', 'app.asar'), files)
  for (const [path, text] of Object.entries(resources)) write(join(folder, 'resources', path), text)
  return writeExecutable(join(folder, name), { fuses })
}
