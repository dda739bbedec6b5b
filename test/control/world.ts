import { createConnection, type Socket } from 'node:net'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Hello } from '../../src/control/protocol.ts'
import { type ControlServer, type ControlServerOptions, createControlServer } from '../../src/control/server.ts'
import type { LogLine } from '../../src/logs/tail.ts'
import type { RunRecord } from '../../src/record/record.ts'
import type { ServiceController, ServiceStatus } from '../../src/supervisor/controller.ts'
import { holdings, surplus, until } from '../helpers/processes.ts'
import { createTemp, type Temp } from '../helpers/temp.ts'

// loaded before anything is counted
await import('node:http')

export const hello: Hello = {
  protocol: 1,
  service: 'api',
  key: 'api-0123456789a',
  root: '/project',
  pid: 4242,
  version: '1.2.3',
  startedAt: '2026-01-02T03:04:05.678Z',
}

export const status: ServiceStatus = {
  name: 'api',
  state: 'ready',
  pid: 77,
  port: 3000,
  url: 'http://127.0.0.1:3000',
  uptimeMs: 1234,
  restarts: 1,
  lastExit: { pid: 76, code: null, signal: 'SIGKILL', reason: null, uptimeMs: 9 },
  health: { ok: true, latencyMs: 0.4, failures: 0 },
  memoryBytes: 1024,
  cpuPercent: null,
  supervisor: { pid: 4242, version: '1.2.3', startedAt: '2026-01-02T03:04:05.678Z' },
}

export const line = (text: string, pid = 77): LogLine => ({ time: 1_767_000_000_000, stream: 'stdout', pid, line: text, cut: false })

/** A service that answers at once; what is asked of it can be said otherwise. */
export const serviceOf = (own: Partial<ServiceController> = {}): ServiceController => ({
  start: async () => status,
  stop: async () => ({ reaped: [77], survivors: [] }),
  restart: async () => status,
  status: async () => status,
  async *logs() {},
  ...own,
})

/** A log that is written while it is read, and how many read it. */
export const createLog = () => {
  const wakes = new Set<() => void>()
  const lines: LogLine[] = []
  const seen = { readers: 0, given: 0 }
  const wakeAll = (): void => {
    for (const wake of wakes) wake()
  }
  const logs: ServiceController['logs'] = async function* ({ tail, follow = false, signal } = {}) {
    seen.readers += 1
    let wake = (): void => {}
    const onWake = (): void => wake()
    wakes.add(onWake)
    signal?.addEventListener('abort', onWake)
    try {
      let at = tail === undefined ? 0 : Math.max(0, lines.length - tail)
      while (signal?.aborted !== true) {
        const next = lines[at]
        if (next !== undefined) {
          at += 1
          seen.given += 1
          yield next
        } else if (follow) await new Promise<void>((resolve) => (wake = resolve))
        else return
      }
    } finally {
      seen.readers -= 1
      wakes.delete(onWake)
      signal?.removeEventListener('abort', onWake)
    }
  }
  const write = (...texts: string[]): void => {
    lines.push(...texts.map((text) => line(text)))
    wakeAll()
  }
  return { logs, write, seen }
}

/** Settles when a number grows no more. */
export const stands = (count: () => number): Promise<void> =>
  until('no more comes', async () => {
    const before = count()
    for (let turns = 0; turns < 50; turns += 1) await new Promise((resolve) => setImmediate(resolve))
    return count() === before
  })

export interface Raw {
  readonly socket: Socket
  /** What has come until now. */
  text(): string
  /** Settles with all that came, when the connection is closed. */
  readonly closed: Promise<string>
}

export interface World extends AsyncDisposable, Pick<Temp, 'dir' | 'file'> {
  readonly path: string
  serve(controller?: ServiceController, options?: ControlServerOptions & { path?: string; hello?: Hello }): Promise<ControlServer>
  /** A client that knows nothing of HTTP. Settles when it is connected. */
  raw(bytes?: string | Buffer): Promise<Raw>
  /** Of a service whose supervisor listens on `socket`. */
  record(of: { service: string; root: string; socket: string; key?: string }): RunRecord
}

/** A folder with a socket; nothing of what is opened in it may be left at the end. */
export const createWorld = (): World => {
  const before = holdings()
  const temp = createTemp()
  const path = join(temp.dir, 'control.sock')
  const servers: ControlServer[] = []
  const sockets: Socket[] = []
  return {
    dir: temp.dir,
    file: temp.file,
    path,
    serve: async (controller = serviceOf(), { path: other = path, hello: greeting = hello, ...options } = {}) => {
      const server = createControlServer(greeting, controller, options)
      servers.push(server)
      await server.listen(other)
      return server
    },
    raw: (bytes = '') =>
      new Promise((resolve, reject) => {
        const socket = createConnection({ path })
        sockets.push(socket)
        let text = ''
        socket.on('data', (chunk) => (text += chunk.toString('latin1')))
        socket.on('error', reject)
        const closed = new Promise<string>((settle) => socket.once('close', () => settle(text)))
        socket.once('connect', () => {
          socket.write(bytes)
          resolve({ socket, text: () => text, closed })
        })
      }),
    record: ({ service, root, socket, key = `${service}-${root.replaceAll('/', '_')}` }) => {
      const record: RunRecord = {
        version: 1,
        ...{ service, key, root, socket },
        supervisor: { pid: 4242, startTime: '1', bootId: 'b', version: '1.2.3', startedAt: hello.startedAt, dedicated: false },
        log: null,
        run: null,
      }
      temp.file(`${key}.json`, JSON.stringify(record))
      return record
    },
    [Symbol.asyncDispose]: async () => {
      for (const server of servers) await server.close()
      for (const socket of sockets) socket.destroy()
      temp[Symbol.dispose]()
      await until('descriptors and handles are closed', () => surplus(before, holdings()).length === 0, 2000).catch(() => {})
      expect(surplus(before, holdings()), 'descriptors and handles left open').toEqual([])
    },
  }
}
