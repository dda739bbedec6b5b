/** The driver's end of the control socket. */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

interface Failure {
  readonly message: string
  readonly name?: string
  readonly code?: string
  readonly errno?: number
  readonly stack?: string
}

interface Message {
  readonly id?: number
  readonly result?: unknown
  readonly error?: Failure
  readonly type?: string
  readonly facts?: object
  readonly stream?: string
  readonly chunk?: string
  readonly done?: boolean
  readonly failed?: string
}

interface Pending {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
}

export interface Wire {
  readonly path: string
  /** For what the app needs while it runs. */
  readonly scratch: string
  call(name: string, ...args: unknown[]): Promise<unknown>
  onNote(listener: (type: string, facts: object) => void): void
  /** The chunks of a body, until it ends. */
  body(id: string, cancel: () => void): ReadableStream<Uint8Array>
  close(why: string): Promise<void>
}

const thrown = ({ message, name, code, errno, stack }: Failure): Error =>
  Object.assign(new Error(message), { ...(name && { name }), ...(code && { code }), ...(errno && { errno }), ...(stack && { stack }) })

export const openWire = async (): Promise<Wire> => {
  // not in the scene: its path may be too long for a socket
  const folder = mkdtempSync(join(tmpdir(), 'stand-in-'))
  const path = join(folder, 'control')
  const pending = new Map<number, Pending>()
  const bodies = new Map<string, ReadableStreamDefaultController<Uint8Array>>()
  const listeners: ((type: string, facts: object) => void)[] = []
  let count = 0
  let over: string | undefined
  let connected: (socket: Socket) => void = () => {}
  const socket = new Promise<Socket>((resolve) => {
    connected = resolve
  })

  const take = ({ id, result, error, type, facts, stream, chunk, done, failed }: Message): void => {
    if (type !== undefined) for (const listener of listeners) listener(type, facts ?? {})
    if (id !== undefined) {
      const waiting = pending.get(id)
      pending.delete(id)
      if (error === undefined) waiting?.resolve(result)
      else waiting?.reject(thrown(error))
    }
    if (stream === undefined) return
    const body = bodies.get(stream)
    if (chunk !== undefined) {
      body?.enqueue(Buffer.from(chunk, 'base64'))
      return
    }
    bodies.delete(stream)
    if (done) body?.close()
    else body?.error(new Error(failed))
  }

  const server = createServer((one) => {
    one.on('error', () => {})
    createInterface(one).on('line', (line) => take(JSON.parse(line) as Message))
    connected(one)
  }).listen(path)
  await once(server, 'listening')

  return {
    path,
    scratch: folder,
    call: async (name, ...args) => {
      if (over !== undefined) throw new Error(over)
      count += 1
      const id = count
      const answered = new Promise<unknown>((resolve, reject) => pending.set(id, { resolve, reject }))
      void socket.then((one) => one.write(`${JSON.stringify({ id, name, args })}\n`))
      return answered
    },
    onNote: (listener) => void listeners.push(listener),
    body: (id, cancel) =>
      new ReadableStream<Uint8Array>({
        start: (controller) => void bodies.set(id, controller),
        cancel: () => {
          bodies.delete(id)
          cancel()
        },
      }),
    close: async (why) => {
      if (over !== undefined) return
      over = why
      for (const { reject } of pending.values()) reject(new Error(why))
      for (const body of bodies.values()) body.error(new Error(why))
      pending.clear()
      bodies.clear()
      void socket.then((one) => one.destroy())
      server.close()
      await once(server, 'close')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
