import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ask, type Reply } from '../../../src/doctor/gather/question.ts'

/** Asks a server of this process that answers with these pieces, and then does what it is told. */
const answeredBy = async (pieces: readonly string[], then: (socket: Socket) => void = (socket) => socket.end()): Promise<Reply> => {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => {
      for (const piece of pieces) socket.write(piece)
      then(socket)
    })
    onTestFinished(() => void socket.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  return ask({ host: '127.0.0.1', port, path: '/', timeoutMs: 5000 })
}

const chunked = 'HTTP/1.1 500 Oops\r\nTransfer-Encoding: chunked\r\n\r\n'

describe('what is shown of a body', () => {
  it.each<[string, readonly string[], string | null]>([
    ['in chunks', [`${chunked}5\r\nhello\r\n7\r\n, world\r\n0\r\n\r\n`], 'hello, world'],
    ['in chunks with extensions and a trailer', [`${chunked}5;a=b\r\nhello\r\n0\r\nx: y\r\n\r\n`], 'hello'],
    ['in chunks, by another case', ['HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n'], '0123456789'],
    ['cut in a chunk', [`${chunked}5\r\nhello\r\nff\r\n, wor`], 'hello, wor'],
    ['cut in a size', [`${chunked}5\r\nhello\r\n1`], 'hello'],
    ['cut before the first size is whole', [`${chunked}5`], null],
    ['in chunks that are none', [`${chunked}<html>\r\n`], null],
    ['of a length', ['HTTP/1.1 500 Oops\r\nContent-Length: 5\r\n\r\nhello'], 'hello'],
    ['until the end', ['HTTP/1.1 500 Oops\r\n\r\n5\r\nhello'], '5\r\nhello'],
    ['that is none', ['HTTP/1.1 204 No Content\r\n\r\n'], null],
  ])('%s is what a client would read', async (_name, pieces, head) => {
    expect(await answeredBy(pieces)).toMatchObject({ outcome: 'answered', head })
  })

  it('in chunks is never more than its beginning, without sizes', async () => {
    const { head } = await answeredBy([chunked, ...Array.from({ length: 20_000 }, () => '4\r\nword\r\n')])
    expect(head).toBe('word'.repeat(150))
  })

  it('that does not end is what came of it', async () => {
    const reply = await answeredBy([`${chunked}5\r\nhello\r\n`], (socket) => setTimeout(() => socket.write('5\r\nagain\r\n'), 50))
    expect(reply).toMatchObject({ outcome: 'answered', status: 500, head: 'helloagain' })
  })

  it('has no secrets', async () => {
    const { head } = await answeredBy([`${chunked}20\r\n{"authorization":"Bearer abcdef0\r\n4\r\n12"}\r\n0\r\n\r\n`])
    expect(head).not.toContain('abcdef0')
  })
})

describe('a question', () => {
  it('names its host as a URL does', async () => {
    let asked = ''
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', (text) => {
        asked = String(text)
        socket.end('HTTP/1.1 200 OK\r\n\r\n')
      })
    }).listen(0, '::1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    await ask({ host: '::1', port, path: '/api?x=1', headers: { 'x-own': 'yes' }, timeoutMs: 5000 })
    expect(asked).toBe(`GET /api?x=1 HTTP/1.1\r\nhost: [::1]:${port}\r\naccept: */*\r\nconnection: close\r\nx-own: yes\r\n\r\n`)
  })
})
