import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { holdersOf } from '../../src/ports/holders.ts'
import { parseNetstat } from '../../src/ports/netstat.ts'

/**
 * Head and connections: https://github.com/billfeller/billfeller.github.io/issues/174. The listeners are ours: states in
 * the words of several languages, one in an encoding that is not UTF-8, and one that has a space.
 */
const recorded = `
活动连接

  协议  本地地址                外部地址              状态             PID
  TCP    127.0.0.1:8411         127.0.0.1:58296        TIME_WAIT       0
  TCP    127.0.0.1:8411         127.0.0.1:58298        TIME_WAIT       0
  TCP    0.0.0.0:135            0.0.0.0:0              LISTENING       1012
  TCP    127.0.0.1:3100         0.0.0.0:0              ABH\uFFFDREN       8812
`
const recorded6 = `
Conexiones activas

  Proto  Dirección local        Dirección remota       Estado          PID
  TCP    [::]:135               [::]:0                 ESCUCHANDO      1012
  TCP    [::1]:3100             [::]:0                 À l'écoute      8812
  TCP    [fe80::1c2b:3a4d%12]:139 [::]:0               LISTENING       4
  TCP    [::1]:49670            [::1]:3100             ESTABLISHED     7000
`.replaceAll('\n', '\r\n')

const shown = (text: string) =>
  parseNetstat(text).map((listener) => [listener.family, listener.address, listener.port, ...holdersOf(listener)])

describe('the listeners of Windows', () => {
  it('of IPv4 are those with nobody at the other end, whatever that is called', () => {
    expect(shown(recorded)).toEqual([
      ['ipv4', '0.0.0.0', 135, 1012],
      ['ipv4', '127.0.0.1', 3100, 8812],
    ])
  })

  it('of IPv6 are plain addresses, without their zone', () => {
    expect(shown(recorded6)).toEqual([
      ['ipv6', '::', 135, 1012],
      ['ipv6', '::1', 3100, 8812],
      ['ipv6', 'fe80::1c2b:3a4d', 139, 4],
    ])
  })

  it('are read in the words of a German Windows', () => {
    // https://github.com/raycast/extensions/pull/30682
    expect(shown('TCP    0.0.0.0:8080    0.0.0.0:0    ABHÖREN    42852')).toEqual([['ipv4', '0.0.0.0', 8080, 42_852]])
  })

  it('are sockets of their own, each of which one process holds', () => {
    const [first, second] = parseNetstat('  TCP 0.0.0.0:80 0.0.0.0:0 LISTENING 4\n  TCP 0.0.0.0:80 0.0.0.0:0 LISTENING 5\n')
    expect(first?.socket).not.toBe(second?.socket)
  })

  it.each([
    ['UDP', '  UDP    0.0.0.0:5353           *:*                                    1234'],
    ['a row without a pid', '  TCP    0.0.0.0:135            0.0.0.0:0              LISTENING'],
    ['a peer on port 0', '  TCP    10.0.0.1:135           10.0.0.2:0             ESTABLISHED     5'],
    ['names', '  TCP    0.0.0.0:135            orion:0                LISTENING       5'],
    ['nothing', ''],
  ])('are none in %s', (_, text) => {
    expect(parseNetstat(text)).toEqual([])
  })

  it('never make it throw', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseNetstat(`  TCP ${text}:1 0.0.0.0:0 ${text} 5`)))
  })
})
