import { describe, expect, it } from 'vitest'
import { type Question, whoAnswers } from '../../src/ports/answerer.ts'
import type { PortOwners } from '../../src/ports/owners.ts'
import { portOwnersFor } from '../../src/ports/port-owners.ts'
import { processTableFor } from '../../src/process/process-table.ts'
import { freePort, isListenedOn, occupy } from '../helpers/ports.ts'
import { isAlive, until } from '../helpers/processes.ts'
import { createNest, endChild } from '../process/nest.ts'

/** Listens where it is told to, and says on which port. */
const listens = `
  const [host, port] = process.argv.slice(1)
  const server = require('node:net').createServer().listen({ host, port: Number(port ?? 0), exclusive: true }, () => console.log(server.address().port))`

/** Its child listens, and leaves it when it is told to: then nobody waits for that any more. */
const leavesAnOrphan = `
  const { spawn } = require('node:child_process')
  const source = "const s = require('node:net').createServer().listen(0, '127.0.0.1', () => console.log(JSON.stringify({ pid: process.pid, port: s.address().port })))"
  const env = { ...process.env }
  if (process.argv[1] === 'without') delete env.JARVIS_INSTANCE
  const shell = spawn('sh', ['-c', '"$0" -e "$1" & exec sleep 300', process.execPath, source], { env, stdio: ['ignore', 'pipe', 'ignore'] })
  shell.stdout.once('data', (line) => {
    shell.once('exit', () => console.log(String(line).trim()))
    shell.kill('SIGKILL')
  })
  process.stdin.resume()`

