/** Packages that are not this project's: looked for in $CONFORMANCE_PEERS, in the working directory and above both. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const foldersFrom = (start) => {
  const folders = [start]
  while (dirname(folders.at(-1)) !== folders.at(-1)) folders.push(dirname(folders.at(-1)))
  return folders
}

/** @returns {{ version: string, url: string } | undefined} its version, and what to import. */
export const findPackage = (name) => {
  const starts = [process.env.CONFORMANCE_PEERS, process.cwd()].filter((start) => start !== undefined).map((start) => resolve(start))
  const folder = starts
    .flatMap(foldersFrom)
    .map((up) => join(up, 'node_modules', name))
    .find((dir) => existsSync(join(dir, 'package.json')))
  if (folder === undefined) return undefined
  const { version, exports: all, module, main = 'index.js' } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const entry = targetOf(all?.['.'] ?? all) ?? module ?? main
  const file = [entry, `${entry}.js`, join(entry, 'index.js')]
    .map((one) => join(folder, one))
    .find((one) => existsSync(one) && /\.[cm]?js$/.test(one))
  return { version, url: pathToFileURL(file ?? join(folder, entry)).href }
}

const targetOf = (conditions) => {
  if (typeof conditions === 'string' || conditions === undefined) return conditions
  const { node, import: imported, default: otherwise, require: required } = conditions
  return targetOf(node ?? imported ?? otherwise ?? required)
}

/** For an adapter: the module, or an end with the code 3 and a sentence. */
export const importPackage = async (name) => {
  const found = findPackage(name)
  if (found !== undefined) return import(found.url)
  console.error(`${name} is not installed`)
  process.exit(3)
}
