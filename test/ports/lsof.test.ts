import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { holdersOf } from '../../src/ports/holders.ts'
import { parseLsof, parseLsofUnix } from '../../src/ports/lsof.ts'

/**
 * Two listeners and a connection of https://github.com/mostafa-wahied/portracker/issues/5 (macOS 14), written as
 * `lsof -F` writes them (lsof(8), OUTPUT FOR OTHER PROGRAMS; the order is that of lsof 4.95).
 */
const recorded = `p56079
f21
tIPv6
d0x82a93244c5435ea6
n*:4211
TST=LISTEN
TQR=0
TQS=0
f47
tIPv6
d0xe8d5d489f5d47b2d
n[::1]:4211->[::1]:55932
TST=ESTABLISHED
TQR=0
TQS=0
p66450
f18
tIPv6
d0xa347e026f2770238
n*:4302
TST=LISTEN
TQR=0
TQS=0
`

const listening = (type: string, name: string, device = 'd0x1\n') => `p7\nf3\nt${type}\n${device}n${name}\nTST=LISTEN\n`
const place = (type: string, name: string) => {
  const [{ family, address, port } = {}] = parseLsof(listening(type, name))
  return { family, address, port }
}

/** Written after lsof(8) and what its manual says of Unix sockets on Darwin; never recorded there. */
const unix = `p412
f5
tunix
d0x1f2e3d4c5b6a7988
n/Users/ada/Library/Application Support/jarvis-supervise/0abc.sock
f9
tunix
d0x2222222222222222
n/Users/ada/Library/Application Support/jarvis-supervise/0abc.sock
f10
tunix
d0x3333333333333333
n->0x2222222222222222
p413
f5
tunix
d0x1f2e3d4c5b6a7988
n/Users/ada/Library/Application Support/jarvis-supervise/0abc.sock
f6
tIPv4
d0x4444444444444444
n127.0.0.1:80
TST=LISTEN
`

describe('the Unix sockets of macOS', () => {
  const path = '/Users/ada/Library/Application Support/jarvis-supervise/0abc.sock'

  it('are those with a path, with who has them open; whoever has connected has none', () => {
    expect(parseLsofUnix(unix)).toEqual([
      { family: 'unix', address: path, port: 0, socket: '412,413 0x1f2e3d4c5b6a7988', acceptQueue: -1 },
      { family: 'unix', address: path, port: 0, socket: '412 0x2222222222222222', acceptQueue: -1 },
    ])
  })

  it('are no listeners on ports', () => {
    expect(parseLsof(unix)).toMatchObject([{ family: 'ipv4', port: 80 }])
  })
})

describe('the listeners of macOS', () => {
  it('are read with who has them open', () => {
    expect(parseLsof(recorded)).toEqual([
      { family: 'ipv6', address: '::', port: 4211, socket: '56079 0x82a93244c5435ea6', acceptQueue: -1 },
      { family: 'ipv6', address: '::', port: 4302, socket: '66450 0xa347e026f2770238', acceptQueue: -1 },
    ])
  })

  it.each([
    ['IPv4', '*:8080', 'ipv4', '0.0.0.0'],
    ['IPv6', '*:8080', 'ipv6', '::'],
    ['IPv4', '127.0.0.1:8080', 'ipv4', '127.0.0.1'],
    ['IPv6', '[::1]:8080', 'ipv6', '::1'],
    ['IPv6', '[fe80:4::aede:48ff:fe00:1122]:8080', 'ipv6', 'fe80:4::aede:48ff:fe00:1122'],
    ['IPv6', '127.0.0.1:8080', 'ipv6', '::ffff:127.0.0.1'],
  ])('are where they say: %s %s', (type, name, family, address) => {
    expect(place(type, name)).toEqual({ family, address, port: 8080 })
  })

  it.each([
    ['a connection', recorded.replaceAll('LISTEN', 'ESTABLISHED')],
    ['what has no port', listening('IPv4', '*:*')],
    ['what has a name for a port', listening('IPv4', '*:http-alt')],
    ['what is no address', listening('unix', '/tmp/a:1')],
    ['half a file', 'p7\nf3\ntIPv4\nd0x1\nn*:80'],
    ['nothing', ''],
  ])('are none in %s', (_, text) => {
    expect(parseLsof(text)).toEqual([])
  })

  it('are one where several have inherited it, and two where several have opened one each', () => {
    const inherited = 'p7\nf3\ntIPv4\nd0x1\nn*:80\nTST=LISTEN\np8\nf5\ntIPv4\nd0x1\nn*:80\nTST=LISTEN\nf6\ntIPv4\nd0x1\nn*:80\nTST=LISTEN\n'
    expect(parseLsof(inherited).map(holdersOf)).toEqual([[7, 8]])
    expect(parseLsof(inherited.replace('d0x1', 'd0x2')).map(holdersOf)).toEqual([[7], [8]])
  })

  it('are told apart where the kernel hides its addresses', () => {
    const hidden = listening('IPv4', '*:80', '') + listening('IPv4', '*:80', '').replace('f3', 'f4')
    expect(parseLsof(hidden).map(({ socket }) => socket)).toEqual(['7 7/3', '7 7/4'])
  })

  it('never make it throw', () => {
    const field = fc.tuple(fc.constantFrom('p', 'f', 't', 'd', 'n', 'T', ''), fc.string()).map((parts) => parts.join(''))
    fc.assert(fc.property(fc.array(field), (lines) => void parseLsof(lines.join('\n'))))
  })
})

it('a socket of another reader names no holders', () => {
  expect(['', '12345', 'x y'].map((socket) => holdersOf({ socket }))).toEqual([[], [], []])
})
