import { chmodSync, chownSync, mkdirSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ensurePrivateFolder } from '../../src/record/private-folder.ts'
import { createTemp } from '../helpers/temp.ts'

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8)
const refusal = (message: RegExp) =>
  expect.objectContaining({ code: 'ERR_STATE_DIR', message: expect.stringMatching(message), hint: expect.stringMatching(/--state-dir/) })

describe.skipIf(process.platform === 'win32')('a private folder', () => {
  it('is made with those above it, for this user alone, whatever the umask', () => {
    using temp = createTemp()
    const before = process.umask(0)
    try {
      ensurePrivateFolder(join(temp.dir, 'a/b'))
    } finally {
      process.umask(before)
    }
    expect(modeOf(join(temp.dir, 'a/b'))).toBe('700')
  })

  it.each([0o755, 0o750, 0o701, 0o500])('that is merely too open (%o) is tightened', (mode) => {
    using temp = createTemp()
    const dir = join(temp.dir, 'state')
    mkdirSync(dir)
    chmodSync(dir, mode)
    ensurePrivateFolder(dir)
    expect(modeOf(dir)).toBe(mode === 0o500 ? '500' : '700')
  })

  it.each([0o777, 0o770, 0o722, 0o1777])('that others may write to (%o) is refused and left as it is', (mode) => {
    using temp = createTemp()
    const dir = join(temp.dir, 'state')
    mkdirSync(dir)
    chmodSync(dir, mode)
    expect(() => ensurePrivateFolder(dir)).toThrow(refusal(/Others may write .* \(mode 7[0-7]{2}\)/))
    expect(modeOf(dir)).toBe((mode & 0o777).toString(8))
  })

  it.skipIf(process.getuid?.() !== 0)('of another user is refused', () => {
    using temp = createTemp()
    const dir = join(temp.dir, 'state')
    mkdirSync(dir, { mode: 0o700 })
    chownSync(dir, 65_534, 65_534)
    expect(() => ensurePrivateFolder(dir)).toThrow(refusal(/belongs to another user \(uid 65534\)/))
  })

  it('that is a file is refused', () => {
    using temp = createTemp()
    expect(() => ensurePrivateFolder(temp.file('state', ''))).toThrow(refusal(/is not a folder/))
  })

  it('that cannot be made is refused with the reason', () => {
    using temp = createTemp()
    expect(() => ensurePrivateFolder(join(temp.file('file', ''), 'state'))).toThrow(refusal(/cannot be made or read \(ENOTDIR\)/))
  })

  it.skipIf(process.platform !== 'linux')('is refused at once where the system makes no folders', () => {
    for (const path of ['/proc/none', '/proc/none/below'])
      expect(() => ensurePrivateFolder(path)).toThrow(
        expect.objectContaining({ code: 'ERR_STATE_DIR', message: expect.stringContaining('ENOENT') }),
      )
  })

  it('may be reached through a link', () => {
    using temp = createTemp()
    mkdirSync(join(temp.dir, 'real'), { mode: 0o700 })
    symlinkSync('real', join(temp.dir, 'state'))
    expect(() => ensurePrivateFolder(join(temp.dir, 'state'))).not.toThrow()
  })
})
