/** Who does not read makes the other side wait: nothing is piled up in between. */
import { fail, when } from '../lib/kit.mjs'

const MiB = 1024 * 1024
const most = 16

/** Waits until a count stands still, or goes beyond all bounds. */
const settled = async (kit, count, ms) => {
  let last = -1
  let still = 0
  for (const end = Date.now() + ms; Date.now() < end && still < 6 && last < 60 * MiB; ) {
    await kit.pause(50)
    const now = count()
    still = now === last ? still + 1 : 0
    last = now
  }
  return last
}

export const pressure = [
  {
    name: 'down',
    expected: `the client does not read: at most ${most} MiB are taken from the backend, and the rest comes when it does`,
    group: 'a2',
    boundMs: 9000,
    alone: true,
    run: async (kit) => {
      const total = 64 * MiB
      const connection = await kit.open()
      connection.reader.hold()
      connection.send(kit.requestOf({ path: kit.play('flood', { bytes: total }) }))
      const taken = await settled(kit, () => kit.seen('taken').at(-1)?.bytes ?? 0, 3000)
      const mebibytes = (taken / MiB).toFixed(1)
      if (taken === 0) return fail('nothing arrived at the backend')
      if (taken > most * MiB) return fail(`${mebibytes} MiB and more`)
      connection.reader.release()
      const answer = await connection.answer('GET', 5000)
      return when(
        answer.end === 'complete' && answer.body.length === total,
        `${mebibytes} MiB, then ${answer.end} with ${answer.body.length / MiB} MiB`,
      )
    },
  },
  {
    name: 'up',
    expected: `the backend does not read: at most ${most} MiB are taken from the client`,
    boundMs: 8000,
    alone: true,
    run: async (kit) => {
      const total = 64 * MiB
      const connection = await kit.open()
      const { socket } = connection
      connection.send(kit.requestOf({ method: 'POST', path: kit.play('deaf', { ms: 2500 }), fields: [['Content-Length', String(total)]] }))
      const before = socket.bytesWritten
      const part = Buffer.alloc(64 * 1024, 'u')
      let sent = 0
      const push = () => {
        while (sent < total && socket.writable) {
          sent += part.length
          if (!socket.write(part)) return
        }
      }
      socket.on('drain', push)
      const answer = connection.begin('POST', 7000)
      push()
      const taken = await settled(kit, () => socket.bytesWritten - socket.writableLength - before, 2000)
      const mebibytes = (taken / MiB).toFixed(1)
      if (taken > most * MiB) return fail(`${mebibytes} MiB and more`)
      await answer.done
      const arrived = answer.status === 200 ? JSON.parse(answer.body.toString()).body.bytes : 0
      return when(arrived === total, `${mebibytes} MiB, then ${answer.end} with ${arrived / MiB} MiB`)
    },
  },
  {
    name: 'socket',
    expected: `the backend of a WebSocket does not read: at most ${2 * most} MiB are taken from the client`,
    boundMs: 6000,
    alone: true,
    run: async (kit) => {
      const ws = await kit.upgrade({ path: kit.play('socket', { deaf: 1 }) })
      if (!ws.isOpen) return fail(`not open, status ${ws.answer.status}`)
      const { socket } = ws
      const before = socket.bytesWritten
      const payload = Buffer.alloc(256 * 1024, 'w')
      let sent = 0
      const push = () => {
        while (sent < 64 * MiB && socket.writable) {
          sent += payload.length
          ws.sendFrame(2, payload)
          if (socket.writableNeedDrain) return
        }
      }
      socket.on('drain', push)
      push()
      const taken = await settled(kit, () => socket.bytesWritten - socket.writableLength - before, 4000)
      // in the buffers of three sockets
      return when(taken <= 2 * most * MiB, `${(taken / MiB).toFixed(1)} MiB`)
    },
  },
]
