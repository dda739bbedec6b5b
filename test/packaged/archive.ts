/** Reads an archive with the library that packagers write it with. */
import asar from '@electron/asar'

/** Paths of its files, from its root, with slashes. */
export const filesIn = (archive: string): string[] => {
  const paths = asar.listPackage(archive, { isPack: false }).map((path) => path.replaceAll('\\', '/').replace(/^\//, ''))
  return paths.filter((path) => !paths.some((other) => other.startsWith(`${path}/`)))
}

export const textIn = (archive: string, path: string): string => asar.extractFile(archive, path).toString('utf8')
