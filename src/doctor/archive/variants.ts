/**
 * Decides for which machines a file is meant, by the words in its path: packages bring the same thing for many machines
 * (`prebuilds/linux-x64`, `vendor/ripgrep/arm64-darwin`), and only what is meant for this one need run on it. Pure.
 */

const platforms: Readonly<Record<string, NodeJS.Platform>> = {
  win: 'win32',
  win32: 'win32',
  win64: 'win32',
  windows: 'win32',
  darwin: 'darwin',
  mac: 'darwin',
  macos: 'darwin',
  osx: 'darwin',
  linux: 'linux',
  linux32: 'linux',
  linux64: 'linux',
  linuxmusl: 'linux',
  musl: 'linux',
  freebsd: 'freebsd',
  openbsd: 'openbsd',
  netbsd: 'netbsd',
  android: 'android',
  sunos: 'sunos',
  aix: 'aix',
}

const archs: Readonly<Record<string, string>> = {
  x64: 'x64',
  amd64: 'x64',
  win64: 'x64',
  linux64: 'x64',
  arm64: 'arm64',
  aarch64: 'arm64',
  ia32: 'ia32',
  x86: 'ia32',
  i386: 'ia32',
  i686: 'ia32',
  386: 'ia32',
  linux32: 'ia32',
  arm: 'arm',
  armhf: 'arm',
  armv6: 'arm',
  armv6l: 'arm',
  armv7: 'arm',
  armv7l: 'arm',
  ppc64: 'ppc64',
  ppc64le: 'ppc64',
  s390x: 's390x',
  riscv64: 'riscv64',
  loong64: 'loong64',
  mips64el: 'mips64el',
}

const libcs = new Set(['gnu', 'glibc', 'musl', 'msvc', 'gnueabihf', 'musleabihf', 'eabi'])

export interface Target {
  readonly platform: NodeJS.Platform
  /** More than one for a universal app. */
  readonly archs: readonly string[]
}

/** What a path names. Both empty: it is for whatever machine it lies on. */
export interface Meant {
  readonly platforms: ReadonlySet<NodeJS.Platform>
  readonly archs: ReadonlySet<string>
}

const wordsIn = (path: string): string[] =>
  path
    .toLowerCase()
    .replace(/x86[_-]64/g, 'x64')
    .split(/[^a-z0-9]+/)

const ownWords = <T>(table: Readonly<Record<string, T>>, words: readonly string[]): Set<T> =>
  new Set(words.flatMap((word) => (Object.hasOwn(table, word) ? [table[word]!] : [])))

/** Names of programs that are the same file on every system; npm calls the native Claude `claude.exe` everywhere. */
const everywhere = /(?:^|\/)claude\.exe$/i
/** Loaded on macOS alone, by whoever asks for it. */
const macOnly = /(?:^|\/)node_modules\/fsevents\/|\.app\/Contents\//

export const meantFor = (path: string): Meant => {
  const words = wordsIn(path)
  const named = ownWords(platforms, words)
  if (/\.exe$/i.test(path) && !everywhere.test(path)) named.add('win32')
  if (macOnly.test(path)) named.add('darwin')
  return { platforms: named, archs: ownWords(archs, words) }
}

export const namesPlatform = ({ platforms: named }: Meant, { platform }: Target): boolean => named.size === 0 || named.has(platform)
export const namesArch = ({ archs: named }: Meant, target: Target): boolean =>
  named.size === 0 || target.archs.some((arch) => named.has(arch))

/** Whether a path is for some machines only, whichever they are. */
export const namesMachine = (path: string): boolean => {
  const meant = meantFor(path)
  return meant.platforms.size > 0 || meant.archs.size > 0
}

/** Whether the path does not speak against the target. */
export const isMeantFor = (path: string, target: Target): boolean => {
  const meant = meantFor(path)
  return namesPlatform(meant, target) && namesArch(meant, target)
}

const inModules = /^(.*(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+))(?:\/|$)/

/** The npm package in which a file lies, innermost; null: in none. `folder` has the way to it. */
export const packageOf = (path: string): { readonly folder: string; readonly name: string } | null => {
  const [, folder, name] = inModules.exec(path) ?? []
  return folder === undefined || name === undefined ? null : { folder, name }
}

/** Words for machines replaced: the same for all variants of a thing. */
const masked = (text: string): string =>
  text
    .toLowerCase()
    .replace(/x86[_-]64/g, 'x64')
    .replace(/[a-z0-9]+/g, (word) => (Object.hasOwn(platforms, word) || Object.hasOwn(archs, word) || libcs.has(word) ? '*' : word))
    .replace(/\*(?:[-_]\*)+/g, '*')

/**
 * Of which things a file is a variant. A package whose name tells platform and architecture (`@img/sharp-linux-x64`) is
 * one of a family, of which npm installs those for the machine it runs on; another package holds all variants in itself.
 */
export const familyOf = (path: string): { readonly key: string; readonly isPackage: boolean } => {
  const within = packageOf(path)
  if (within === null) return { key: masked(path).replace(/\.exe$/, ''), isPackage: false }
  const name = within.name.replace(/^@[^/]+\//, '')
  const words = wordsIn(name)
  const isPackage = ownWords(platforms, words).size > 0 && ownWords(archs, words).size > 0
  return { key: isPackage ? within.name.replace(name, masked(name)) : within.folder, isPackage }
}

/** Where a package keeps more than one build of its module, of which its loader picks: the one that fits may be another. */
export const isOneOfMany = (path: string): boolean =>
  /(?:^|\/)(?:prebuilds?|obj\.target)\/|abi\d+|(?:^|\/)bin\/[a-z0-9]+-[a-z0-9]+-\d+\/|(?:^|[/-])(?:node|electron)-v\d+/i.test(path)
