import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { tcpProbe } from '../../src/health/tcp.ts'

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

  it('to a name that is none is told with its error', async () => {
    const result = await tcpProbe({ host: 'no.such.name.invalid', port: 80 }, signal())
    expect(result).toMatchObject({ ok: false, stage: 'other', reason: expect.stringContaining('no.such.name.invalid:80') })
  })

  it('is given up when it is told to', async () => {
    expect(await tcpProbe({ host: '127.0.0.1', port: 9 }, AbortSignal.abort())).toMatchObject({ ok: false })
  })
})
