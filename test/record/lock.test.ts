import { execFile } from 'node:child_process'
import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { ProcessIdentity } from '../../src/process/identity.ts'
import { withLock } from '../../src/record/lock.ts'
import { createTemp } from '../helpers/temp.ts'

const self: ProcessIdentity = { pid: 70, startTime: '1', bootId: 'a boot' }
const other: ProcessIdentity = { pid: 71, startTime: '2', bootId: 'a boot' }
const nobodyLives = (): boolean => false
const everybodyLives = (): boolean => true

/** A promise and its key. */
const gate = (): { opened: Promise<void>; open: () => void } => {
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { opened, open }
}

describe.skipIf(process.platform === 'win32')('a lock', () => {
  it('is held by one at a time, however many ask', async () => {
    using temp = createTemp()
    const path = join(temp.dir, 'lock')
    let inside = 0
    let most = 0
    const work = async (): Promise<void> => {
      inside += 1
      most = Math.max(most, inside)
      await new Promise((resolve) => setImmediate(resolve))
      inside -= 1
    }
    await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        withLock({ path, self: { ...self, pid: 100 + i }, platform: 'linux', isAlive: everybodyLives }, work),
      ),
    )
    expect(most).toBe(1)
    expect(readdirSync(temp.dir)).toEqual([])
  })

  it('is given back when the work fails', async () => {
    using temp = createTemp()
    const path = join(temp.dir, 'lock')
    const failing = withLock({ path, self, platform: 'linux', isAlive: everybodyLives }, async () => {
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(readdirSync(temp.dir)).toEqual([])
  })

  it('says who holds it, and is waited for while they live', async () => {
    using temp = createTemp()
    const path = join(temp.dir, 'lock')
    const { opened, open } = gate()
    const first = withLock({ path, self, platform: 'linux', isAlive: everybodyLives }, () => opened)
    const asked: ProcessIdentity[] = []
    const isAlive = (holder: ProcessIdentity): boolean => {
      asked.push(holder)
      if (asked.length === 3) open()
      return true
    }
    await withLock({ path, self: other, platform: 'linux', isAlive }, async () => {})
    await first
    expect(asked[0]).toEqual(self)
  })

  it('of a dead process is broken', async () => {
    using temp = createTemp()
    const path = join(temp.dir, 'lock')
    symlinkSync('71 2 a%20boot', path)
    expect(await withLock({ path, self, platform: 'linux', isAlive: nobodyLives }, async () => 'done')).toBe('done')
    expect(readdirSync(temp.dir)).toEqual([])
  })

  it.each([
    ['a file', ['canary'], (temp: ReturnType<typeof createTemp>) => void temp.file('lock', '')],
    ['a folder, which stays aside', ['canary', 'lock.70'], (temp: ReturnType<typeof createTemp>) => mkdirSync(join(temp.dir, 'lock'))],
    [
      'a link to somewhere',
      ['canary'],
      (temp: ReturnType<typeof createTemp>) => symlinkSync(temp.file('canary', 'alive'), join(temp.dir, 'lock')),
    ],
  ])('is not hindered by %s in its place', async (_what, left, put) => {
    using temp = createTemp()
    const canary = temp.file('canary', 'alive')
    put(temp)
    expect(await withLock({ path: join(temp.dir, 'lock'), self, platform: 'linux', isAlive: everybodyLives }, async () => 'done')).toBe(
      'done',
    )
    expect(readFileSync(canary, 'utf8')).toBe('alive')
    expect(readdirSync(temp.dir)).toEqual(left)
  })

  it('that is not given back in time is an error that names its holder', async () => {
    using temp = createTemp()
    const path = join(temp.dir, 'lock')
    symlinkSync('71 2 a%20boot', path)
    const waiting = withLock({ path, self, platform: 'linux', isAlive: everybodyLives, waitMs: 20 }, async () => {})
    await expect(waiting).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_STATE_DIR', message: expect.stringContaining('process 71') }),
    )
    expect(lstatSync(path).isSymbolicLink()).toBe(true)
  })

  it('is none on Windows', async () => {
    using temp = createTemp()
    await withLock({ path: join(temp.dir, 'lock'), self, platform: 'win32', isAlive: everybodyLives }, async () => {
      expect(readdirSync(temp.dir)).toEqual([])
    })
  })
})

it.skipIf(process.platform === 'win32')('is held by one at a time, however many find that its holder is dead', async () => {
  using temp = createTemp()
  const script = temp.file(
    'contender.mts',
    `import { appendFileSync, symlinkSync } from 'node:fs'
     import { withLock } from ${JSON.stringify(resolve('src/record/lock.ts'))}
     const path = ${JSON.stringify(join(temp.dir, 'lock'))}
     const log = ${JSON.stringify(join(temp.dir, 'log'))}
     const isAlive = ({ startTime }) => startTime === 'alive'
     const self = { pid: process.pid, startTime: 'alive', bootId: 'b' }
     for (let n = 0; n < 150; n += 1) {
       // somebody who died with it in his hands
       try { symlinkSync('1 dead b', path) } catch {}
       await withLock({ path, self, platform: 'linux', isAlive }, async () => {
         appendFileSync(log, '+')
         if (n % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
         appendFileSync(log, '-')
       })
     }`,
  )
  const run = promisify(execFile)
  await Promise.all(Array.from({ length: 4 }, () => run(process.execPath, ['--import', 'tsx', script], { timeout: 14_000 })))
  expect(readFileSync(join(temp.dir, 'log'), 'utf8')).toBe('+-'.repeat(600))
  expect(readdirSync(temp.dir).sort()).toEqual(['contender.mts', 'log'])
})
