import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { preload } from '../../src/launch/fork.ts'
import { listeningReport } from '../../src/launch/report.ts'
import { createTemp } from '../helpers/temp.ts'

/** What a forked script that listens says of it. */
const reported = async (listen: string, dir: string) => {
  using temp = createTemp()
  const file = temp.file(
    'script.cjs',
    `require('node:net').createServer().listen(${listen}); process.once('disconnect', () => process.exit())`,
  )
  const child = fork(file, { cwd: dir, execArgv: ['--require', preload()], stdio: 'ignore' })
  const exited = once(child, 'exit')
  const [message] = await once(child, 'message')
  child.disconnect()
  await exited
  const report = listeningReport(message)
  return { ...report, isOfChild: report?.pid === child.pid }
}

describe('a forked script says that it listens', () => {
  it('on a port', async () => {
    using temp = createTemp()
    expect(await reported(`0, '127.0.0.1'`, temp.dir)).toMatchObject({ isOfChild: true, address: '127.0.0.1', port: expect.any(Number) })
  })

  it('on a socket, by its path and the port 0', async () => {
    using temp = createTemp()
    const path = join(temp.dir, 'a.sock')
    expect(await reported(JSON.stringify(path), temp.dir)).toMatchObject({ isOfChild: true, address: path, port: 0 })
  })
})

describe('messages of the script itself', () => {
  it.each([null, 'ready', {}, { 'jarvis-supervise': {} }, { 'jarvis-supervise': { listening: { pid: 1, address: 5, port: 0 } } }])(
    '%j is one of them',
    (message) => {
      expect(listeningReport(message)).toBeUndefined()
    },
  )
})
