/** What the backend says that it has seen, asked of itself and not through the proxy. */
import { connect } from 'node:net'
import { Reader } from './reader.mjs'

/**
 * @param {{ port: number, host?: string } | { path: string }} backend
 * @returns waits for what is told, and looks up what was told; `close` ends it.
 */
export const openJournal = async (backend, withinMs = 10_000) => {
  const events = []
  const waiting = new Set()
  let socket
  let closed = false

  const follow = async (reader) => {
    await reader.until('\r\n\r\n')
    for (;;) {
      const event = JSON.parse((await reader.until('\n')).toString())
      events.push(event)
      for (const waiter of waiting) waiter(event)
    }
  }
  const open = () =>
    new Promise((resolve, reject) => {
      socket = connect({ host: '127.0.0.1', ...backend })
      const reader = new Reader(socket)
      socket.once('connect', () => {
        socket.write('GET /-kit/journal HTTP/1.1\r\nHost: backend\r\n\r\n')
        resolve(undefined)
        follow(reader).catch(() => {})
      })
      socket.once('error', reject)
    })
  const reopen = async (ms = withinMs) => {
    socket?.destroy()
    const end = Date.now() + ms
    for (;;) {
      try {
        return await open()
      } catch (error) {
        if (Date.now() > end || closed) throw error
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
  }
  await reopen()

  const of = (id, what) => events.filter((event) => event.id === id && (what === undefined || event.what === what))
  return {
    of,
    reopen,
    /** The first one that fits, also if it was told before; undefined when it was not told in time. */
    wait: (id, what, ms, fits = () => true) =>
      new Promise((resolve) => {
        const isIt = (event) => event.id === id && event.what === what && fits(event)
        const told = events.find(isIt)
        if (told !== undefined) return resolve(told)
        const end = (event) => {
          clearTimeout(timer)
          waiting.delete(look)
          resolve(event)
        }
        const look = (event) => isIt(event) && end(event)
        const timer = setTimeout(end, ms)
        waiting.add(look)
      }),
    close: () => {
      closed = true
      socket.destroy()
    },
  }
}
