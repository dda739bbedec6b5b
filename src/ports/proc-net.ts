/** Reads the text of /proc/net/tcp and /proc/net/tcp6. Pure. Only listening sockets are made into objects: a busy machine has tens of thousands of rows. */
import type { AddressFamily, Listener } from './owners.ts'

/**   sl  local_address rem_address   st tx_queue:rx_queue tr tm->when retrnsmt   uid  timeout inode */
const row = /^ *\d+: ([0-9A-F]+):([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} 0A [0-9A-F]{8}:([0-9A-F]{8}) \S+ \S+ +\d+ +\d+ (\d+)/

export const parseProcNet = (text: string, family: AddressFamily): Listener[] => {
  const listeners: Listener[] = []
  for (let at = text.indexOf(' 0A '); at !== -1; at = text.indexOf(' 0A ', at + 1)) {
    const start = text.lastIndexOf('\n', at) + 1
    const match = row.exec(text.slice(start, start + 200))
    if (match === null) continue
    const [, address = '', port = '', queue = '', socket = ''] = match
    listeners.push({
      family,
      address: family === 'ipv4' ? ipv4(address) : ipv6(address),
      port: Number.parseInt(port, 16),
      socket,
      acceptQueue: Number.parseInt(queue, 16),
    })
  }
  return listeners
}

/** Each group of four bytes is a number in the machine's own order: little-endian wherever Node runs on Linux but on s390x. */
const bytes = (hex: string): number[] =>
  (hex.match(/.{8}/g) ?? []).flatMap((word) => (word.match(/../g) ?? []).reverse().map((byte) => Number.parseInt(byte, 16)))

const ipv4 = (hex: string): string => bytes(hex).join('.')

const ipv6 = (hex: string): string => {
  const all = bytes(hex)
  if (all.slice(0, 10).every((b) => b === 0) && all[10] === 255 && all[11] === 255) return `::ffff:${all.slice(12).join('.')}`
  const groups = Array.from({ length: 8 }, (_, i) => (all[2 * i] ?? 0) * 256 + (all[2 * i + 1] ?? 0))
  return compress(groups)
}

/** The longest run of zeroes becomes `::`, as RFC 5952 writes addresses. */
const compress = (groups: readonly number[]): string => {
  let best = { from: -1, length: 1 }
  for (let from = 0; from < 8; from += 1) {
    let length = 0
    while (from + length < 8 && groups[from + length] === 0) length += 1
    if (length > best.length) best = { from, length }
  }
  const hex = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':')
  return best.from === -1 ? hex(groups) : `${hex(groups.slice(0, best.from))}::${hex(groups.slice(best.from + best.length))}`
}
