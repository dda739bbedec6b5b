/**
 * Takes secrets out of text. Pure. Ordinary text stays as it is, and nothing here takes longer than in proportion to the
 * text, whatever is in it: every pattern begins with something fixed, and what it reads in vain is read by no other.
 */

/** As it stands before the value of a header, in JSON within JSON, too. */
const header = String.raw`uthorization(?:\\{0,3}["'])?[ ]?[:=,][ ]?(?:\\{0,3}["'])?`
const token68 = String.raw`[\w.~+/=-]`

// Alternatives must begin with fixed letters, and few of them: only then are they searched for at 2 GB/s. What may not
// stand before is asked behind them.
const keys = new RegExp(
  [
    String.raw`sk-(?<![A-Za-z0-9]sk-)(?:ant-[\w-]{4,}|(?:proj|svcacct|admin|or-v1)-[\w-]{16,}|[A-Za-z0-9]{20}[\w-]*)`,
    String.raw`eyJ(?<![\w-]eyJ)[\w-]{6,}(?:\.[\w-]{2,}){2,4}`,
    'gh[pousr]_[A-Za-z0-9]{20,}',
    String.raw`github_pat_\w{20,}`,
    String.raw`glpat-[\w-]{20,}`,
    '[sr]k_(?:live|test)_[A-Za-z0-9]{10,}',
  ].join('|'),
  'g',
)
const capitals = new RegExp(
  [
    // in a sentence, an ordinary word may follow
    ...['Bearer ', 'bearer '].map(
      (word) => `${word}(?:(?<=${header}${word})${token68}+|(?=${token68}{12})(?=${token68}*?(?:[0-9]|[a-z][A-Z]))${token68}+)`,
    ),
    `Basic (?<=${header}Basic )${token68}+`,
    'A(?:KI|SI)A[A-Z0-9]{16}(?![A-Za-z0-9])',
    String.raw`AIza[\w-]{30,}`,
    String.raw`PRIVATE KEY-----[A-Za-z0-9+/=\s\\]*-----END [A-Z ]{0,30}PRIVATE KEY-----`,
  ].join('|'),
  'g',
)
/** Rarer ones. To search for them, too, takes as long as for all of the above. */
const others = /xox[a-z]-[\w-]{10,}|xapp-[\w-]{10,}|npm_[A-Za-z0-9]{30,}|hf_[A-Za-z0-9]{30,}/g

const kind = /^(?:sk-ant-|sk-|github_pat_|glpat-|[sr]k_(?:live|test)_|xox[a-z]-|xapp-|(?:gh[pousr]|npm|hf)_|[Bb]earer |Basic |AIza|A[KS]IA)/

const marked = (secret: string): string => {
  if (secret.startsWith('eyJ')) return '[redacted JWT]'
  if (secret.startsWith('PRIVATE')) return '[redacted private key]'
  return `${kind.exec(secret)?.[0] ?? ''}${mark}`
}

const mark = '[redacted]'

/**
 * Replaces what can hardly be anything but a token by a short mark that keeps its kind: `sk-ant-[redacted]`,
 * `Bearer [redacted]`, `[redacted JWT]`. For any amount of text, many lines at once.
 */
export const redactTokens = (text: string): string => text.replace(keys, marked).replace(capitals, marked)

/**
 * For what is shown to people or passed on: besides tokens, the values of names that hold secrets, of query parameters,
 * and who logs in by a URL. The names stay: `API_KEY=[redacted]`, `/path?page=[redacted]`.
 */
export const redactShown = (text: string): string =>
  withoutNamedValues(withoutQueries(redactTokens(text).replace(others, marked).replace(userinfo, `$1${mark}@`)))

