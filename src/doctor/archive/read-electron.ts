/** Reads which Electron an app brings, and its fuses. Several places tell the version, and packagers remove some of them. */
import { join } from 'node:path'
import type { Fuses } from '../../detect/fuses.ts'
import { fusesOf } from '../../detect/read-fuses.ts'
import { fieldOf } from './desk.ts'
import { beginningOf, boundsOf, disk, openFile, readAt, realWithin, statOf, turn } from './disk.ts'
import { type Layout, plistValue } from './locate.ts'

const exact = /^v?(\d{1,3}\.\d{1,4}\.\d{1,4}(?:-[\w.]{1,40})?)\s*$/

const versionIn = (text: string | null): string | null => exact.exec(text ?? '')?.[1] ?? null

const framework = (root: string): string => join(root, 'Contents', 'Frameworks', 'Electron Framework.framework')

const pieceBytes = 4 * 1024 * 1024
const overlapBytes = 128
/** A binary has some 200 MB, a universal one twice as much. What is larger is none, and not searched. */
const mostBytes = 768 * 1024 * 1024

/** How it names itself to web sites: a text that is whole in the binary. */
const userAgent = / Electron\/(\d{1,3}\.\d{1,4}\.\d{1,4}(?:-[a-z]+\.[\d.]{1,20})?)(?![\w.-])/

const inPiece = (bytes: Buffer): string | null => {
  for (let at = bytes.indexOf(' Electron/', 0, 'latin1'); at !== -1; at = bytes.indexOf(' Electron/', at + 1, 'latin1')) {
    const around = bytes.toString('latin1', Math.max(0, at - 32), at + 64)
    if (!/Chrome\/[\d.%s]+ Electron\//.test(around)) continue
    const version = userAgent.exec(around)?.[1]
    if (version !== undefined) return version
  }
  return null
}

const inBinary = async (path: string): Promise<string | null> => {
  const file = openFile(path)
  if (file === undefined) return null
  try {
    const { size } = file.stats
    if (size > mostBytes) return null
    for (let at = 0; at < size; at += pieceBytes) {
      const version = inPiece(readAt(file.fd, at, Math.min(pieceBytes + overlapBytes, size - at)))
      if (version !== null) return version
      await turn()
    }
    return null
  } finally {
    disk.closeSync(file.fd)
  }
}

/** Of `devDependencies`, where it is one version and not a range. */
const inManifest = (manifest: unknown): string | null => {
  const wanted = ['devDependencies', 'dependencies']
    .map((kind) => fieldOf(fieldOf(manifest, kind), 'electron'))
    .find((version) => version !== undefined)
  // `^38.1.0` means 38 as well: the numbers of a major do not change
  return typeof wanted === 'string' ? versionIn(wanted.replace(/^[\^~]/, '')) : null
}

const frameworkBinary = ({ root }: Layout): string | undefined => realWithin(boundsOf(root), join(framework(root), 'Electron Framework'))

/** null: there are none, or what should have them is no Electron. */
export const readFuses = async (layout: Layout): Promise<Fuses | null> => {
  const { executable, platform, root } = layout
  const inFramework = frameworkBinary(layout)
  const leadsOut = inFramework === undefined && statOf(join(framework(root), 'Electron Framework')) !== undefined
  const size = statOf(inFramework ?? executable ?? '')?.size ?? 0
  return executable === null || leadsOut || size > mostBytes ? null : fusesOf(executable, platform ?? process.platform)
}

export const readElectronVersion = async (layout: Layout, manifest: unknown): Promise<string | null> => {
  const { root, executable } = layout
  const bounds = boundsOf(root)
  const file = realWithin(bounds, join(root, 'version'))
  const plist = realWithin(bounds, join(framework(root), 'Resources', 'Info.plist'))
  const binary = frameworkBinary(layout) ?? executable
  return (
    versionIn(file === undefined ? null : beginningOf(file, 100).toString('utf8')) ??
    versionIn(plistValue(plist, 'CFBundleVersion')) ??
    (binary === null ? null : await inBinary(binary)) ??
    inManifest(manifest)
  )
}
