import { once } from 'node:events'
import { existsSync, mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { httpProbe } from '../../src/health/http.ts'
import { tcpProbe } from '../../src/health/tcp.ts'
import { type Question, whoAnswers } from '../../src/ports/answerer.ts'
import { holderOf } from '../../src/ports/holder.ts'
import type { PortOwners } from '../../src/ports/owners.ts'
import { portOwnersFor } from '../../src/ports/port-owners.ts'
import { clearSocket } from '../../src/ports/socket-file.ts'
import { processTableFor } from '../../src/process/process-table.ts'
import { until } from '../helpers/processes.ts'
import { createTemp } from '../helpers/temp.ts'
import { createNest } from '../process/nest.ts'

const table = processTableFor('linux')
const owners = portOwnersFor('linux', table) as PortOwners

/** Listens at a path, and says so. */
const listens = `require('node:net').createServer().listen(process.argv[1], () => console.log(1))`
/** Listens at a path with room for one, says so, and accepts nobody any more. */
const isBlocked = `require('node:net').createServer().listen({ path: process.argv[1], backlog: 1 }, () => {
  require('node:fs').writeSync(1, '1\\n')
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
})`

const question = (pid: number, socketPath: string, more: Partial<Question> = {}): Question => ({
  ...{ pid, instanceId: 'of another run', target: { host: 'localhost', port: 0, socketPath }, name: true, reported: [] },
  ...more,
})

const close = async (server: Server): Promise<void> => {
  server.close()
  await once(server, 'close')
}

describe.skipIf(process.platform !== 'linux')('who answers at a socket', () => {
  it('is ours where the child listens, and stays ours by its descriptor alone', async () => {
    await using nest = createNest()
    using temp = createTemp()
    const path = join(temp.dir, 'a.sock')
    const { pid } = await nest.node(listens, { args: [path] })
    const answerer = await whoAnswers(question(pid, path), owners, table)
    expect(answerer).toMatchObject({ verdict: 'ours', stranger: null, serving: [{ family: 'unix', address: path, acceptQueue: 0 }] })
    expect(await whoAnswers(question(pid, path, { name: false, proved: answerer.serving }), owners, table)).toMatchObject({
      verdict: 'ours',
    })
  })

  it('is a stranger, by pid and command, where somebody else listens', async () => {
    await using nest = createNest()
    using temp = createTemp()
    const path = join(temp.dir, 'a.sock')
    const ours = await nest.node('console.log(0); process.stdin.resume()')
    const stranger = await nest.node(listens, { args: [path, 'its-own-words'] })
    const answerer = await whoAnswers(question(ours.pid, path), owners, table)
    expect(answerer.verdict).toBe('foreign')
    expect(answerer.stranger).toContain(`pid ${stranger.pid} (${process.execPath}`)
    expect(await holderOf(path, { owners, table, instancePrefix: 'x' })).toMatchObject({ pid: stranger.pid, likeness: '' })
  })

  it('is nobody where only a port is listened on, which is told', async () => {
    await using nest = createNest()
    using temp = createTemp()
    const { pid, told: port } = await nest.node<number>(
      `const server = require('node:net').createServer().listen(0, '127.0.0.1', () => console.log(server.address().port))`,
    )
    const answerer = await whoAnswers(question(pid, join(temp.dir, 'a.sock')), owners, table)
    expect(answerer).toMatchObject({ verdict: 'nobody', elsewhere: [{ address: '127.0.0.1', port }] })
  })

  it('is nobody where a server that is gone has left its file', async () => {
    await using nest = createNest()
    using temp = createTemp()
    const path = join(temp.dir, 'a.sock')
    const { child } = await nest.node(listens, { args: [path] })
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(existsSync(path)).toBe(true)
    expect(await whoAnswers(question(process.pid, path), owners, table)).toMatchObject({ verdict: 'nobody' })
  })

  it('is not told apart where an older server of somebody else has lost the file', async () => {
    await using nest = createNest()
    using temp = createTemp()
    const path = join(temp.dir, 'a.sock')
    await nest.node(listens, { args: [path] })
    renameSync(path, join(temp.dir, 'aside'))
    const { pid } = await nest.node(listens, { args: [path] })
    expect(await whoAnswers(question(pid, path), owners, table)).toMatchObject({ verdict: 'unknown' })
  })

  it('has a queue that is counted, and says when it is full', async () => {
    await using nest = createNest()
    using temp = createTemp()
    const path = join(temp.dir, 'a.sock')
    await nest.node(isBlocked, { args: [path] })
    const queued = async (): Promise<number | undefined> => (await owners.listenersAt?.(path))?.[0]?.acceptQueue
    expect(await queued()).toBe(0)
    const waiting = [connect(path), connect(path)]
    await Promise.all(waiting.map((socket) => once(socket, 'connect')))
    expect(await queued()).toBe(2)
    const target = { host: 'localhost', port: 0, socketPath: path }
    const { signal } = new AbortController()
    expect(await tcpProbe(target, signal)).toMatchObject({ ok: false, stage: 'no-answer' })
    expect(await httpProbe({})(target, signal)).toMatchObject({ ok: false, stage: 'no-answer' })
    for (const socket of waiting) socket.destroy()
  })
})

describe.skipIf(process.platform === 'win32')('the path of a socket', () => {
  it('is free where nothing is', async () => {
    using temp = createTemp()
    expect(await clearSocket(join(temp.dir, 'a.sock'), 'linux')).toBe('nothing')
  })

  it('is cleared of what a server that is gone has left', async () => {
    await using nest = createNest()
    using temp = createTemp()
    const path = join(temp.dir, 'a.sock')
    const { child } = await nest.node(listens, { args: [path] })
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(await clearSocket(path, 'linux')).toBe('gone')
    expect(existsSync(path)).toBe(false)
  })

  it('is left to whoever listens, busy or not', async () => {
    await using nest = createNest()
    using temp = createTemp()
    const [path, busy] = [join(temp.dir, 'a.sock'), join(temp.dir, 'b.sock')]
    const server = createServer((socket) => socket.destroy()).listen(path)
    await once(server, 'listening')
    await nest.node(isBlocked, { args: [busy] })
    const waiting = [connect(busy), connect(busy)]
    await Promise.all(waiting.map((socket) => once(socket, 'connect')))
    for (const taken of [path, busy]) {
      expect(await clearSocket(taken, 'linux')).toBe('somebody')
      expect(statSync(taken).isSocket()).toBe(true)
    }
    for (const socket of waiting) socket.destroy()
    await close(server)
  })

  it('is not freed of what is no socket', async () => {
    using temp = createTemp()
    const [file, folder] = [join(temp.dir, 'file'), join(temp.dir, 'folder')]
    writeFileSync(file, '')
    mkdirSync(folder)
    for (const path of [file, folder]) {
      expect(await clearSocket(path, 'linux')).toBe('no socket')
      expect(existsSync(path)).toBe(true)
    }
  })

  it.skipIf(process.getuid?.() !== 0)('is not freed of what belongs to somebody else', async () => {
    await using nest = createNest()
    using temp = createTemp()
    const path = join(temp.dir, 'a.sock')
    const { child } = await nest.node(`${listens}; process.umask(0)`, { args: [path] })
    child.kill('SIGKILL')
    await once(child, 'exit')
    const { chownSync } = await import('node:fs')
    chownSync(path, 65_534, 65_534)
    expect(await clearSocket(path, 'linux')).toBe("somebody else's")
    expect(existsSync(path)).toBe(true)
  })

  it('is not asked for a file where it is a pipe', async () => {
    using temp = createTemp()
    const path = join(temp.dir, 'a.pipe')
    const server = createServer((socket) => socket.destroy()).listen(path)
    await once(server, 'listening')
    expect(await clearSocket(path, 'win32')).toBe('somebody')
    await until('it has closed', async () => {
      await close(server)
      return true
    })
    expect(await clearSocket(path, 'win32')).toBe('nothing')
  })
})
