/** Rules about the script that is the backend. Pure. */
import { detectsFormat, takenAs } from './module-format.ts'
import { asarUnpack, type Rule } from './rule.ts'

const missing: Rule = ({ app, entry, whole, unreadable }) => {
  if (entry === null || entry.found !== null || !whole || unreadable !== null) return []
  return [
    {
      code: 'ENTRY_MISSING',
      severity: 'fail',
      fact: `The backend ${entry.name} is neither in ${app}, nor beside it, nor among the extra resources.`,
      hint: `Build before packaging, and add it to the files that are packaged: as extraResources, or in the app with ${asarUnpack(`**/${entry.name}`)}.`,
      paths: [entry.name],
    },
  ]
}

const onlyPacked: Rule = ({ entry }) => {
  if (entry?.found?.place !== 'packed') return []
  const { path, inner } = entry.found
  return [
    {
      code: 'ENTRY_MISSING',
      severity: 'warn',
      fact: `The backend ${path} lies only in the archive: no plain Node can read it there, only Electron's own fork and utilityProcess.`,
      hint: `Start it with utilityProcess, or package it with ${asarUnpack(`**/${inner}`)} or as extraResources, and start it from there.`,
      paths: [path],
    },
  ]
}

const typeScript: Rule = ({ entry }) => {
  const path = entry?.found?.path ?? ''
  if (!/\.[cm]?tsx?$/.test(path)) return []
  return [
    {
      code: 'TYPESCRIPT_ENTRY',
      severity: 'fail',
      fact: `The backend ${path} is TypeScript, which a packaged app has nothing to run with.`,
      hint: 'Compile it, and package and start the JavaScript.',
      paths: [path],
    },
  ]
}

const words = { esm: 'an ES module', commonjs: 'CommonJS' }
const extension = { esm: '.mjs', commonjs: '.cjs' }
const typeWord = { esm: 'module', commonjs: 'commonjs' }

const format: Rule = ({ entry, electron }) => {
  const found = entry?.found
  if (found?.format == null) return []
  const taken = takenAs(found)
  if (taken === null || taken === found.format) return []
  const { path } = found
  const isOpen = /\.js$/.test(path) && found.type === 'none'
  const detected = isOpen && (electron.node === null || detectsFormat(electron.node))
  const why = !/\.js$/.test(path)
    ? 'its extension'
    : found.type === 'none'
      ? 'no package.json beside or above it saying otherwise'
      : `"type": "${found.type}" in its package.json`
  const reads = detected ? 'Node before 20.19 and 22.7 reads' : 'Node reads'
  const type = `a package.json with "type": "${typeWord[found.format]}" beside it`
  return [
    {
      code: 'MODULE_FORMAT_MISMATCH',
      severity: detected ? 'warn' : 'fail',
      fact: `The backend ${path} is ${words[found.format]}, and ${reads} it as ${words[taken]}, with ${why}.`,
      hint: /\.js$/.test(path) ? `Package ${type}, or name it ${extension[found.format]}.` : `Name it ${extension[found.format]}.`,
      paths: [path],
    },
  ]
}

export const entryRules: readonly Rule[] = [missing, onlyPacked, typeScript, format]
