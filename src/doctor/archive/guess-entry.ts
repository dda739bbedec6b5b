/** Decides which script of an app is likely its backend, by the names of its files. Pure. */

/** Surest first; each a whole path from the root of the app, or from the resources. */
const likely: readonly RegExp[] = [
  /(?:^|\/)dist\/cli\/node\.js$/,
  /(?:^|\/)(?:backend|server)\/(?:dist\/|build\/|out\/|src\/)?(?:server|index|main|app)\.[cm]?[jt]s$/,
  /^(?:(?:dist|build|out|lib|src|app|electron|dist-electron|dist-server)\/){0,2}(?:server|backend)\.[cm]?[jt]s$/,
]

const outsideModules = (path: string): boolean => !/(?:^|\/)node_modules\//.test(path) && !/\.d\.[cm]?ts$/.test(path)

const depthOf = (path: string): number => path.split('/').length
const baseOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
/** Node runs these as they are. */
const isTypeScript = (path: string): boolean => /\.[cm]?ts$/.test(path)

/**
 * The surest candidate; null: none. `mainText` is the text of the main script, which is only searched for names: what it
 * mentions goes first. The main script itself is not a backend.
 */
export const guessEntry = (paths: Iterable<string>, main: string | null, mainText: string): string | null => {
  let best: { readonly path: string; readonly rank: readonly number[] } | undefined
  for (const path of paths) {
    const pattern = likely.findIndex((one) => one.test(path))
    if (pattern === -1 || path === main || !outsideModules(path)) continue
    const rank = [mainText.includes(baseOf(path)) ? 0 : 1, isTypeScript(path) ? 1 : 0, pattern, depthOf(path)]
    if (best === undefined || isBefore(rank, best.rank)) best = { path, rank }
  }
  return best?.path ?? null
}

const isBefore = (first: readonly number[], second: readonly number[]): boolean => {
  const at = first.findIndex((value, index) => value !== second[index])
  return at !== -1 && first[at]! < second[at]!
}
