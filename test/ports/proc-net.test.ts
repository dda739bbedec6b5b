import { expect, it } from 'vitest'
import { parseProcNet } from '../../src/ports/proc-net.ts'

const head4 = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n'
const head6 =
  '  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n'
const row = (local: string, { state = '0A', queue = '00000000', inode = '1209', slot = 0 } = {}): string => {
  const remote = local.replace(/[0-9A-F]/g, '0')
  return `${String(slot).padStart(4)}: ${local} ${remote} ${state} 00000000:${queue} 00:00000000 00000000     0        0 ${inode} 1 000000004f2e409b 100 0 0 10 0\n`
}
const address = (hex: string, family: 'ipv4' | 'ipv6'): string | undefined => parseProcNet(row(`${hex}:1F90`), family)[0]?.address

it('a listening row is an address, a port, an inode, and how many wait to be accepted', () => {
  const text = head4 + row('0100007F:1F90', { queue: '00000003', inode: '592307' })
  expect(parseProcNet(text, 'ipv4')).toEqual([{ family: 'ipv4', address: '127.0.0.1', port: 8080, socket: '592307', acceptQueue: 3 }])
})

it.each([
  ['00000000', '0.0.0.0'],
  ['0100007F', '127.0.0.1'],
  ['0500A8C0', '192.168.0.5'],
  ['FFFFFFFF', '255.255.255.255'],
])('IPv4 %s is %s', (hex, text) => {
  expect(address(hex, 'ipv4')).toBe(text)
})

it.each([
  ['00000000000000000000000000000000', '::'],
  ['00000000000000000000000001000000', '::1'],
  ['0000000000000000FFFF00000100007F', '::ffff:127.0.0.1'],
  ['0000000000000000FFFF000000000000', '::ffff:0.0.0.0'],
  ['000080FE00000000FF2E5E02EA3A1CFE', 'fe80::25e:2eff:fe1c:3aea'],
  ['B80D0120000000000000000001000000', '2001:db8::1'],
  ['B80D0120000001000000010001000000', '2001:db8:1:0:1::1'],
  ['B80D0120010001000100010001000100', '2001:db8:1:1:1:1:1:1'],
  ['B80D0120010000000100010001000100', '2001:db8:0:1:1:1:1:1'],
])('IPv6 %s is %s', (hex, text) => {
  expect(address(hex, 'ipv6')).toBe(text)
})

it.each(['01', '02', '03', '04', '05', '06', '07', '08', '09', '0B', '0C'])('a socket in state %s does not listen', (state) => {
  expect(parseProcNet(head4 + row('0100007F:1F90', { state }), 'ipv4')).toEqual([])
})

it('among many connections only those that listen are taken', () => {
  const rows = Array.from({ length: 3000 }, (_, slot) =>
    row(`0100007F:${slot.toString(16).toUpperCase().padStart(4, '0')}`, {
      slot,
      inode: String(slot),
      state: slot % 1000 === 0 ? '0A' : '01',
    }),
  )
  expect(parseProcNet(head4 + rows.join(''), 'ipv4').map(({ port, socket }) => [port, socket])).toEqual([
    [0, '0'],
    [1000, '1000'],
    [2000, '2000'],
  ])
})

it.each(['', head4, head6, ' 0A ', `${head4}   0: 0100007F:1F90 00000000:0000 0A 0000`, `${head4}garbage 0A garbage\n`])(
  'is empty of %j',
  (text) => {
    expect(parseProcNet(text, 'ipv4')).toEqual([])
  },
)
