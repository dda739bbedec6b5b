/** Writes packaged Electron apps: archives in the real format, and folders as packagers lay them out. Nothing in them is run. */
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { sentinel } from '../../../src/detect/fuses.ts'
import { elfBytes, emptyFolder, fatBytes, machOBytes, peBytes } from '../../detect/installed.ts'

export interface Packed {
  readonly bytes?: string | Buffer
  readonly executable?: true
  /** It lies beside the archive. */
  readonly unpacked?: true
  /** Of an unpacked file. Default: 0o644, with `executable` 0o755. */
  readonly mode?: number
  /** Target of a link, from the root of the archive. */
  readonly link?: string
}

/** A text is a file with it. */
export type Files = Readonly<Record<string, string | Buffer | Packed>>

const packedOf = (file: string | Buffer | Packed): Packed => (typeof file === 'string' || Buffer.isBuffer(file) ? { bytes: file } : file)

/** The bytes before the files: four sizes, the index, and what fills it up to four bytes. */
export const asarHeader = (index: string | Buffer): Buffer => {
  const text = Buffer.from(index)
  const padded = Math.ceil(text.length / 4) * 4
  const header = Buffer.alloc(16 + padded)
  header.writeUInt32LE(4, 0)
  header.writeUInt32LE(padded + 8, 4)
  header.writeUInt32LE(padded + 4, 8)
  header.writeUInt32LE(text.length, 12)
  text.copy(header, 16)
  return header
}

interface Folder {
  readonly files: Record<string, unknown>
}

const folderAt = (root: Folder, names: readonly string[]): Folder =>
  names.reduce<Folder>((folder, name) => {
    folder.files[name] ??= { files: {} }
    return folder.files[name] as Folder
  }, root)

export const place = (path: string, bytes: string | Buffer = '', mode = 0o644): string => {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, bytes)
  chmodSync(path, mode)
  return path
}

/** An archive, and what lies beside it. */
export const writeAsar = (path: string, files: Files): void => {
  const root: Folder = { files: {} }
  const bodies: Buffer[] = []
  let offset = 0
  for (const [name, file] of Object.entries(files)) {
    const { bytes = '', executable, unpacked, link, mode } = packedOf(file)
    const body = Buffer.from(bytes)
    const parts = name.split('/')
    const size = body.length
    const integrity = { algorithm: 'SHA256', hash: '00', blockSize: 4194304, blocks: ['00'] }
    const node = link === undefined ? { size, integrity, ...(executable && { executable }) } : { link }
    const where = unpacked ? { unpacked } : link === undefined ? { offset: String(offset) } : {}
    folderAt(root, parts.slice(0, -1)).files[parts.at(-1)!] = { ...node, ...where }
    if (unpacked) place(join(`${path}.unpacked`, name), body, mode ?? (executable ? 0o755 : 0o644))
    else if (link === undefined) {
      bodies.push(body)
      offset += size
    }
  }
  place(path, Buffer.concat([asarHeader(JSON.stringify(root)), ...bodies]))
}

/** As Electron is built. */
export const usualFuses = '101100011'

/** What a main executable has of an Electron: how it names itself, and its fuses. */
export const electronBytes = (head: Buffer, { fuses = usualFuses, version = '38.1.0' as string | null } = {}): Buffer =>
  Buffer.concat([
    head,
    Buffer.alloc(200_000),
    Buffer.from(version === null ? '' : `%s/%s Chrome/%s Electron/${version}\0`),
    Buffer.from(sentinel),
    Buffer.from([1, fuses.length]),
    Buffer.from(fuses),
    Buffer.alloc(1000),
  ])

export const programs = {
  /** A real program of this machine, with another machine written into its header. */
  elf: (arch: 'x64' | 'arm64' = 'x64'): Buffer => {
    const bytes = process.platform === 'linux' ? readFileSync('/bin/true') : elfBytes({ interpreter: '/lib64/ld-linux-x86-64.so.2' })
    bytes.writeUInt16LE(arch === 'x64' ? 62 : 183, 18)
    return bytes
  },
  machO: (arch: 'x64' | 'arm64' = 'arm64'): Buffer => {
    const bytes = machOBytes(arch)
    bytes.writeUInt32LE(2, 12)
    return bytes
  },
  universal: (): Buffer => fatBytes('x64', 'arm64'),
  pe: (arch: 'x64' | 'arm64' | 'ia32' = 'x64'): Buffer => peBytes({ x64: 34404, arm64: 43620, ia32: 332 }[arch]),
}

