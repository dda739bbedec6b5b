/** Decides by its text whether a script is an ES module or CommonJS, and what it imports. Pure: the script is never run. */

/** A `/` behind one of these begins a regular expression; behind anything else it divides. */
const beforeExpression = /(?:^|[(,=:[!&|?{};+\-*%~^<>]|\b(?:return|typeof|case|in|of|do|else|void|delete|throw|new))\s*$/

const endOfQuoted = (text: string, start: number): number => {
  const quote = text[start]
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at += 1
    else if (text[at] === quote) return at + 1
    // only a template goes over lines
    else if (text[at] === '\n' && quote !== '`') return at
  }
  return text.length
}

/** No regular expression is longer; a text may have thousands of beginnings and no end. */
const longestExpression = 1000

const endOfExpression = (text: string, start: number): number => {
  let inClass = false
  for (let at = start + 1; at < start + longestExpression && at < text.length && text[at] !== '\n'; at++) {
    if (text[at] === '\\') at += 1
    else if (text[at] === '[') inClass = true
    else if (text[at] === ']') inClass = false
    else if (text[at] === '/' && !inClass) return at + 1
  }
  // it was a division after all
  return start + 1
}

const endOf = (text: string, end: string, start: number): number => {
  const at = text.indexOf(end, start)
  return at === -1 ? text.length : at + end.length
}

/**
 * The text without what only looks like code: comments, templates and regular expressions are blank. Short quoted texts
 * stay, as names of modules are among them. A template within a template may come out wrong: it costs an answer, never
 * gives one, since what is told is only believed at the beginning of a line.
 */
export const codeOnly = (text: string): string => {
  const kept: string[] = []
  let from = 0
  const blank = (start: number, end: number): number => {
    kept.push(text.slice(from, start), ' ')
    from = end
    return end
  }
  for (let at = text.startsWith('#!') ? blank(0, endOf(text, '\n', 0) - 1) : 0; at < text.length; ) {
    const [char, next] = [text[at], text[at + 1]]
    if (char === '/' && next === '/') at = blank(at, Math.max(at + 2, text.indexOf('\n', at) === -1 ? text.length : text.indexOf('\n', at)))
    else if (char === '/' && next === '*') at = blank(at, endOf(text, '*/', at + 2))
    else if (char === '`') at = blank(at, endOfQuoted(text, at))
    else if (char === '"' || char === "'") at = endOfQuoted(text, at)
    else if (char === '/' && beforeExpression.test(text.slice(Math.max(0, at - 20), at))) at = blank(at, endOfExpression(text, at))
    else at += 1
  }
  kept.push(text.slice(from))
  return kept.join('')
}

// All lengths are bounded: a text may be made to be slow to search.
const esm = [
  /^import\s*(?:["']|[\w$*{][^;'"()]{0,2000}?\bfrom\s*["'])/m,
  /^export\s*(?:\{|\*|default\b|(?:async\s+)?function\b|class\b|const\b|let\b|var\b)/m,
  /\bimport\.meta\b/,
]
const commonJs = [
  /^(?:const|let|var)[ \t][\w$\s{},:]{1,2000}=\s*(?:[\w$]{1,40}\()?require\(/m,
  /^require\(/m,
  /^(?:module\.)?exports(?:\.[\w$]+)*\s*=/m,
  /^Object\.defineProperty\(exports,/m,
]

export type ModuleFormat = 'esm' | 'commonjs'

/** null: not sure, which a text that shows signs of both is too. */
export const formatOfScript = (text: string): ModuleFormat | null => {
  const code = codeOnly(text)
  const isEsm = esm.some((sign) => sign.test(code))
  const isCommonJs = commonJs.some((sign) => sign.test(code))
  if (isEsm === isCommonJs) return null
  return isEsm ? 'esm' : 'commonjs'
}

/** Only what is at the beginning of a line: what stands further in may be optional, or never come to pass. */
const imports = [
  /^import\s*(?:[\w$*{][^;'"()]{0,2000}?\bfrom\s*)?["']([^"'\n]{1,200})["']/gm,
  /^export\s*(?:\{[^}]{0,2000}\}|\*(?:\s*as\s+[\w$]+)?)\s*from\s*["']([^"'\n]{1,200})["']/gm,
  /^(?:(?:const|let|var)[ \t][\w$\s{},:]{1,2000}=\s*(?:[\w$]{1,40}\()?)?require\(["']([^"'\n]{1,200})["']\)/gm,
]

const packageName = /^(?:@[a-z0-9~-][\w.~-]*\/)?[a-z0-9~-][\w.~-]*(?=\/|$)/i
const mostImports = 200

/** Names of the packages that it needs as soon as it is loaded; Node's own modules are among them. */
export const importsOfScript = (text: string): string[] => {
  const code = codeOnly(text)
  const names = imports.flatMap((pattern) =>
    [...code.matchAll(pattern)].flatMap(([, specifier = '']) => {
      // `node:` and `file:` are no packages
      if (specifier.includes(':')) return []
      return packageName.exec(specifier)?.[0] ?? []
    }),
  )
  return [...new Set(names)].slice(0, mostImports)
}

/** Since these versions Node looks into a script whose package.json does not say what it is. */
export const detectsFormat = (node: string | null): boolean => {
  const [major = 0, minor = 0] = (node ?? '').split('.').map(Number)
  return major > 22 || (major === 22 && minor >= 7) || (major === 20 && minor >= 19)
}

export interface Written {
  /** With its extension. */
  readonly path: string
  readonly format: ModuleFormat | null
  /** What the nearest package.json says; `none`: it does not say, or there is none. */
  readonly type: 'module' | 'commonjs' | 'none'
}

/** How Node takes it where it does not look into it; null: not by its name. */
export const takenAs = ({ path, type }: Written): ModuleFormat | null => {
  if (/\.mjs$/.test(path)) return 'esm'
  if (/\.cjs$/.test(path)) return 'commonjs'
  if (!/\.js$/.test(path)) return null
  return type === 'module' ? 'esm' : 'commonjs'
}
