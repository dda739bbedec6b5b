import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { acceptsConnections } from '../../../src/doctor/look/accepts.ts'
import { wchanOf } from '../../../src/doctor/look/process.ts'
import { isAlive, until } from '../../helpers/processes.ts'
import { createWorld, type World } from '../../process/world.ts'
import { here, listens, portIn, python, socketOn } from './scene.ts'

/** Asked until it is so: a process that has said that it listens may not yet be where it waits. */
const becomes = (verdict: boolean | null, pid: number, socket: string) =>
  until(`${pid} accepts: ${verdict}`, async () => (await acceptsConnections(pid, socket)) === verdict)

const serve = (world: World, then: string, before = '') =>
  world.run(python, [
    '-c',
    `import os, select, socket, subprocess, threading, time
s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(); ${before}
print('{"port":%d}' % s.getsockname()[1], flush=True)
${then}`,
  ])

/** Gives its listener to a child before it says where it listens. */
const bequeaths = (command: string, args: readonly string[]): string => `
  const server = require('net').createServer().listen(0, '127.0.0.1', () => {
    const child = require('child_process').spawn(${JSON.stringify(command)}, ${JSON.stringify(args)}, { stdio: ['ignore', 'ignore', 'ignore', server._handle.fd] })
    child.on('spawn', () => console.log(JSON.stringify({ port: server.address().port, child: child.pid })))
  })`

const childIn = (said: string): number => (JSON.parse(said) as { child: number }).child

describe('who waits for connections', () => {
  it('is a server of Node', async () => {
    await using world = createWorld()
    const { pid, said } = await world.node(listens('127.0.0.1'))
    await becomes(true, pid, await socketOn(portIn(said)))
  })

  it('is a server of Node whose event loop is blocked', async () => {
    await using world = createWorld()
    // its loop has turned once before it says that it listens, and never turns again
    const { pid, said } = await world.node(`
      const server = require('net').createServer().listen(0, '127.0.0.1', () => setImmediate(() => {
        require('fs').writeSync(1, JSON.stringify({ port: server.address().port }) + '\\n')
        for (;;);
      }))`)
    const socket = await socketOn(portIn(said))
    expect(await acceptsConnections(pid, socket)).toBe(true)
  })

  it('is a server of Node that is suspended', async () => {
    await using world = createWorld()
    const { pid, said } = await world.node(listens('127.0.0.1'))
    await becomes(true, pid, await socketOn(portIn(said)))
    process.kill(pid, 'SIGSTOP')
    await until('it is suspended', () => here.table.identify(pid)?.state === 'T')
    expect(await acceptsConnections(pid, await socketOn(portIn(said)))).toBe(true)
  })

  it.skipIf(python === '').each([
    ['blocks in accept', 's.accept()'],
    ['accepts on another thread', 'threading.Thread(target=s.accept).start(); time.sleep(1000)'],
    ['selects', 'select.select([s], [], [])'],
    ['polls', 'p = select.poll(); p.register(s); p.poll()'],
    ['has it in an epoll', 'p = select.epoll(); p.register(s); p.poll()'],
  ])('is one that %s', async (_, then) => {
    await using world = createWorld()
    const { pid, said } = await serve(world, then)
    await becomes(true, pid, await socketOn(portIn(said)))
  })

  it.skipIf(python === '')('is http.server of Python', async () => {
    await using world = createWorld()
    const { pid, said } = await world.run(python, ['-u', '-m', 'http.server', '0', '--bind', '127.0.0.1'])
    await becomes(true, pid, await socketOn(Number(/port (\d+)/.exec(said)?.[1])))
  })
})

