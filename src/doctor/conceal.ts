/**
 * Takes secrets out of the evidence and the report, as the last step before anything of them is printed or written.
 * Pure. Each text is taken by itself, with what stands beside it: `--token` before it, the name under which it lies.
 */
import { causeCodes } from '../causes/codes.ts'
import { redactShown } from '../logs/redact.ts'
import { checkIds } from './check-of.ts'
import { mark, type Remover, removerOf, shortest } from './known-secrets.ts'

export interface Concealment {
  /** Folder of the user, which becomes `/~`: absolute still, as what is derived from paths asks for. */
  readonly home?: string
}

/** Characters of one text; what is beyond is cut off. */
const longest = 10_000

/**
 * The same without secrets: what looks like one, and whatever is among `secrets`, however it is spelled. With a home,
 * without the names of users, too.
 */
export const conceal = <T>(value: T, secrets: readonly string[] = [], { home }: Concealment = {}): T => {
  const remove = removerOf(secrets)
  const anonymous = home === undefined ? (text: string) => text : anonymiser(home)
  const clean = (text: string): string => {
    const shown = anonymous(redactShown(remove(text)))
    return shown.length > longest ? `${shown.slice(0, longest - 1)}…` : shown
  }
  return walk(value, { clean, remove, isAnonymous: home !== undefined }) as T
}

interface Cleaning {
  readonly clean: (text: string) => string
  readonly remove: Remover
  readonly isAnonymous: boolean
}

const walk = (value: unknown, cleaning: Cleaning): unknown => {
  if (typeof value === 'string') return cleaning.clean(value)
  if (Array.isArray(value)) {
    return value.map((each: unknown, index) => (typeof each === 'string' && hides(value[index - 1], each) ? mark : walk(each, cleaning)))
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => {
      if (typeof each !== 'string') return [name, walk(each, cleaning)]
      if (cleaning.isAnonymous && name === 'user' && each !== 'root') return [name, somebody]
      return [name, isSecret(`${name}=`, each) ? mark : cleaning.clean(each)]
    }),
  )
}

/** `--token` and what comes after it as an argument of its own. */
const hides = (flag: unknown, value: string): boolean =>
  typeof flag === 'string' && /^--[\w-]{1,60}$/.test(flag) && !value.startsWith('-') && isSecret(`${flag} `, value)

/** Whether what is called so is secret whatever it is; of something that is missing it is not. */
const isSecret = (name: string, value: string): boolean =>
  name.length < 100 && value.trim() !== '' && !absent.test(value) && redactShown(`${name}${probe}`) !== `${name}${probe}`

const probe = 'x1y2z3x1y2z3'
const absent = /^(?:null|undefined|none|true|false|0|1)$/i

const secretName =
  /^(?:tokens?|secrets?|keys?|passwords?|passwd|passphrase|pass|pwd|credentials?|creds|auth|authorization|apikeys?|cookies?|bearer|jwt|dsn)$/i
/** Where it is found, not what it is. */
const isPlace = /_(?:SOCK|SOCKET|FILE|PATH|DIR|HOST|PORT|TYPE|MODE|METHOD|NAME|USER|USERNAME)$/i
/** `MAX_TOKENS=100000` */
const isCount = /TOKENS=\d+$/i
/** `PWD` and `OLDPWD` are folders. */
const isFolder = /^(?:OLD)?PWD$/i

/**
 * Values of the variables whose names say that they are secret, of at least 6 characters. Words of our own are none:
 * whose password is one has lost nothing, and a report without its words would say nothing.
 */
export const secretsIn = (env: Readonly<Record<string, string | undefined>>): string[] => {
  const values = Object.entries(env).flatMap(([name, value = '']) => [...(namesSecret(name, value) ? [value] : []), ...passwordsIn(value)])
  return [...new Set(values)].filter((value) => value.trim().length >= shortest && !isOurWord(value.trim()))
}

/** Whoever logs in by a URL does so by a variable of any name. */
const passwordsIn = (value: string): string[] =>
  [...value.matchAll(/:\/\/[^\s/?#@:]{0,200}:([^\s/?#@]{1,2000})@/g)].flatMap(([, password = '']) => password)

const namesSecret = (name: string, value: string): boolean => {
  if (isFolder.test(name) || isPlace.test(name) || isCount.test(`${name}=${value}`)) return false
  const words = name.replace(/([a-z\d])([A-Z])/g, '$1_$2').split(/[^A-Za-z\d]+/)
  return words.some((word) => secretName.test(word)) || /(?:token|secret|password|passwd|credentials?|apikey)/i.test(name)
}

const isOurWord = (value: string): boolean => vocabulary.some((word) => word.includes(value))

const vocabulary: readonly string[] = [
  ...causeCodes,
  ...checkIds,
  ...[
    'HEALTHY',
    'UNKNOWN',
    'certain',
    'likely',
    'possible',
    'answered',
    'refused',
    'connect-timeout',
    'no-answer',
    'closed',
    'not-http',
    'failed',
  ],
  ...[
    'ours',
    'foreign',
    'nobody',
    'unknown',
    'own-orphan',
    'other-service',
    'carries-certificate',
    'running',
    'address',
    'package',
    'packaged',
  ],
  ...['supervised', 'utilityProcess', 'custom', 'command', 'stopped', 'starting', 'stopping', 'backoff', 'answers', 'silent', 'variables'],
  ...[
    'ELECTRON_RUN_AS_NODE',
    'not-ready',
    'stdout',
    'stderr',
    'timeout',
    'unreachable',
    'supervisor',
    'window-all-closed',
    'itself',
    'module',
  ],
  ...['commonjs', 'darwin', 'linux', 'win32', 'freebsd', 'openbsd', 'localhost', '127.0.0.1', mark],
]

const somebody = 'somebody'

const anonymiser = (home: string): Remover => {
  const own = home.length > 1 && !/^[A-Za-z]:[\\/]?$/.test(home) ? [folderPattern(home)] : []
  return (text) => {
    let result = text
    for (const pattern of own) result = result.replace(pattern, home.includes('\\') ? String.raw`C:\~` : '/~')
    return result.replace(othersHome, (_, folder: string) => `${folder}${somebody}`)
  }
}

/** Also with its backslashes doubled. */
const folderPattern = (home: string): RegExp => {
  const onWindows = home.includes('\\')
  const parts = home
    .replace(/[\\/]+$/, '')
    .split(/[\\/]/)
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
  return new RegExp(String.raw`(?<![\w.~-])${parts.join(onWindows ? String.raw`[\\/]{1,4}` : '/')}(?![\w-]|\.\w)`, onWindows ? 'gi' : 'g')
}

/** Folders beside those of users are nobody's. */
const othersHome =
  /(?<![\w.\]~-])((?:\/home|\/Users|\b[A-Za-z]:[\\/]{1,4}(?:Users|Documents and Settings))[\\/]{1,4})(?!(?:linuxbrew|Shared|Public|Default|somebody)\b)[^\s\\/:;"'`<>|]+/g
