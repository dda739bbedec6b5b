import { expect, test } from 'vitest'
import { ask } from '../helpers/ports.ts'
import { createScene } from '../helpers/supervised.ts'

test('a backend that takes more memory than it may is restarted, with the figures, and after a graceful end', async () => {
  await using scene = createScene()
  const { supervisor, next } = scene.supervise('grows', { limits: { maxMemoryMb: 200 } })
  const { url, pid } = await supervisor.start()
  await ask(`${url}/grow/250`)
  const over = await next('state', ({ to }) => to === 'stopping')
  expect(over).toMatchObject({ cause: 'over limit', detail: expect.stringMatching(/^uses (\d+) MB of memory, limits.maxMemoryMb is 200$/) })
  expect(Number(/\d+/.exec(over.detail!)?.[0])).toBeGreaterThan(250)
  expect(await next('exit')).toMatchObject({ pid, signal: 'SIGTERM', requested: true })
  expect((await next('ready')).pid).not.toBe(pid)
})

test('what its children take counts, too', async () => {
  await using scene = createScene()
  const grandchild = 'const held = Buffer.alloc(250 * 1024 * 1024, 1); setInterval(() => held.length, 1000)'
  const command = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(grandchild)}]); setInterval(() => {}, 1000)`
  const options = { name: 'parent', command: process.execPath, args: ['-e', command], port: false as const, limits: { maxMemoryMb: 200 } }
  const { supervisor, next } = scene.supervise(options)
  await supervisor.start()
  expect(await next('state', ({ to }) => to === 'stopping')).toMatchObject({ cause: 'over limit' })
})
