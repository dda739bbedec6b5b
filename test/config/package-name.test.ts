import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { packageName } from '../../src/config/package-name.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'jarvis-package-'))
  mkdirSync(join(dir, 'src/deep'), { recursive: true })
})
afterEach(() => rmSync(dir, { recursive: true }))

describe('the name of a package', () => {
  it.each([
    ['{ "name": "my-jarvis" }', 'my-jarvis'],
    ['{ "name": "@acme/my-jarvis" }', 'my-jarvis'],
    ['{ "name": "" }', undefined],
    ['{ "name": 7 }', undefined],
    ['{}', undefined],
    ['{ torn', undefined],
  ])('of %s is %s', (text, name) => {
    writeFileSync(join(dir, 'package.json'), text)
    expect(packageName(dir)).toBe(name)
  })

  it('is that of the nearest one above', () => {
    writeFileSync(join(dir, 'package.json'), '{ "name": "outer" }')
    expect(packageName(join(dir, 'src/deep'))).toBe('outer')
    writeFileSync(join(dir, 'src/package.json'), '{ "name": "inner" }')
    expect(packageName(join(dir, 'src/deep'))).toBe('inner')
  })
})
