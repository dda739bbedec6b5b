import { Agent, request, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createDoorScene, type DoorScene } from '../gateway/door-scene.ts'

/** How often each request was begun, by its number. */
type Runs = Map<string, number>

const start = async (scene: DoorScene, runs: Runs): Promise<{ server: Server; kill: () => void }> => {
  const sockets = new Set<Socket>()
  let isDead = false
  const server = await scene.http((asked, response) => {
    asked.resume()
    asked.on('end', () => {
      runs.set(`${asked.url}`, (runs.get(`${asked.url}`) ?? 0) + 1)
      setTimeout(() => isDead || response.end('done'), 15)
    })
  })
  server.on('connection', (socket: Socket) => sockets.add(socket))
  return {
    server,
    kill: () => {
      isDead = true
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** Asks one after the other, until it is told to end. */
const client = async (
  port: number,
  agent: Agent,
  name: string,
  isOver: () => boolean,
): Promise<{ method: string; path: string; status: number }[]> => {
  const results: { method: string; path: string; status: number }[] = []
  for (let count = 0; !isOver(); count += 1) {
    const method = count % 2 === 0 ? 'GET' : 'POST'
    const path = `/${name}/${count}`
    const status = await new Promise<number>((resolve) => {
      const asking = request({ port, host: '127.0.0.1', agent, method, path }, (response) => {
        response.resume().on('error', () => resolve(0))
        response.on('end', () => resolve(response.statusCode ?? 0))
      })
      asking.on('error', () => resolve(0))
      asking.end(method === 'POST' ? '{"some":"body"}' : undefined)
    })
    results.push({ method, path, status })
  }
  return results
}

describe('ten clients of a backend that dies again and again', () => {
  it.each(['is told before its connections are lost', 'is told afterwards'])(
    'lose no GET, and run no POST twice, when its death %s',
    async (when) => {
      await using scene = await createDoorScene()
      const runs: Runs = new Map()
      let isOver = false
      let backend = await start(scene, runs)
      scene.upstream.ready(backend.server)
      const agent = new Agent({ keepAlive: true })
      scene.atEnd(() => agent.destroy())
      const clients = Array.from({ length: 10 }, (_, n) => client(scene.port, agent, String(n), () => isOver))
      for (let death = 0; death < 15; death += 1) {
        await new Promise((resolve) => setTimeout(resolve, 120))
        if (when.includes('before')) scene.upstream.crashed()
        backend.kill()
        if (when.includes('afterwards')) {
          await new Promise((resolve) => setTimeout(resolve, death))
          scene.upstream.crashed()
        }
        scene.upstream.starting()
        await new Promise((resolve) => setTimeout(resolve, 40))
        backend = await start(scene, runs)
        scene.upstream.ready(backend.server)
      }
      isOver = true
      const results = (await Promise.all(clients)).flat()
      const failed = results.filter(({ status }) => status !== 200)
      expect(results.length).toBeGreaterThan(300)
      expect(failed.filter(({ method }) => method === 'GET')).toEqual([])
      expect(failed.filter(({ status }) => status !== 502)).toEqual([])
      const posts = results.filter(({ method }) => method === 'POST')
      expect(posts.filter(({ path }) => (runs.get(path) ?? 0) > 1)).toEqual([])
      const { lost, wouldHaveDuplicated, repeated } = scene.door.counters
      expect({ lost, wouldHaveDuplicated }).toEqual({ lost: failed.length, wouldHaveDuplicated: failed.length })
      expect(repeated).toBeGreaterThan(0)
    },
  )
})

describe('many clients that come and go', () => {
  it('leave nothing behind', async () => {
    await using scene = await createDoorScene()
    scene.upstream.ready(
      await scene.http((asked, response) => {
        if (asked.url === '/stay') response.write('stay')
        else response.end('gone')
      }),
    )
    for (let round = 0; round < 20; round += 1) {
      await Promise.all(
        Array.from({ length: 50 }, async (_, n) => {
          const path = n % 2 === 0 ? '/stay' : '/go'
          const { socket, has } = scene.dial(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${scene.port}\r\n\r\n`)
          if (n % 3 > 0) await has(n % 2 === 0 ? 'stay' : 'gone')
          if (n % 5 > 0) socket.destroy()
          else socket.resetAndDestroy()
        }),
      )
    }
  })
})
