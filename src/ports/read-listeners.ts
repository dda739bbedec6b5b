import { close, open, read, readFile } from 'node:fs'
import { promisify } from 'node:util'
import type { AddressFamily, Listener } from './owners.ts'
import { parseProcNet } from './proc-net.ts'
import { countWaiting, parseUnixListeners } from './proc-unix.ts'

// `node:fs/promises` would cost 1 ms of every start
const opened = promisify(open)
const closed = promisify(close)
const filled = promisify(read)
const wholly = promisify(readFile)

/** The kernel gives a page at a time, however much is asked for. */
const pieceBytes = 16 * 1024

/**
 * The listening rows of /proc/net/tcp or tcp6, read and parsed piece by piece: with ten thousands of connections the
 * file has megabytes. None where it cannot be read: a kernel without IPv6 has no tcp6.
 */
export const readListeners = async (path: string, family: AddressFamily): Promise<Listener[]> => {
  const listeners: Listener[] = []
  const file = await opened(path, 'r').catch(() => undefined)
  if (file === undefined) return []
  try {
    const piece = Buffer.allocUnsafe(pieceBytes)
    let rest = ''
    for (;;) {
      const { bytesRead } = await filled(file, piece, 0, pieceBytes, null)
      const text = rest + piece.toString('latin1', 0, bytesRead)
      const whole = bytesRead === 0 ? text.length : text.lastIndexOf('\n') + 1
      listeners.push(...parseProcNet(text.slice(0, whole), family))
      if (bytesRead === 0) return listeners
      rest = text.slice(whole)
    }
  } catch {
    return []
  } finally {
    await closed(file).catch(() => {})
  }
}

/** The Unix sockets that listen at a path. None where they cannot be read. A desktop has a thousand rows, a server fewer. */
export const readUnixListeners = async (path: string): Promise<Listener[]> => {
  const text = await wholly('/proc/net/unix', 'utf8').catch(() => '')
  const found = parseUnixListeners(text).filter((listener) => listener.path === path)
  if (found.length === 0) return []
  const acceptQueue = countWaiting(text, path)
  return found.map(({ inode }) => ({ family: 'unix', address: path, port: 0, socket: inode, acceptQueue }))
}
