import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseProcNet } from '../../src/ports/proc-net.ts'

const tcp = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     
   0: 00000000:07E8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1209 1 000000004f2e409b 100 0 0 10 0                      
   1: 0100007F:6A46 00000000:0000 0A 00000000:00000002 00:00000000 00000000  1000        0 303276 1 00000000c9d983ad 100 0 0 10 0                    
   2: 0100007F:6A46 0100007F:D2F0 01 00000000:00000000 00:00000000 00000000  1000        0 314001 1 000000004a5414fb 20 4 30 10 -1                   
   3: 0100007F:D2F0 0100007F:6A46 06 00000000:00000000 03:00000A0A 00000000     0        0 0 3 0000000000000000                                      
   4: 3500007F:0035 00000000:0000 0A 00000000:00000000 00:00000000 00000000   101        0 25001 1 0000000000000000 100 0 0 10 5                     
`

const tcp6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 31001 1 0000000000000000 100 0 0 10 0
   1: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000081 00:00000000 00000000  1000        0 31002 1 0000000000000000 100 0 0 10 0
   2: 0000000000000000FFFF00000100007F:1F91 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 31003 1 0000000000000000 100 0 0 10 0
   3: 000080FE00000000FF5D56D6FE9B64FE:0222 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 31004 1 0000000000000000 100 0 0 10 0
   4: 00000000000000000000000001000000:1F90 00000000000000000000000001000000:E000 01 00000000:00000000 00:00000000 00000000  1000        0 31005 1 0000000000000000 20 4 30 10 -1
`

/** As Linux writes bytes where the least significant comes first. */
const hexOf = (bytes: readonly number[]): string =>
  bytes.map((_, i) => bytes[(i & ~3) + 3 - (i & 3)]!.toString(16).toUpperCase().padStart(2, '0')).join('')
const rowOf = (slot: number, local: string, port: number, state: string, queue: number, inode: number): string => {
  const hex = (value: number, width: number): string => value.toString(16).toUpperCase().padStart(width, '0')
  const remote = `${'0'.repeat(local.length)}:0000`
  return `${String(slot).padStart(4)}: ${local}:${hex(port, 4)} ${remote} ${state} 00000000:${hex(queue, 8)} 00:00000000 00000000  1000        0 ${inode} 1 0000000000000000 100 0 0 10 0\n`
}

describe('the table of sockets', () => {
  it('of IPv4, as it was recorded, has its listeners', () => {
    const family = 'ipv4'
    expect(parseProcNet(tcp, family)).toEqual([
      { family, address: '0.0.0.0', port: 2024, socket: '1209', acceptQueue: 0 },
      { family, address: '127.0.0.1', port: 27_206, socket: '303276', acceptQueue: 2 },
      { family, address: '127.0.0.53', port: 53, socket: '25001', acceptQueue: 0 },
    ])
  })

  it('of IPv6, as it was recorded, has its listeners', () => {
    const family = 'ipv6'
    expect(parseProcNet(tcp6, family)).toEqual([
      { family, address: '::', port: 80, socket: '31001', acceptQueue: 0 },
      { family, address: '::1', port: 8080, socket: '31002', acceptQueue: 129 },
      { family, address: '::ffff:127.0.0.1', port: 8081, socket: '31003', acceptQueue: 0 },
      { family, address: 'fe80::d656:5dff:fe64:9bfe', port: 546, socket: '31004', acceptQueue: 0 },
    ])
  })

  it('has one listener among twenty thousand connections', () => {
    const rows = Array.from({ length: 20_000 }, (_, i) => rowOf(i, '0100007F', 1024 + i, i === 19_998 ? '0A' : '01', 0, 100_000 + i))
    expect(parseProcNet(rows.join(''), 'ipv4')).toEqual([
      { family: 'ipv4', address: '127.0.0.1', port: 21_022, socket: '119998', acceptQueue: 0 },
    ])
  })

  const state = fc.constantFrom('01', '06', '0A', '0B')
  const bytes = (length: number) => fc.array(fc.oneof(fc.constant(0), fc.nat(255)), { minLength: length, maxLength: length })
  const socket = (length: number) => fc.tuple(bytes(length), fc.nat(65_535), state, fc.nat(4096), fc.nat(2 ** 31))

  it('of IPv4 is read back whatever is in it', () => {
    fc.assert(
      fc.property(fc.array(socket(4)), (sockets) => {
        const text = sockets.map(([address, port, st, queue, inode], i) => rowOf(i, hexOf(address), port, st, queue, inode)).join('')
        expect(parseProcNet(text, 'ipv4')).toEqual(
          sockets
            .filter(([, , st]) => st === '0A')
            .map(([address, port, , acceptQueue, inode]) => ({
              family: 'ipv4',
              address: address.join('.'),
              port,
              socket: String(inode),
              acceptQueue,
            })),
        )
      }),
    )
  })

  it('of IPv6 writes every address as everybody does', () => {
    fc.assert(
      fc.property(bytes(16), (address) => {
        const groups = Array.from({ length: 8 }, (_, i) => (address[2 * i]! * 256 + address[2 * i + 1]!).toString(16))
        const mapped = groups.slice(0, 5).every((group) => group === '0') && groups[5] === 'ffff'
        const expected = mapped ? `::ffff:${address.slice(12).join('.')}` : new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
        expect(parseProcNet(rowOf(0, hexOf(address), 80, '0A', 0, 1), 'ipv6')[0]?.address).toBe(expected)
      }),
    )
  })

  it('never throws', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (a, b) => void parseProcNet(`${a} 0A ${b}`, 'ipv6')))
  })
})
