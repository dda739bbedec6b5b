import { describe, expect, it } from 'vitest'
import { codeOnly, detectsFormat, formatOfScript, importsOfScript, takenAs } from '../../../src/doctor/archive/module-format.ts'

describe('a script is', () => {
  it.each<[string, string]>([
    ['an import of a default', "import http from 'node:http'"],
    ['an import over lines', "import {\n  serve,\n  other as it\n} from '@hono/node-server'"],
    ['an import for what it does', "import './polyfill.js'"],
    ['a minified import', 'import{a as b}from"hono";b()'],
    ['an import of all', 'import * as fs from "fs"'],
    ['an export of a value', 'export const port = 1'],
    ['an export of a list', 'const a = 1\nexport { a }'],
    ['an export of all', "export * from './x.js'"],
    ['an export of an async function', 'export async function serve() {}'],
    ['import.meta', 'const here = import.meta.url'],
    ['a line of #! before', "#!/usr/bin/env node\nimport 'x'"],
    ['words of the other kind in a comment', "/*\nmodule.exports = 1\n*/\n// require('x')\nimport 'x'"],
    ['words of the other kind in a template', "const help = `\nmodule.exports = {}\nconst a = require('b')\n`\nexport default help"],
  ])('an ES module by %s', (_, text) => {
    expect(formatOfScript(text)).toBe('esm')
  })

  it.each<[string, string]>([
    ['a require', "const http = require('http')"],
    ['a require of some', "const { a,\n  b: c } = require('x')"],
    ['a require that is wrapped', "var x_1 = __importDefault(require('x'))"],
    ['a bare require', "require('./x')"],
    ['module.exports', 'module.exports = { a: 1 }'],
    ['exports', 'exports.handler = () => 1'],
    ['what TypeScript writes', '"use strict";\nObject.defineProperty(exports, "__esModule", { value: true });'],
    ['words of the other kind in a comment', "/* \nimport x from 'y'\n*/\nmodule.exports = 1"],
    ['words of the other kind in a template', "const page = `\nimport x from 'y'\nexport default 1\n`\nmodule.exports = page"],
    ['a dynamic import', "import('x')\nmodule.exports = 1"],
    ['a quote in a regular expression', 'const quote = /["\'`]/g\nmodule.exports = quote'],
  ])('CommonJS by %s', (_, text) => {
    expect(formatOfScript(text)).toBe('commonjs')
  })

  it.each<[string, string]>([
    ['nothing', ''],
    ['neither', 'console.log(1)\nconst a = b / c / d'],
    [
      'both, by createRequire',
      "import { createRequire } from 'module'\nconst require = createRequire(import.meta.url)\nconst x = require('x')",
    ],
    ['both, by a bundler', 'module.exports = 1\nexport default 1'],
    ['words further in', "if (a) {\n  module.exports = 1\n  const x = require('x')\n}"],
    ['words in a text', 'const a = \'import x from "y"\''],
  ])('not told by %s', (_, text) => {
    expect(formatOfScript(text)).toBeNull()
  })

  it('read in time, whatever it is made of', () => {
    const size = 64 * 1024
    for (const part of [
      'const a\n',
      'import a\n',
      'import {',
      'const         ',
      '/',
      '`',
      '/*',
      '"\\',
      "'",
      'export {\n',
      'require("',
      'exports.a',
      '(/[',
      '\n/',
    ]) {
      formatOfScript(part.repeat(size / part.length))
      importsOfScript(part.repeat(size / part.length))
    }
  }, 5000)
})

describe('what a script imports at once', () => {
  it('is told by the names of packages', () => {
    const text = `#!/usr/bin/env node
import a from 'hono'
import { b } from "@hono/node-server/serve-static"
import 'side-effect'
export * from 'all'
const c = require('express/lib/router')
var d = __toESM(require("wrapped"))
require('bare')
import './own.js'
import fs from 'node:fs'
import path from 'path'
import type from 'file:///x'
import alias from '@/alias'
import own from '#own'
`
    expect(importsOfScript(text)).toEqual(['hono', '@hono/node-server', 'side-effect', 'path', 'all', 'express', 'wrapped', 'bare'])
  })

  it('leaves out what may be optional, or is only mentioned', () => {
    const text = `
try {
  require('optional')
} catch {}
const lazy = () => require('lazy')
if (x) { const y = require('sometimes') }
await import('dynamic')
// import 'comment'
/* 
require('comment2')
*/
const t = \`
import 'template'
\`
`
    expect(importsOfScript(text)).toEqual([])
  })
})

describe('code only', () => {
  it('keeps lines apart, and divisions', () => {
    expect(codeOnly('a / b / c // d\ne')).toBe('a / b / c  \ne')
    expect(codeOnly('x = /`/\ny')).toBe('x =  \ny')
    expect(codeOnly('`${a}` + "//" + \'/*\'')).toBe('  + "//" + \'/*\'')
  })
})

describe('how Node takes a script', () => {
  it.each([
    ['a.mjs', 'commonjs', 'esm'],
    ['a.cjs', 'module', 'commonjs'],
    ['a.js', 'module', 'esm'],
    ['a.js', 'commonjs', 'commonjs'],
    ['a.js', 'none', 'commonjs'],
    ['a', 'module', null],
    ['a.ts', 'module', null],
  ] as const)('%s with type %s: %s', (path, type, taken) => {
    expect(takenAs({ path, type, format: null })).toBe(taken)
  })

  it.each([
    ['18.18.2', false],
    ['20.18.1', false],
    ['20.19.0', true],
    ['21.7.0', false],
    ['22.6.0', false],
    ['22.7.0', true],
    ['24.0.0', true],
    [null, false],
  ] as const)('Node %s looks into it: %s', (node, looks) => {
    expect(detectsFormat(node)).toBe(looks)
  })
})