describe('who merely has the socket open', () => {
  it('is a sleep that has inherited it', async () => {
    await using world = createWorld()
    const { said } = await world.node(bequeaths('sleep', ['1000']))
    await becomes(false, childIn(said), await socketOn(portIn(said)))
  })

  it.each([
    ['a sleep', 'sleep', ['1000']],
    ['a shell that waits for its child', 'sh', ['-c', 'sleep 1000; :']],
    ['a Node', process.execPath, ['-e', 'setInterval(() => {}, 1e6)']],
    ['a server of Node, on another port', process.execPath, ['-e', "require('net').createServer().listen(0, '127.0.0.1')"]],
  ])('is %s whose parent has been killed', async (_, command, args) => {
    await using world = createWorld()
    const started = await world.node(bequeaths(command, args))
    const [child, socket] = [childIn(started.said), await socketOn(portIn(started.said))]
    await world.end(started)
    expect(isAlive(child)).toBe(true)
    await becomes(false, child, socket)
  })

  it.skipIf(python === '')('is one that accepts on another socket', async () => {
    await using world = createWorld()
    const script = "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(); s.accept()"
    const { said } = await world.node(bequeaths(python, ['-c', script]))
    await until('it accepts', () => wchanOf(`/proc/${childIn(said)}`).includes('accept'))
    await becomes(false, childIn(said), await socketOn(portIn(said)))
  })

  it.skipIf(python === '')('is one whose event loop waits for something else that had the same number', async () => {
    await using world = createWorld()
    const script = `import os, select
r, w = os.pipe(); e = select.epoll(); e.register(r); kept = os.dup(r)
os.dup2(3, r); e.poll()`
    const { said } = await world.node(bequeaths(python, ['-c', script]))
    await until('it waits', () => /epoll|ep_poll/.test(wchanOf(`/proc/${childIn(said)}`)))
    expect(await acceptsConnections(childIn(said), await socketOn(portIn(said)))).toBe(false)
  })
})

describe('it cannot be told', () => {
  it('of a process that has no such socket, or is not there', async () => {
    await using world = createWorld()
    const { pid, said } = await world.node(listens('127.0.0.1'))
    const socket = await socketOn(portIn(said))
    expect([
      await acceptsConnections(process.pid, socket),
      await acceptsConnections(pid, '1'),
      await acceptsConnections(2 ** 22, socket),
    ]).toEqual([null, null, null])
  })

  it.skipIf(python === '')('of one that has made it, and is busy with something else', async () => {
    await using world = createWorld()
    const { pid, said } = await serve(world, 'time.sleep(1000)')
    await until('it sleeps', () => here.table.identify(pid)?.state === 'S')
    expect(await acceptsConnections(pid, await socketOn(portIn(said)))).toBeNull()
  })

  it.skipIf(python === '')('of one that serves a connection at the moment', async () => {
    await using world = createWorld()
    // as programs in C are, which mark nothing
    const { pid, said, child } = await serve(
      world,
      "c = s.accept(); print('taken', flush=True); time.sleep(1000)",
      's.set_inheritable(True)',
    )
    const socket = await socketOn(portIn(said))
    await becomes(true, pid, socket)
    const client = connect(portIn(said), '127.0.0.1')
    try {
      await Promise.all([once(child.stdout!, 'data'), once(client, 'connect')])
      await becomes(null, pid, socket)
      expect(await acceptsConnections(pid, socket)).toBeNull()
    } finally {
      client.destroy()
    }
  })

  it.skipIf(python === '')('of one that waits for descriptors that do not show, and may have inherited it', async () => {
    await using world = createWorld()
    const { said } = await world.node(bequeaths(python, ['-c', 'import os, select; r, w = os.pipe(); select.select([r], [], [])']))
    await until('it waits', () => wchanOf(`/proc/${childIn(said)}`).includes('poll'))
    expect(await acceptsConnections(childIn(said), await socketOn(portIn(said)))).toBeNull()
  })

  it('of one that is suspended', async () => {
    await using world = createWorld()
    const { said } = await world.node(bequeaths('sleep', ['1000']))
    const [child, socket] = [childIn(said), await socketOn(portIn(said))]
    await becomes(false, child, socket)
    process.kill(child, 'SIGSTOP')
    await becomes(null, child, socket)
  })
})
