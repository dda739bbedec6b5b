/**
 * Reads what `lsof -F` prints: a field on each line, named by its first letter. A process begins with `p`, a file of it
 * with `f`. Pure.
 */
import { tie } from './holders.ts'
import type { AddressFamily, Listener } from './owners.ts'

/** Process, descriptor, type (IPv4, IPv6), the kernel's address of the socket, name, state. */
export const lsofFields = 'pftdnT'

interface OpenFile {
  readonly pid: number
  readonly fields: Map<string, string>
  isListening: boolean
}

/** Listeners, each once, with all who have it open. */
export const parseLsof = (text: string): Listener[] => together(filesIn(text), (file) => (file.isListening ? listenerIn(file) : undefined))

/**
 * Unix sockets that have a path, each once. Whether one listens is not told: what a server has accepted bears the path of
 * its listener, and is the server's, too. Who has connected has `->0x…` in its place.
 */
export const parseLsofUnix = (text: string): Listener[] => together(filesIn(text), unixIn)

const together = (files: readonly OpenFile[], read: (file: OpenFile) => Listener | undefined): Listener[] => {
  const listeners = new Map<string, Listener & { readonly pids: number[] }>()
  for (const file of files) {
    const listener = read(file)
    if (listener === undefined) continue
    const known = listeners.get(listener.socket)
    if (known === undefined) listeners.set(listener.socket, { ...listener, pids: [file.pid] })
    else if (!known.pids.includes(file.pid)) known.pids.push(file.pid)
  }
  return [...listeners.values()].map(({ pids, ...listener }) => ({ ...listener, socket: tie(pids, listener.socket) }))
}

const filesIn = (text: string): OpenFile[] => {
  const files: OpenFile[] = []
  let pid = 0
  let file: OpenFile | undefined
  for (const line of text.split('\n')) {
    const [name, value] = [line.charAt(0), line.slice(1)]
    if (name === 'p') {
      pid = Number(value)
      file = undefined
    } else if (name === 'f') {
      file = { pid, fields: new Map([[name, value]]), isListening: false }
      files.push(file)
    } else if (name === 'T') {
      if (file !== undefined && value === 'ST=LISTEN') file.isListening = true
    } else file?.fields.set(name, value)
  }
  return files
}

/** `*:8080`, `127.0.0.1:8080`, `[::1]:8080` */
const place = /^(?:(\*)|\[([^\]]+)\]|([\d.]+)):(\d+)$/

const listenerIn = ({ pid, fields }: OpenFile): Listener | undefined => {
  const [, wildcard, ipv6, ipv4, port] = place.exec(fields.get('n') ?? '') ?? []
  const family = familyIn(fields.get('t'))
  if (port === undefined || family === undefined) return undefined
  const address = wildcard === undefined ? (ipv6 ?? plain(family, ipv4 ?? '')) : family === 'ipv4' ? '0.0.0.0' : '::'
  // a socket without an address is nobody else's
  return { family, address, port: Number(port), socket: fields.get('d') ?? `${pid}/${fields.get('f')}`, acceptQueue: -1 }
}

const unixIn = ({ pid, fields }: OpenFile): Listener | undefined => {
  const name = fields.get('n') ?? ''
  if (fields.get('t') !== 'unix' || !name.startsWith('/')) return undefined
  return { family: 'unix', address: name, port: 0, socket: fields.get('d') ?? `${pid}/${fields.get('f')}`, acceptQueue: -1 }
}

const familyIn = (type: string | undefined): AddressFamily | undefined => (type === 'IPv4' ? 'ipv4' : type === 'IPv6' ? 'ipv6' : undefined)

/** lsof takes an IPv4 address out of its IPv6 clothes. */
const plain = (family: AddressFamily, ipv4: string): string => (family === 'ipv6' ? `::ffff:${ipv4}` : ipv4)