describe.skipIf(process.platform !== 'linux')('who answers', () => {
  const table = processTableFor('linux')
  const owners = portOwnersFor('linux', table)
  const question = (pid: number, port: number, more: Partial<Question> = {}): Question => ({
    pid,
    instanceId: 'of another run',
    target: { host: '127.0.0.1', port },
    name: true,
    reported: [],
    ...more,
  })

  it.each(['127.0.0.1', '0.0.0.0', '::'])('is ours where the child listens on %s', async (host) => {
    await using nest = createNest()
    const { pid, told: port } = await nest.node<number>(listens, { args: [host] })
    expect(await whoAnswers(question(pid, port), owners, table)).toMatchObject({ verdict: 'ours', stranger: null, elsewhere: [] })
  })

  it('is ours where a grandchild listens', async () => {
    await using nest = createNest()
    const { pid, told: port } = await nest.node<number>(`
      const { spawn } = require('node:child_process')
      spawn('sh', ['-c', '"$0" -e "$1" 127.0.0.1; true', process.execPath, ${JSON.stringify(listens)}], { stdio: ['ignore', 'inherit', 'ignore'] })`)
    expect(await whoAnswers(question(pid, port), owners, table)).toMatchObject({ verdict: 'ours' })
  })

  it('is a stranger, by pid and command, where somebody else listens', async () => {
    await using nest = createNest()
    const ours = await nest.node('console.log(0); process.stdin.resume()')
    const stranger = await nest.node<number>(listens, { args: ['127.0.0.1', '0', 'its-own-words'] })
    const answerer = await whoAnswers(question(ours.pid, stranger.told), owners, table)
    expect(answerer).toMatchObject({ verdict: 'foreign', elsewhere: [] })
    expect(answerer.stranger).toContain(`pid ${stranger.pid} (${process.execPath}`)
  })

  it('is a stranger without a name where that was not asked for', async () => {
    await using nest = createNest()
    const ours = await nest.node('console.log(0); process.stdin.resume()')
    const stranger = await nest.node<number>(listens, { args: ['127.0.0.1'] })
    expect(await whoAnswers(question(ours.pid, stranger.told, { name: false }), owners, table)).toMatchObject({
      verdict: 'foreign',
      stranger: null,
    })
  })

  it('is the stranger, and not ourselves, where localhost is his on the other address', async () => {
    await using nest = createNest()
    const port = await freePort()
    const ours = await nest.node(listens, { args: ['127.0.0.1', String(port)] })
    const stranger = await nest.node(listens, { args: ['::1', String(port)] })
    const answerer = await whoAnswers(question(ours.pid, port, { target: { host: 'localhost', port } }), owners, table)
    expect(answerer.verdict).toBe('foreign')
    expect(answerer.stranger).toContain(`pid ${stranger.pid} `)
  })

  it('is nobody where nobody listens, and we are told where we listen instead', async () => {
    await using nest = createNest()
    const { pid, told: port } = await nest.node<number>(listens, { args: ['127.0.0.1'] })
    const target = { host: '127.0.0.1', port: await freePort() }
    expect(await whoAnswers(question(pid, port, { target }), owners, table)).toMatchObject({
      verdict: 'nobody',
      stranger: null,
      elsewhere: [{ address: '127.0.0.1', port }],
    })
  })

  it('is nobody on IPv4 where we listen on IPv6 only', async () => {
    await using nest = createNest()
    const { pid, told: port } = await nest.node<number>(listens, { args: ['::1'] })
    expect(await whoAnswers(question(pid, port), owners, table)).toMatchObject({ verdict: 'nobody', elsewhere: [{ address: '::1', port }] })
    expect(await whoAnswers(question(pid, port, { target: { host: '::1', port } }), owners, table)).toMatchObject({ verdict: 'ours' })
  })

  it('is a stranger on the exact address, though we have the other family', async () => {
    await using nest = createNest()
    const port = await freePort()
    const { pid } = await nest.node(listens, { args: ['::1', String(port)] })
    await using _stranger = await occupy(port)
    const answerer = await whoAnswers(question(pid, port), owners, table)
    expect(answerer).toMatchObject({ verdict: 'foreign', elsewhere: [{ address: '::1', port }] })
    expect(answerer.stranger).toContain(`pid ${process.pid} `)
  })

  it('is a stranger where we have ended', async () => {
    await using nest = createNest()
    const { child, pid, told: port } = await nest.node<number>(listens, { args: ['127.0.0.1'] })
    await endChild(child)
    expect(isListenedOn(port)).toBe(false)
    expect(await whoAnswers(question(pid, port), owners, table)).toMatchObject({ verdict: 'nobody' })
    await using _stranger = await occupy(port)
    expect(await whoAnswers(question(pid, port), owners, table)).toMatchObject({ verdict: 'foreign' })
  })

  it('is ours where it is an orphan in our group, with our certificate', async () => {
    await using nest = createNest()
    const { pid, told } = await nest.node<{ pid: number; port: number }>(leavesAnOrphan, { detached: true })
    expect((await table.tree(pid)).map((row) => row.pid)).not.toContain(told.pid)
    expect(await whoAnswers(question(pid, told.port, { instanceId: nest.instanceId }), owners, table)).toMatchObject({ verdict: 'ours' })
    expect(await whoAnswers(question(pid, told.port, { instanceId: 'another' }), owners, table)).toMatchObject({
      verdict: 'foreign',
      stranger: expect.stringContaining(`pid ${told.pid} `),
    })
  })

  it('is a stranger where it is an orphan in our group without our certificate', async () => {
    await using nest = createNest()
    const { pid, told } = await nest.node<{ pid: number; port: number }>(leavesAnOrphan, { detached: true, args: ['without'] })
    expect(await whoAnswers(question(pid, told.port, { instanceId: nest.instanceId }), owners, table)).toMatchObject({ verdict: 'foreign' })
  })

  it('is whoever has inherited the socket of a process that was killed', async () => {
    await using nest = createNest()
    const binder = await nest.node<{ heir: number; port: number }>(`
      const server = require('node:net').createServer().listen(0, '127.0.0.1', () => {
        const options = { detached: true, stdio: ['ignore', 'ignore', 'ignore', server._handle] }
        const heir = require('node:child_process').spawn('sleep', ['300'], options)
        heir.once('spawn', () => console.log(JSON.stringify({ heir: heir.pid, port: server.address().port })))
      })`)
    const { heir, port } = binder.told
    await endChild(binder.child)
    expect({ binder: isAlive(binder.pid), isListenedOn: isListenedOn(port) }).toEqual({ binder: false, isListenedOn: true })
    const ghost = (await owners!.listeners()).filter((listener) => listener.port === port)
    expect(await owners!.ownersOf(ghost)).toMatchObject([{ address: '127.0.0.1', port, owner: { pid: heir, name: 'sleep' } }])
    expect(await owners!.heldBy([binder.pid], ghost)).toEqual([])
    expect(await owners!.heldBy([heir], ghost)).toEqual(ghost)
    expect(await whoAnswers(question(binder.pid, port), owners, table)).toMatchObject({
      verdict: 'foreign',
      stranger: `pid ${heir} (sleep 300)`,
    })
    process.kill(heir, 'SIGKILL')
    await until('nobody listens any more', () => !isListenedOn(port))
  })

  it('cuts a long command short', async () => {
    await using nest = createNest()
    const ours = await nest.node('console.log(0); process.stdin.resume()')
    const stranger = await nest.node<number>(listens, { args: ['127.0.0.1', '0', 'x'.repeat(2000)] })
    const { stranger: name } = await whoAnswers(question(ours.pid, stranger.told), owners, table)
    expect(name?.length).toBeLessThan(120)
  })
})