/** A module for `process.dlopen`; `marker` says with which Node it can be loaded. */
export const nativeModule = (marker = 'napi_register_module_v1', head: Buffer = elfBytes({ arch: 'x64' })): Buffer => {
  const bytes = Buffer.concat([head, Buffer.alloc(5000), Buffer.from(`\0${marker}\0`), Buffer.alloc(100)])
  if (head.readUInt32BE(0) === 0x7f454c46) bytes.writeUInt16LE(3, 16)
  return bytes
}

export interface AppTable {
  readonly asar?: Files
  /** Beside the archive, from the resources. A number is a mode for a program of this system. */
  readonly resources?: Files
  /** Of the main executable. */
  readonly main?: Buffer
  readonly mainMode?: number
  /** Content of the file `version`; null: the packager has removed it. */
  readonly version?: string | null
}

/** The least that starts. */
export const startable: Files = { 'package.json': JSON.stringify({ name: 'app', main: 'main.js' }), 'main.js': "require('electron')\n" }

const writeResources = (resources: string, { asar = startable, resources: extra = {} }: AppTable): void => {
  writeAsar(join(resources, 'app.asar'), asar)
  for (const [name, file] of Object.entries(extra)) {
    const { bytes, executable, link, mode } = packedOf(file)
    const path = join(resources, name)
    if (link === undefined) place(path, bytes, mode ?? (executable ? 0o755 : 0o644))
    else {
      mkdirSync(dirname(path), { recursive: true })
      symlinkSync(link, path)
    }
  }
}

export const linuxApp = (table: AppTable = {}): string => {
  const dir = join(emptyFolder(), 'linux-unpacked')
  place(join(dir, 'my-app'), table.main ?? electronBytes(programs.elf()), table.mainMode ?? 0o755)
  place(join(dir, 'chrome_crashpad_handler'), programs.elf(), 0o755)
  place(join(dir, 'chrome-sandbox'), programs.elf(), 0o4755)
  place(join(dir, 'libffmpeg.so'), nativeModule())
  if (table.version) place(join(dir, 'version'), table.version)
  writeResources(join(dir, 'resources'), table)
  return dir
}

export const windowsApp = (table: AppTable = {}): string => {
  const dir = join(emptyFolder(), 'win-unpacked')
  place(join(dir, 'My App.exe'), table.main ?? electronBytes(programs.pe()))
  place(join(dir, 'ffmpeg.dll'), programs.pe())
  place(join(dir, 'Uninstall My App.exe'), Buffer.concat([programs.pe('ia32'), Buffer.alloc(500_000)]))
  if (table.version) place(join(dir, 'version'), table.version)
  place(join(dir, 'resources/elevate.exe'), programs.pe('ia32'))
  writeResources(join(dir, 'resources'), table)
  return dir
}

const plist = (values: Readonly<Record<string, string>>): string =>
  `<?xml version="1.0"?>\n<plist version="1.0"><dict>${Object.entries(values)
    .map(([key, value]) => `\n\t<key>${key}</key>\n\t<string>${value}</string>`)
    .join('')}\n</dict></plist>\n`

export const macApp = (table: AppTable & { readonly fuses?: string } = {}): string => {
  const dir = join(emptyFolder(), 'My App.app')
  const contents = join(dir, 'Contents')
  place(join(contents, 'MacOS/My App'), table.main ?? programs.machO(), table.mainMode ?? 0o755)
  place(join(contents, 'Info.plist'), plist({ CFBundleExecutable: 'My App' }))
  const framework = join(contents, 'Frameworks/Electron Framework.framework')
  place(join(framework, 'Versions/A/Electron Framework'), electronBytes(programs.machO(), { fuses: table.fuses ?? usualFuses }), 0o755)
  if (table.version !== null)
    place(join(framework, 'Versions/A/Resources/Info.plist'), plist({ CFBundleVersion: table.version ?? '37.2.0' }))
  symlinkSync('A', join(framework, 'Versions/Current'))
  symlinkSync('Versions/Current/Resources', join(framework, 'Resources'))
  symlinkSync('Versions/Current/Electron Framework', join(framework, 'Electron Framework'))
  writeResources(join(contents, 'Resources'), table)
  return dir
}
