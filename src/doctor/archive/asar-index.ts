/**
 * Decides what the index of an Electron archive says. Read in one pass, and never with JSON.parse: an index comes from
 * whoever made the archive, and may claim millions of files, or the same name twice. Pure.
 */

export interface IndexEntry {
  /** From the root of the archive, with slashes. */
  readonly path: string
  readonly kind: 'file' | 'folder' | 'link'
  /** Bytes. */
  readonly size: number
  /** From the end of the index; null: it lies beside the archive, or is no file. */
  readonly offset: number | null
  /** It lies in the folder beside the archive. */
  readonly unpacked: boolean
  /** It had the executable bit when it was packed. Archives that were packed on Windows never say so. */
  readonly executable: boolean
  /** From the root of the archive. */
  readonly link: string | null
}

export type FaultKind =
  /** It ends, or goes on, as no index does. */
  | 'malformed'
  | 'too-many'
  | 'too-deep'
  /** A name that leads elsewhere: `..`, or with a slash in it. */
  | 'bad-name'
  | 'duplicate'
  /** Neither a size nor an offset that a file can have. */
  | 'bad-size'
  | 'beyond-end'
  | 'link-out'
  | 'cyclic-link'

export interface IndexFault {
  readonly kind: FaultKind
  readonly count: number
  /** Paths, the first few. */
  readonly examples: readonly string[]
}

export interface AsarIndex {
  readonly entries: ReadonlyMap<string, IndexEntry>
  readonly faults: readonly IndexFault[]
}

export interface Limits {
  readonly entries: number
  /** Folders within folders. */
  readonly depth: number
}

/** Large apps have some ten thousand files. */
export const usualLimits: Limits = { entries: 250_000, depth: 100 }
const mostExamples = 3
/** More than any path has; a way through more links than that is a circle. */
const mostHops = 40
const mostLinks = 10_000
/** The format stores sizes in 32 bits. */
const largest = 2 ** 32 - 1

/** Ends the reading; what was read until then stays. */
class Stop extends Error {}

export class Faults {
  readonly #found = new Map<FaultKind, { count: number; readonly examples: string[] }>()

  add(kind: FaultKind, example: string): void {
    const known = this.#found.get(kind) ?? { count: 0, examples: [] }
    known.count += 1
    if (known.examples.length < mostExamples) known.examples.push(example)
    this.#found.set(kind, known)
  }

  all(): IndexFault[] {
    return [...this.#found].map(([kind, { count, examples }]) => ({ kind, count, examples }))
  }
}

/** Steps through JSON. Only what is looked at is checked; what is skipped need only be balanced. */
class Scanner {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  #space(): void {
    for (let code = this.#text.charCodeAt(this.#at); code === 32 || (code >= 9 && code <= 13); code = this.#text.charCodeAt(this.#at)) {
      this.#at += 1
    }
  }

  peek(): string {
    this.#space()
    return this.#text.charAt(this.#at)
  }

  take(wanted: string): void {
    if (this.peek() !== wanted) throw new Stop()
    this.#at += 1
  }

  /** A string in quotes, as it is meant. */
  string(): string {
    this.take('"')
    const start = this.#at
    const end = this.#endOfString()
    const raw = this.#text.slice(start, end)
    if (!raw.includes('\\')) return raw
    try {
      return JSON.parse(`"${raw}"`) as string
    } catch {
      throw new Stop()
    }
  }

  /** Goes behind the closing quote; gives where it stands. */
  #endOfString(): number {
    for (;;) {
      const quote = this.#text.indexOf('"', this.#at)
      if (quote === -1) throw new Stop()
      let escapes = 0
      while (this.#text.charCodeAt(quote - 1 - escapes) === 92) escapes += 1
      this.#at = quote + 1
      if (escapes % 2 === 0) return quote
    }
  }