const userinfo = /(:\/\/)[^\s/?#"'<>`]+@/g

/** Without a mark of its own: what is known of its kind stays. */
const isMarked = (value: string): boolean => /^[\w-]{0,16} ?\[redacted/.test(value)

/** In a URL or a path, or by itself: a `?` within another word begins no query. */
const withoutQueries = (text: string): string => {
  let result = ''
  let done = 0
  for (let at = matchFrom(queryStart, text, 0); at !== null; at = matchFrom(queryStart, text, done)) {
    let from = at.index
    while (from > done && !endsWord.has(text.charAt(from - 1))) from -= 1
    let end = at.index
    while (end < text.length && !endsWord.has(text.charAt(end))) end += 1
    const before = text.slice(from, at.index)
    const query = text.slice(at.index, end)
    const isQuery = before === '' || /\/|:\d+$/.test(before)
    result += text.slice(done, at.index) + (isQuery ? query.replace(parameter, withoutValue) : query)
    done = end
  }
  return result + text.slice(done)
}

const queryStart = /[?#]/g
const endsWord = new Set(' \t\r\n"\'<>`\\')
const parameter = /([?&#;][^=&?#;]{1,200}=)([^&#]+)/g
const withoutValue = (_: string, name: string, value: string): string => name + (isMarked(value) ? value : mark)

/** Of a global or a sticky pattern. */
const matchFrom = (pattern: RegExp, text: string, from: number): RegExpExecArray | null => {
  pattern.lastIndex = from
  return pattern.exec(text)
}

const withoutNamedValues = (text: string): string => {
  let result = ''
  let done = 0
  for (let word = matchFrom(names, text, 0); word !== null; word = matchFrom(names, text, Math.max(done, word.index + word[0].length))) {
    const value = secretName.test(word[0]) ? secretOf(word[0], text, word.index + word[0].length) : undefined
    if (value === undefined) continue
    result += text.slice(done, value.from) + mark
    done = value.end
  }
  return result + text.slice(done)
}

const names = /(?<![\w.-])[\w.-]+/g
const secretName =
  /api[-_]?key|secret|passw(?:or)?d|passphrase|credential|(?:^|[-_])token$|_key$|(?:access|auth|private|refresh|signing|encryption|master|session)[-_]?(?:key|token)$|^(?:set-)?cookie$|authorization$/i
/** Its value may have spaces. */
const wholeLine = /^(?:set-)?cookie$|authorization$/i

/** `NAME=`, `NAME: `, `"NAME": `, also in JSON within JSON. */
const assignment = /(?:\\{0,3}["'`])?[ \t]{0,3}(?:=>|:=|=(?!=)|:(?![:/]))[ \t]{0,3}/y
/** `--name value`, `"--name", "value"`. */
const next = /["'],[ \t]{0,3}(?=["'])|[ \t]{1,3}(?!-)/y

/** Where the secret of a name stands that ends at `at`; undefined: there is none, or it says itself what it was. */
const secretOf = (name: string, text: string, at: number): { readonly from: number; readonly end: number } | undefined => {
  const between = matchFrom(assignment, text, at)?.[0] ?? (name.startsWith('--') ? matchFrom(next, text, at)?.[0] : undefined)
  if (between === undefined) return undefined
  const open = matchFrom(quote, text, at + between.length)?.[0] ?? ''
  const from = at + between.length + open.length
  const value = matchFrom(valueIn(open, wholeLine.test(name)), text, from)?.[0] ?? ''
  const end = open === '' ? from + withoutClosing(value) : from + value.length
  const secret = text.slice(from, end)
  if (secret === '' || isMarked(secret) || absent.test(secret)) return undefined
  // `Unexpected token: this` is a parser's
  if (/^token$/i.test(name) && /^\s*:/.test(between) && !/^(?=\S*\d)\S{8}/.test(secret)) return undefined
  return { from, end }
}

const quote = /\\{0,3}["'`]/y
/** What is missing is worth knowing. */
const absent = /^(?:null|undefined|none|true|false)$/i

/** Where the quote is never closed, to the end of the line. */
const valueIn = (open: string, whole: boolean): RegExp => {
  const q = open.slice(-1)
  if (open.length > 1) return new RegExp(String.raw`(?:(?!\\{1,3}${q})[^\n])*`, 'y')
  if (open !== '') return new RegExp(String.raw`[^${q}\\\n]*(?:\\.[^${q}\\\n]*)*`, 'y')
  return whole ? /[^"'`\n]*/y : /[^\s"'`]*/y
}

/** Length of a value without what closes that in which it stands. */
const withoutClosing = (value: string): number => {
  let length = value.length
  while (length > 0 && ',;)}]\\'.includes(value.charAt(length - 1))) length -= 1
  return length
}
