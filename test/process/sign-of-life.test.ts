import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { signOfLifeFor } from '../../src/process/sign-of-life.ts'

const serving = `require('net').createServer((socket) => socket.write('hello')).listen(0, '127.0.0.1', function () { console.log(this.address().port) })`

describe.runIf(process.platform === 'linux')('a process on Linux', () => {
  const sign = signOfLifeFor('linux')

  it.each(['SIGKILL', 'SIGTERM', 'SIGABRT'] as const)(
    'has begun to end before anybody sees its connections closed (%s)',
    async (signal) => {
      const child = spawn(process.execPath, ['-e', serving], { stdio: ['ignore', 'pipe', 'ignore'] })
      const exited = once(child, 'exit')
      try {
        const [port] = (await once(child.stdout, 'data')) as [Buffer]
        const socket = connect(Number(port.toString()), '127.0.0.1')
        await once(socket, 'data')
        expect(sign(child.pid!)).toBe('there')
        child.kill(signal)
        await once(socket, 'end')
        // while some of its threads are still there, nobody can tell
        expect(sign(child.pid!)).not.toBe('there')
      } finally {
        child.kill('SIGKILL')
        await exited
      }
      expect(sign(child.pid!)).toBe('gone')
    },
  )
})

it.each(['darwin', 'win32', 'freebsd'] as const)('nobody can tell on %s', (platform) => {
  expect(signOfLifeFor(platform)(process.pid)).toBeUndefined()
})
