import { spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { Budget, descriptorsOf } from '../../../src/doctor/look/descriptors.ts'
import { headInTime, linkNow, showLines, textNow } from '../../../src/doctor/look/proc-files.ts'
import { createTemp } from '../../helpers/temp.ts'
import { createWorld } from '../../process/world.ts'
import { listens } from './scene.ts'

it('what does not show itself is given up in time', async () => {
  using temp = createTemp()
  const pipe = join(temp.dir, 'pipe')
  expect(spawnSync('mkfifo', [pipe]).status).toBe(0)
  const began = performance.now()
  expect(await headInTime(pipe, 10)).toBeUndefined()
  expect(performance.now() - began).toBeLessThan(5000)
  // lets the one that waits for a writer go
  closeSync(openSync(pipe, 'w'))
})

it('a head is no longer than was asked for', async () => {
  using temp = createTemp()
  expect((await headInTime(temp.file('a', 'abcdef'), 4))?.toString()).toBe('abcd')
  expect((await headInTime(temp.file('b', 'ab'), 4))?.toString()).toBe('ab')
})

it('what is not there is nothing', async () => {
  using temp = createTemp()
  const path = join(temp.dir, 'gone')
  expect([textNow(path), linkNow(path), await headInTime(path, 10), await showLines(path, () => {})]).toEqual(['', '', undefined, false])
})

it('a long table is shown in whole lines, once each', async () => {
  using temp = createTemp()
  const lines = Array.from({ length: 10_000 }, (_, index) => `line ${index}`)
  const shown: string[] = []
  expect(
    await showLines(temp.file('table', lines.join('\n')), (piece) => shown.push(...piece.split('\n').filter((line) => line !== ''))),
  ).toBe(true)
  expect(shown).toEqual(lines)
})

it('of a table that is too long, some is shown, and that it is not all', async () => {
  using temp = createTemp()
  let shown = 0
  const count = (piece: string): void => {
    shown += piece.length
  }
  const path = temp.file('table', 'line\n'.repeat(100_000))
  expect(await showLines(path, count, 50_000)).toBe(false)
  expect(shown).toBeGreaterThan(0)
  expect(shown).toBeLessThan(100_000)
})

it('descriptors are all counted, and read as far as there is time', async () => {
  await using world = createWorld()
  const { pid } = await world.node(listens('127.0.0.1'))
  const all = await descriptorsOf(pid, new Budget())
  expect(all?.whole).toBe(true)
  expect(all?.sockets.size).toBeGreaterThan(0)
  const some = await descriptorsOf(pid, new Budget(1))
  expect(some).toMatchObject({ open: all?.open, whole: false, sockets: new Map() })
})