  /** A number, `true`, `false` or `null`. */
  word(): string {
    this.#space()
    const start = this.#at
    while (/[\w+.-]/.test(this.#text.charAt(this.#at))) this.#at += 1
    if (start === this.#at) throw new Stop()
    return this.#text.slice(start, this.#at)
  }

  /** Over a value of any shape. It counts brackets instead of calling itself: a value may be nested a million times. */
  skip(): void {
    let depth = 0
    do {
      const next = this.peek()
      if (next === '"') this.string()
      else if (next === '{' || next === '[') depth += this.#step(1)
      else if (next === '}' || next === ']') depth += this.#step(-1)
      else if (depth > 0 && (next === ',' || next === ':')) this.#step(0)
      else this.word()
    } while (depth > 0)
  }

  #step(change: number): number {
    this.#at += 1
    return change
  }

  /** Each key of an object; whoever is told must take the value. */
  object(onKey: (key: string) => void): void {
    this.take('{')
    for (let isFirst = true; this.peek() !== '}'; isFirst = false) {
      if (!isFirst) this.take(',')
      const key = this.string()
      this.take(':')
      onKey(key)
    }
    this.take('}')
  }
}

interface Fields {
  isFolder: boolean
  size: number | undefined
  offset: number | null | undefined
  unpacked: boolean
  executable: boolean
  link: string | null
}

const numberIn = (text: string, most: number): number | undefined => {
  const number = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  return number <= most ? number : undefined
}

const leadsElsewhere = (name: string): boolean =>
  name === '' || name === '.' || /[/\0]/.test(name) || name.split('\\').includes('..') || name === '..'

const fileOf = (path: string, { size = 0, offset = null, unpacked, executable, link }: Fields): IndexEntry => ({
  path,
  kind: link === null ? 'file' : 'link',
  size: link === null ? size : 0,
  offset: unpacked || link !== null ? null : offset,
  unpacked,
  executable,
  link,
})

export const readIndex = (text: string, limits: Limits = usualLimits): AsarIndex => {
  const scanner = new Scanner(text)
  const faults = new Faults()
  const entries = new Map<string, IndexEntry>()

  let names = 0

  const files = (folder: string, depth: number): void => {
    const known = new Set<string>()
    scanner.object((name) => {
      const path = folder === '' ? name : `${folder}/${name}`
      names += 1
      // what is odd counts too: it takes room and time like the rest
      if (names > limits.entries) {
        faults.add('too-many', path)
        throw new Stop()
      }
      const isOdd = leadsElsewhere(name)
      const isDeep = depth >= limits.depth
      if (isOdd) faults.add('bad-name', path)
      else if (isDeep) faults.add('too-deep', path)
      if (isOdd || isDeep) return scanner.skip()
      if (known.has(name)) faults.add('duplicate', path)
      known.add(name)
      node(path, depth)
    })
  }

  const node = (path: string, depth: number): void => {
    const fields: Fields = { isFolder: false, size: undefined, offset: undefined, unpacked: false, executable: false, link: null }
    scanner.object((key) => field(key, fields, path, depth))
    if (fields.isFolder || path === '') return
    const { link, size, offset, unpacked } = fields
    const isComplete = link !== null || (size !== undefined && (unpacked || offset !== undefined))
    if (isComplete) entries.set(path, fileOf(path, fields))
    else faults.add('bad-size', path)
  }

  const field = (key: string, fields: Fields, path: string, depth: number): void => {
    const next = scanner.peek()
    if (key === 'files' && next === '{') {
      fields.isFolder = true
      if (path !== '') entries.set(path, { path, kind: 'folder', size: 0, offset: null, unpacked: false, executable: false, link: null })
      files(path, depth + 1)
    } else if (key === 'size' && next !== '"' && next !== '{' && next !== '[') fields.size = numberIn(scanner.word(), largest)
    else if (key === 'offset' && next === '"') fields.offset = numberIn(scanner.string(), Number.MAX_SAFE_INTEGER)
    else if (key === 'link' && next === '"') fields.link = scanner.string()
    else if ((key === 'unpacked' || key === 'executable') && next === 't') fields[key] = scanner.word() === 'true'
    else scanner.skip()
  }

  try {
    node('', 0)
  } catch (error) {
    if (!(error instanceof Stop)) throw error
    if (names <= limits.entries) faults.add('malformed', '')
  }
  judgeLinks(entries, faults)
  return { entries, faults: faults.all() }
}

/** Whether all that the archive lists was read: only then is what was not read not there. */
export const isWhole = ({ faults }: AsarIndex): boolean =>
  !faults.some(({ kind }) => kind === 'malformed' || kind === 'too-many' || kind === 'too-deep')

const normal = (path: string): string | undefined => {
  const way: string[] = []
  for (const part of path.replaceAll('\\', '/').split('/')) {
    if (part === '..' && way.pop() === undefined) return undefined
    if (part !== '' && part !== '.' && part !== '..') way.push(part)
  }
  return way.join('/')
}

const judgeLinks = (entries: ReadonlyMap<string, IndexEntry>, faults: Faults): void => {
  let seen = 0
  for (const { path, link } of entries.values()) {
    if (link === null) continue
    seen += 1
    if (seen > mostLinks) return
    if (normal(link) === undefined || link.startsWith('/') || /^[A-Za-z]:/.test(link)) faults.add('link-out', path)
    else if (follow(entries, path) === 'circle') faults.add('cyclic-link', path)
  }
}

/** What lies at a path, links followed. */
export const follow = (entries: ReadonlyMap<string, IndexEntry>, path: string): IndexEntry | 'circle' | undefined => {
  let rest = normal(path)?.split('/') ?? []
  let at = ''
  for (let hops = 0; rest.length > 0; ) {
    const [name = '', ...others] = rest
    at = at === '' ? name : `${at}/${name}`
    const entry = entries.get(at)
    if (entry === undefined) return undefined
    rest = others
    if (entry.link === null) continue
    hops += 1
    if (hops > mostHops) return 'circle'
    const target = normal(entry.link)
    // it leads out, or to the root, which is no entry
    if (target === undefined || target === '') return undefined
    // a way that grows with each round is a circle too
    if (target.length > 4096) return 'circle'
    rest = [...target.split('/'), ...others]
    at = ''
  }
  return entries.get(at)
}

export const entryAt = ({ entries }: AsarIndex, path: string): IndexEntry | undefined => {
  const entry = follow(entries, path)
  return entry === 'circle' ? undefined : entry
}
