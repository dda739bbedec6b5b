import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isSecret, keepToken, makeToken } from '../../src/gateway/token.ts'
import { createTemp } from '../helpers/temp.ts'

describe('the token of a launch', () => {
  it('is 32 bytes, and another one each time', () => {
    const tokens = Array.from({ length: 50 }, makeToken)
    expect(new Set(tokens).size).toBe(50)
    for (const token of tokens) expect(Buffer.from(token, 'base64url')).toHaveLength(32)
  })

  it('is the same or is not, whatever its length', () => {
    expect(isSecret('abc')('abc')).toBe(true)
    for (const other of ['', 'abd', 'ab', 'abcd', 'ABC', 'ü'.repeat(1000)]) expect(isSecret('abc')(other)).toBe(false)
  })

  it.skipIf(process.platform === 'win32')('lies in a file that only this user can read, whatever the umask is', () => {
    using temp = createTemp()
    const path = join(temp.dir, 'state', 'api.token')
    for (const mask of [0o000, 0o777, 0o022]) {
      const old = process.umask(mask === 0o777 ? 0o077 : mask)
      if (mask === 0o777) {
        mkdirSync(join(temp.dir, 'state'), { recursive: true })
        process.umask(mask)
      }
      keepToken(path, 'the token')
      process.umask(old)
      expect(lstatSync(path).mode & 0o7777).toBe(0o600)
      expect(lstatSync(join(temp.dir, 'state')).mode & 0o777).toBe(0o700)
      expect(readFileSync(path, 'utf8')).toBe('the token')
    }
  })

  it('takes the place of what an earlier launch has left, and goes with its own', () => {
    using temp = createTemp()
    const path = temp.file('private/api.token', 'of an earlier launch, and longer')
    const kept = keepToken(path, 'new')
    expect(readFileSync(path, 'utf8')).toBe('new')
    kept.remove()
    kept.remove()
    expect(existsSync(path)).toBe(false)
    const first = keepToken(path, 'first')
    const other = `${path}.other`
    writeFileSync(other, 'of a later launch')
    rmSync(path)
    symlinkSync(other, path)
    first.remove()
    expect(lstatSync(path).isSymbolicLink()).toBe(true)
  })

  it('is never written through a link', () => {
    using temp = createTemp()
    const canary = temp.file('canary', 'untouched')
    const path = join(temp.dir, 'private', 'api.token')
    mkdirSync(join(temp.dir, 'private'), { mode: 0o700 })
    symlinkSync(canary, path)
    keepToken(path, 'the token')
    expect(readFileSync(canary, 'utf8')).toBe('untouched')
    expect(lstatSync(path).isFile()).toBe(true)
  })

  it('is refused a place that is not private, or is taken by a folder', () => {
    using temp = createTemp()
    mkdirSync(join(temp.dir, 'open'), { mode: 0o700 })
    mkdirSync(join(temp.dir, 'open', 'api.token', 'x'), { recursive: true })
    expect(() => keepToken(join(temp.dir, 'open', 'api.token'), 'the token')).toThrow(expect.objectContaining({ code: 'ERR_STATE_DIR' }))
    expect(() => keepToken(join(temp.file('file', ''), 'api.token'), 'the token')).toThrow(
      expect.objectContaining({ code: 'ERR_STATE_DIR' }),
    )
  })
})
