/** Lists the files of a folder and of those within, without following links, and not without end. */

import type { Stats } from 'node:fs'
import { join } from 'node:path'
import { disk, turn } from './disk.ts'

export interface Listed {
  /** With slashes, from the folder. */
  readonly inner: string
  readonly path: string
  readonly stats: Stats
}

const mostFiles = 100_000
const mostDepth = 60
const filesPerTurn = 500

export interface Listing {
  readonly files: readonly Listed[]
  /** Folders, with slashes, from the folder. */
  readonly folders: ReadonlySet<string>
  /** Whether all is in it. */
  readonly whole: boolean
}

export const listFiles = async (folder: string, skip: (inner: string) => boolean = () => false): Promise<Listing> => {
  const files: Listed[] = []
  const folders = new Set<string>()
  const waiting: { readonly inner: string; readonly depth: number }[] = [{ inner: '', depth: 0 }]
  let seen = 0
  let whole = true
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { inner, depth } = next
    let opened: ReturnType<typeof disk.opendirSync>
    try {
      opened = disk.opendirSync(join(folder, inner))
    } catch {
      continue
    }
    try {
      for (let entry = opened.readSync(); entry !== null; entry = opened.readSync()) {
        seen += 1
        if (seen > mostFiles) return { files, folders, whole: false }
        if (seen % filesPerTurn === 0) await turn()
        const at = inner === '' ? entry.name : `${inner}/${entry.name}`
        if (skip(at)) continue
        if (entry.isDirectory()) {
          folders.add(at)
          if (depth < mostDepth) waiting.push({ inner: at, depth: depth + 1 })
          else whole = false
        } else if (entry.isFile()) {
          const path = join(folder, at)
          const stats = disk.lstatSync(path, { throwIfNoEntry: false })
          if (stats?.isFile()) files.push({ inner: at, path, stats })
        }
      }
    } catch {
      whole = false
    } finally {
      opened.closeSync()
    }
  }
  return { files, folders, whole }
}
