/** What a rule is, and words that rules share. Pure. */
import type { ArchiveFinding } from '../evidence.ts'
import type { SeenArchive, SeenFile } from './seen.ts'
import { packageOf } from './variants.ts'

export type Rule = (seen: SeenArchive) => ArchiveFinding[]

const mostPaths = 20

export const pathsOf = (files: readonly { readonly path: string }[]): string[] => files.slice(0, mostPaths).map(({ path }) => path)

export const baseOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** What electron-builder and Electron Forge are to be told, so that a file lies beside the archive. */
export const unpackGlob = (inner: string): string => {
  const within = packageOf(inner)
  return within === null ? `**/${inner}` : `**/node_modules/${within.name}/**`
}

/** Files by what one glob unpacks. */
export const byGlob = (files: readonly SeenFile[]): [glob: string, files: SeenFile[]][] => {
  const groups = new Map<string, SeenFile[]>()
  for (const file of files) {
    const glob = unpackGlob(file.inner)
    const group = groups.get(glob)
    if (group === undefined) groups.set(glob, [file])
    else group.push(file)
  }
  return [...groups]
}

export const asarUnpack = (glob: string): string => `asarUnpack: [${JSON.stringify(glob)}]`

/** `lies`, `lie` */
export const verb = (count: number, one: string, many: string): string => (count === 1 ? one : many)
