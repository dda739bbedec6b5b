import { once } from 'node:events'
import { renameSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { tcpProbe } from '../../src/health/tcp.ts'
import { createTemp } from '../helpers/temp.ts'

const signal = (): AbortSignal => new AbortController().signal

const listening = async (host: string) => {
  const server = createServer()
  server.listen(0, host)
  await once(server, 'listening')
  return { server, target: { host, port: (server.address() as AddressInfo).port } }
}

describe('a connection', () => {
  it('that is accepted passes, though nobody says a word, and is closed again', async () => {
    const { server, target } = await listening('127.0.0.1')
    const accepted = once(server, 'connection') as Promise<[Socket]>
    expect(await tcpProbe(target, signal())).toEqual({ ok: true })
    const [socket] = await accepted
    socket.resume()
    await once(socket, 'close')
    server.close()
    await once(server, 'close')
  })

  it('that is refused is told as that', async () => {
    const { server, target } = await listening('127.0.0.1')
    server.close()
    await once(server, 'close')
    expect(await tcpProbe(target, signal())).toEqual({
      ok: false,
      stage: 'refused',
      reason: `connection to 127.0.0.1:${target.port} refused`,
    })
  })

  it.skipIf(process.platform === 'win32')(
    'to a socket passes where somebody listens, and is refused where nobody does, or nothing is',
    async () => {
      using temp = createTemp()
      const target = { host: 'localhost', port: 0, socketPath: join(temp.dir, 'a.sock') }
      const refused = { ok: false, stage: 'refused', reason: `connection to ${target.socketPath} refused` }
      expect(await tcpProbe(target, signal())).toEqual(refused)
      const server = createServer((socket) => socket.end()).listen(target.socketPath)
      await once(server, 'listening')
      expect(await tcpProbe(target, signal())).toEqual({ ok: true })
      // a server that is killed leaves its file
      renameSync(target.socketPath, `${target.socketPath}.left`)
      server.close()
      await once(server, 'close')
      renameSync(`${target.socketPath}.left`, target.socketPath)
      expect(await tcpProbe(target, signal())).toEqual(refused)
    },
  )

  it('to a name that is none is told with its error', async () => {
    const result = await tcpProbe({ host: 'no.such.name.invalid', port: 80 }, signal())
    expect(result).toMatchObject({ ok: false, stage: 'other', reason: expect.stringContaining('no.such.name.invalid:80') })
  })

  it('is given up when it is told to', async () => {
    expect(await tcpProbe({ host: '127.0.0.1', port: 9 }, AbortSignal.abort())).toMatchObject({ ok: false })
  })
})
