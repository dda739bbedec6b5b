'use strict'
/** The names that CommonJS exports, as far as its text tells: what compilers write, and plain assignments. */
const name = '[A-Za-z_$][\\w$]*'

const reserved = new Set(['default', 'class', 'function', 'import', 'export', 'delete', 'new', 'return', 'await', 'yield', 'enum'])

exports.exportsIn = (text) => {
  const found = new Set()
  for (const [, one] of text.matchAll(new RegExp(`(?:^|[^\\w$.])(?:module\\.)?exports\\.(${name})\\s*=[^=]`, 'gm'))) found.add(one)
  for (const [, one] of text.matchAll(new RegExp(`defineProperty\\((?:module\\.)?exports,\\s*['"](${name})['"]`, 'g'))) found.add(one)
  // esbuild lists them for exactly this purpose
  for (const [, list] of text.matchAll(/module\.exports\s*=\s*\{([^{}]*)\}/g))
    for (const part of list.split(',')) {
      const one = new RegExp(`^\\s*(${name})\\s*(?::|$)`).exec(part.replace(/\/\/.*$/gm, ''))?.[1]
      if (one !== undefined) found.add(one)
    }
  return [...found].filter((one) => !reserved.has(one))
}
