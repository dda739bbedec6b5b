/** Looks at what an app says of itself: its package.json, its main script, what these ask for. */
import { join } from 'node:path'
import {
  type Desk,
  fieldOf,
  hasInApp,
  inApp,
  inModulesOnDisk,
  inPackedModules,
  isBrought,
  mostJson,
  parsed,
  scriptBytes,
  slashed,
} from './desk.ts'
import { importsOfScript } from './module-format.ts'
import type { SeenManifest } from './seen.ts'
import { shown } from './shown.ts'

const mainCandidates = (main: string): string[] => {
  const plain = slashed(main)
    .replace(/^(?:\.?\/)+/, '')
    .replace(/\/+$/, '')
  return plain === '' || plain === '.'
    ? ['index.js']
    : [plain, `${plain}.js`, `${plain}.json`, `${plain}.node`, `${plain}/index.js`, 'index.js']
}

const mostDependencies = 2000

export interface Main {
  readonly manifest: SeenManifest | null
  readonly json: unknown
  /** Path and text of the main script; null: it was not found. */
  readonly script: { readonly inner: string; readonly text: string } | null
}

export const readMain = (desk: Desk): Main => {
  const bytes = inApp(desk, 'package.json', mostJson)
  if (bytes === undefined) return { manifest: null, json: undefined, script: null }
  const json = parsed(bytes)
  if (typeof json !== 'object' || json === null) {
    return { manifest: { main: null, mainFound: false, dependencies: [], missingImports: [] }, json, script: null }
  }
  const named = fieldOf(json, 'main')
  const main = typeof named === 'string' && named !== '' ? named : 'index.js'
  const inner = mainCandidates(main).find((candidate) => hasInApp(desk, candidate))
  const text = inner === undefined ? '' : (inApp(desk, inner, scriptBytes) ?? Buffer.alloc(0)).toString('utf8')
  const own = fieldOf(json, 'name')
  const installed = (name: string, from: string): boolean =>
    inPackedModules(desk, from, name) || inModulesOnDisk(desk, join(desk.beside, from), name)
  const declared = Object.keys((fieldOf(json, 'dependencies') as object | undefined) ?? {}).slice(0, mostDependencies)
  return {
    json,
    manifest: {
      main: shown(main),
      mainFound: inner !== undefined,
      dependencies: declared.map((name) => ({ name: shown(name), installed: installed(name, 'package.json') })),
      missingImports: importsOfScript(text).filter((name) => !isBrought(name) && name !== own && !installed(name, inner ?? 'package.json')),
    },
    script: inner === undefined ? null : { inner, text },
  }
}
