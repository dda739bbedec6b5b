import { describe, expect, it } from 'vitest'
import { type Question, whoAnswers } from '../../src/ports/answerer.ts'
import { linuxPortOwners } from '../../src/ports/linux.ts'
import type { Listener, PortOwners } from '../../src/ports/owners.ts'
import { linuxProcessTable } from '../../src/process/linux.ts'
import { freePort, occupy } from '../helpers/ports.ts'
import { asNobody, createWorld } from '../process/world.ts'

const table = linuxProcessTable()
const owners = linuxPortOwners(table)
const instance = 'hash.instance'
const started = { env: { JARVIS_INSTANCE: instance }, detached: true }

const question = (pid: number, port: number, more: Partial<Question> = {}): Question => ({
  pid,
  instanceId: instance,
  target: { host: '127.0.0.1', port },
  name: false,
  reported: [],
  ...more,
})
const ask = (pid: number, port: number, more: Partial<Question> = {}) => whoAnswers(question(pid, port, more), owners, table)

const listens = "require('net').createServer().listen(0, '127.0.0.1', function () { console.log(this.address().port) })"
const idles = "console.log('up'); setInterval(() => {}, 1e6)"

/** Its child listens, in what `options` says; the child's pid and port are told. */
const childListens = (options: string): string => `
  const { JARVIS_TEST_WORLD } = process.env
  const script = "require('net').createServer().listen(0, '127.0.0.1', function () { process.send(this.address().port); process.disconnect() })"
  const child = require('child_process').spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], ...${options} })
  child.on('message', (port) => console.log(JSON.stringify({ child: child.pid, port })))
  setInterval(() => {}, 1e6)`

describe('a listener is ours', () => {
  it('when the child holds it', async () => {
    await using world = createWorld()
    const { pid, said } = await world.node(listens, started)
    expect(await ask(pid, Number(said))).toMatchObject({ verdict: 'ours', stranger: null, elsewhere: [] })
  })

  it.each(['{}', '{ detached: true }', '{ env: { JARVIS_TEST_WORLD } }'])(
    'when a child of the child holds it, started with %s',
    async (options) => {
      await using world = createWorld()
      const { pid, said } = await world.node(childListens(options), started)
      expect(await ask(pid, JSON.parse(said).port)).toMatchObject({ verdict: 'ours' })
    },
  )

  it('when who holds it has lost its parent, but is in the group and has the certificate', async () => {
    await using world = createWorld()
    const root = await world.node(childListens('{}'), started)
    await world.end(root)
    expect(await ask(root.pid, JSON.parse(root.said).port)).toMatchObject({ verdict: 'ours' })
  })
})

describe('a listener is foreign', () => {
  it('when a process that we did not start holds it', async () => {
    await using world = createWorld()
    const port = await freePort()
    await using _stranger = await occupy(port)
    const { pid } = await world.node(idles, started)
    expect(await ask(pid, port)).toEqual(expect.objectContaining({ verdict: 'foreign', stranger: null }))
    expect((await ask(pid, port, { name: true })).stranger).toMatch(new RegExp(`^pid ${process.pid} \\(.*node.*\\)$`))
  })

  it.each([
    ['has another certificate', '{ env: { JARVIS_TEST_WORLD, JARVIS_INSTANCE: "another" } }'],
    ['has left the group', '{ detached: true }'],
  ])('when who holds it has lost its parent and %s', async (_what, options) => {
    await using world = createWorld()
    const root = await world.node(childListens(options), started)
    await world.end(root)
    expect(await ask(root.pid, JSON.parse(root.said).port)).toMatchObject({ verdict: 'foreign' })
  })

  it('when an heir of somebody else holds it, and the name is the heir', async () => {
    await using world = createWorld()
    const stranger = await world.node(`
      const server = require('net').createServer().listen(0, '127.0.0.1', () => {
        const heir = require('child_process').spawn('sleep', ['1000'], { stdio: ['ignore', 'ignore', 'ignore', server._handle], detached: true })
        heir.on('spawn', () => console.log(JSON.stringify({ heir: heir.pid, port: server.address().port })))
      })`)
    const { heir, port } = JSON.parse(stranger.said) as { heir: number; port: number }
    await world.end(stranger)
    const { pid } = await world.node(idles, started)
    expect(await ask(pid, port, { name: true })).toMatchObject({ verdict: 'foreign', stranger: `pid ${heir} (sleep 1000)` })
  })
})

it('nobody listens, and ours is elsewhere', async () => {
  await using world = createWorld()
  const { pid, said } = await world.node(listens, started)
  const { verdict, elsewhere } = await ask(pid, await freePort())
  expect(verdict).toBe('nobody')
  expect(elsewhere).toMatchObject([{ address: '127.0.0.1', port: Number(said) }])
})

describe('it is unknown', () => {
  // without root there is no process of somebody else that the test could start
  it.skipIf(process.geteuid!() !== 0)('when the child may not be looked into, whether it listens or not', async () => {
    await using world = createWorld()
    const { pid, said } = await world.node(listens, started)
    const free = await freePort()
    expect((await asNobody(() => ask(pid, Number(said)))).verdict).toBe('unknown')
    expect((await asNobody(() => ask(pid, free))).verdict).toBe('unknown')
  })

  it('on a platform without a reader', async () => {
    expect(await whoAnswers(question(process.pid, 80), null, table)).toEqual({
      verdict: 'unknown',
      stranger: null,
      serving: [],
      elsewhere: [],
    })
  })

  it('unless the child itself has said that it listens there', async () => {
    const reported = [{ address: '0.0.0.0', port: 80 }]
    expect((await whoAnswers(question(process.pid, 80, { reported }), null, table)).verdict).toBe('ours')
    expect((await whoAnswers(question(process.pid, 81, { reported }), null, table)).verdict).toBe('unknown')
  })
})

describe('what speaks against us is looked at twice', () => {
  const listener: Listener = { family: 'ipv4', address: '127.0.0.1', port: 80, socket: '1', acceptQueue: 0 }

  /** A machine that is as `looks` say, one after the other. */
  const machine = (looks: readonly { there: boolean; ours: boolean }[], canTell = true): PortOwners => {
    let look = -1
    const now = () => looks[Math.min(look, looks.length - 1)]!
    return {
      cost: 'cheap',
      listeners: async () => {
        look += 1
        return now().there ? [listener] : []
      },
      heldBy: async (_pids, listeners) => (now().ours ? [...listeners] : []),
      ownersOf: async () => [],
      listenersAt: null,
      canTell: async () => canTell,
    }
  }
  const ours = { there: true, ours: true }
  const foreign = { there: true, ours: false }
  const nobody = { there: false, ours: false }

  it.each([
    ['ours', [ours], true, 'ours'],
    ['a child that was started between two reads', [foreign, ours], true, 'ours'],
    ['a listener that was opened between two reads', [nobody, ours], true, 'ours'],
    ['a listener of ours that was closed between two reads', [foreign, nobody], true, 'nobody'],
    ['a stranger who stays', [foreign, foreign], true, 'foreign'],
    ['nobody who stays away', [nobody, nobody], true, 'nobody'],
    ['a child that was started meanwhile, where not everything can be read', [foreign, ours], false, 'ours'],
    ['a stranger, where not everything can be read', [foreign, foreign], false, 'unknown'],
    ['nobody, where not everything can be read', [nobody, nobody], false, 'unknown'],
  ])('%s', async (_what, looks, canTell, verdict) => {
    expect((await whoAnswers(question(process.pid, 80), machine(looks, canTell), table)).verdict).toBe(verdict)
  })
})