describe.skipIf(process.platform !== 'linux')('a child that shows nothing of itself', () => {
  const table = processTableFor('linux')
  const owners = portOwnersFor('linux', table)!
  /** As the kernel shows a process that is ending, and then no more. */
  const ask = async (answers: boolean[]) => {
    await using nest = createNest()
    const ours = await nest.node('console.log(0); process.stdin.resume()')
    const stranger = await nest.node<number>(listens, { args: ['127.0.0.1'] })
    const scripted: PortOwners = { ...owners, canTell: async () => answers.shift() ?? true }
    const target = { host: '127.0.0.1', port: stranger.told }
    return await whoAnswers({ pid: ours.pid, instanceId: 'of another run', target, name: false, reported: [] }, scripted, table)
  }

  it('for a moment, because it is ending, does not make a stranger unknown', async () => {
    expect(await ask([false])).toMatchObject({ verdict: 'foreign' })
  })

  it('for good leaves it open who answers', async () => {
    expect(await ask([false, false])).toMatchObject({ verdict: 'unknown' })
  })
})

describe.skipIf(process.platform !== 'linux')('what is known already', () => {
  const table = processTableFor('linux')
  const owners = portOwnersFor('linux', table)!
  /** Whoever asks for the machine's listeners pays for it: here with an error. */
  const withoutTables: PortOwners = { ...owners, listeners: () => Promise.reject(new Error('the tables were read')) }
  const ask = (pid: number, port: number, more: Partial<Question>, by = withoutTables) =>
    whoAnswers({ pid, instanceId: 'of another run', target: { host: '127.0.0.1', port }, name: false, reported: [], ...more }, by, table)

  it("the child's own fresh word is believed without a look", async () => {
    await using nest = createNest()
    const { pid, told: port } = await nest.node<number>(listens, { args: ['127.0.0.1'] })
    const reported = [{ address: '127.0.0.1', port }]
    expect(await ask(pid, port, { reported, believe: true })).toMatchObject({ verdict: 'ours' })
    await expect(ask(pid, port, { reported })).rejects.toThrow('the tables were read')
  })

  it('of a socket that the child has named it can be seen later that it is still open', async () => {
    await using nest = createNest()
    const { pid, told: port } = await nest.node<number>(listens, { args: ['127.0.0.1'] })
    const [held] = await owners.heldBy(
      [pid],
      (await owners.listeners()).filter((listener) => listener.port === port),
    )
    const reported = [{ address: '127.0.0.1', port, socket: held!.socket }]
    const { verdict, serving } = await ask(pid, port, { reported, believe: true })
    expect({ verdict, serving }).toEqual({ verdict: 'ours', serving: [{ ...held, acceptQueue: -1 }] })
    expect(await ask(pid, port, { proved: serving })).toMatchObject({ verdict: 'ours' })
    const another = await nest.node('console.log(0); process.stdin.resume()')
    await expect(ask(another.pid, port, { proved: serving })).rejects.toThrow('the tables were read')
  })

  it('a socket that was proved ours is still ours while the child has it open, and is looked for again when it has not', async () => {
    await using nest = createNest()
    const child = await nest.node<number>(
      `${listens}
      process.stdin.once('data', () => server.close(() => console.log(0)))`,
      { args: ['127.0.0.1'] },
    )
    const { serving: proved } = await ask(child.pid, child.told, {}, owners)
    expect(proved).toHaveLength(1)
    expect(await ask(child.pid, child.told, { proved })).toMatchObject({ verdict: 'ours', serving: proved })
    child.child.stdin!.write('close\n')
    expect(JSON.parse(await child.line())).toBe(0)
    await expect(ask(child.pid, child.told, { proved })).rejects.toThrow('the tables were read')
  })
})

describe('where the platform cannot tell', () => {
  const table = processTableFor('freebsd')
  const target = { host: '127.0.0.1', port: 4000 }
  const question = (reported: Question['reported']): Question => ({ pid: 1, instanceId: '', target, name: true, reported })

  it('has no reader', () => {
    expect(portOwnersFor('freebsd', table)).toBeNull()
  })

  it.each([
    ['on the address', [{ address: '127.0.0.1', port: 4000 }]],
    ['on the wildcard', [{ address: '0.0.0.0', port: 4000 }]],
    ['on both wildcards', [{ address: '::', port: 4000 }]],
    [
      'among others',
      [
        { address: '127.0.0.1', port: 9229 },
        { address: '127.0.0.1', port: 4000 },
      ],
    ],
  ])("the child's own word that it listens %s is proof", async (_, reported) => {
    expect(await whoAnswers(question(reported), null, table)).toEqual({ verdict: 'ours', stranger: null, serving: [], elsewhere: [] })
  })

  it.each([
    ['nothing', []],
    ['another port', [{ address: '127.0.0.1', port: 4001 }]],
    ['another address', [{ address: '127.0.0.2', port: 4000 }]],
    ['the other family', [{ address: '::1', port: 4000 }]],
  ])('it is unknown where the child has told of %s', async (_, reported) => {
    expect(await whoAnswers(question(reported), null, table)).toEqual({ verdict: 'unknown', stranger: null, serving: [], elsewhere: [] })
  })
})
