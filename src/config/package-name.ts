import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The name in the nearest package.json of `dir` or above, without its scope. */
export const packageName = (dir: string): string | undefined => {
  for (let at = dir; ; at = dirname(at)) {
    const text = read(join(at, 'package.json'))
    if (text !== undefined) return nameIn(text)
    if (dirname(at) === at) return undefined
  }
}

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // not there, or not readable: the folder above may have one
    return undefined
  }
}

const nameIn = (text: string): string | undefined => {
  try {
    const { name } = JSON.parse(text) as { name?: unknown }
    return typeof name === 'string' && name !== '' ? name.replace(/^@[^/]*\//, '') : undefined
  } catch {
    // a torn package.json is not ours to report
    return undefined
  }
}
