import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isTypeScript, stripsTypes, tsxArguments } from '../../src/launch/typescript.ts'

describe('TypeScript', () => {
  it.each([
    ['server.ts', true],
    ['server.mts', true],
    ['server.cts', true],
    ['server.tsx', true],
    ['SERVER.TS', true],
    ['server.js', false],
    ['server.mjs', false],
    ['ts', false],
    ['dist.ts/server.js', false],
  ])('%s: %s', (file, is) => {
    expect(isTypeScript(file)).toBe(is)
  })

  it.each([
    ['20.19.0', false],
    ['v22.17.1', false],
    ['22.18.0', true],
    ['v22.20.0', true],
    ['23.5.0', false],
    ['23.6.0', true],
    ['24.0.0', true],
    ['v26.1.0', true],
    ['', false],
  ])('is run by Node %s itself: %s', (version, does) => {
    expect(stripsTypes(version)).toBe(does)
  })
})

describe('tsx', () => {
  let dir: string
  beforeEach(() => {
    dir = realpathSync(mkdtempSync(join(tmpdir(), 'jarvis-tsx-')))
  })
  afterEach(() => rmSync(dir, { recursive: true }))

  it('is loaded from where the script would find it', () => {
    const tsx = join(dir, 'node_modules/tsx')
    mkdirSync(join(dir, 'src'))
    mkdirSync(tsx, { recursive: true })
    writeFileSync(join(tsx, 'package.json'), '{ "name": "tsx", "main": "./loader.mjs" }')
    writeFileSync(join(tsx, 'loader.mjs'), '')
    expect(tsxArguments(join(dir, 'src/server.ts'))).toEqual(['--import', pathToFileURL(join(tsx, 'loader.mjs')).href])
  })

  it('need not be installed', () => {
    expect(tsxArguments(join(dir, 'server.ts'))).toBeUndefined()
  })
})
