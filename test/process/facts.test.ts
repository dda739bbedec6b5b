import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { userInfo } from 'node:os'
import { expect, test } from 'vitest'
import { processFactsFor } from '../../src/process/facts.ts'
import { processTableFor } from '../../src/process/process-table.ts'

const facts = processFactsFor('linux')
const table = processTableFor('linux')

test('a process that was just started was started just now, as exactly as the system knows its boot: to a second', async () => {
  const before = Date.now()
  const child = spawn('sleep', ['60'])
  await once(child, 'spawn')
  const after = Date.now()
  const startedAt = facts.startedAt(table.identify(child.pid!)!)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(startedAt).toBeGreaterThan(before - 1100)
  expect(startedAt).toBeLessThan(after + 1100)
})

test('a process runs as the user that it runs as', () => {
  expect(facts.userOf(process.pid)).toBe(userInfo().username)
})

test.runIf(process.getuid?.() === 0)('a user without a name has none', async () => {
  const child = spawn('sleep', ['60'], { uid: 54_321 })
  await once(child, 'spawn')
  const user = facts.userOf(child.pid!)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(user).toBeNull()
})

test('of a process that is gone, and where nothing can be read, nothing is said', () => {
  const nobody = { pid: 2 ** 22 + 1, startTime: '', bootId: '', ppid: 0, pgid: 0, state: '', name: '' }
  expect(facts.userOf(nobody.pid)).toBeNull()
  expect(facts.startedAt(nobody)).toBeNull()
  const elsewhere = processFactsFor('win32')
  expect([elsewhere.userOf(process.pid), elsewhere.startedAt(table.identify(process.pid)!)]).toEqual([null, null])
})
