import { existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { chooseRunning, connectControl, findServices } from '../../src/control/connect.ts'
import type { RunRecord } from '../../src/record/record.ts'
import { createWorld, hello, serviceOf, status, type World } from './world.ts'

let world: World
beforeEach(() => {
  world = createWorld()
})
afterEach(() => world[Symbol.asyncDispose]())

/** A record, and a supervisor that answers for it. */
const run = async (service: string, root: string): Promise<RunRecord> => {
  const socket = join(world.dir, `${readdirSync(world.dir).length}.sock`)
  const record = world.record({ service, root, socket })
  const { key } = record
  await world.serve(serviceOf({ status: async () => ({ ...status, name: `${service} of ${root}` }) }), {
    path: socket,
    hello: { ...hello, service, root, key },
  })
  return record
}
const nameOf = async (options: Parameters<typeof connectControl>[0]): Promise<string> =>
  (await (await connectControl({ stateDir: world.dir, ...options })).status()).name

describe('the services of a state folder', () => {
  it('are those with a record; whether they run is asked of them', async () => {
    const alive = await run('alive', '/a')
    const dead = world.record({ service: 'dead', root: '/a', socket: join(world.dir, 'none.sock') })
    const usurped = world.record({ service: 'usurped', root: '/a', socket: alive.socket })
    const far = world.record({ service: 'far', root: '/a', socket: `/${'x'.repeat(200)}` })
    world.file('other.json', '{}')
    expect(await findServices(world.dir)).toEqual([
      { record: alive, hello: { ...hello, service: 'alive', root: '/a', key: alive.key }, answers: 'yes' },
      { record: dead, hello: null, answers: 'no' },
      { record: far, hello: null, answers: 'silent' },
      { record: usurped, hello: null, answers: 'no' },
    ])
  })

  it('are none where there is no folder, and none is made', async () => {
    const stateDir = join(world.dir, 'state')
    expect(await findServices(stateDir)).toEqual([])
    await expect(connectControl({ stateDir })).rejects.toMatchObject({ code: 'ERR_NOT_RUNNING', hint: expect.stringContaining('start') })
    expect(existsSync(stateDir)).toBe(false)
  })

  it('cannot be told of a folder that is none', async () => {
    await expect(findServices(world.file('file', ''))).rejects.toMatchObject({
      code: 'ERR_STATE_DIR',
      message: expect.stringContaining('ENOTDIR'),
    })
  })
})

describe('a connection to a service', () => {
  it('that runs: the only one, by name, by key', async () => {
    const { key } = await run('api', '/a')
    expect(await nameOf({})).toBe('api of /a')
    await run('web', '/a')
    expect([await nameOf({ name: 'web' }), await nameOf({ name: key })]).toEqual(['web of /a', 'api of /a'])
    await expect(connectControl({ stateDir: world.dir })).rejects.toMatchObject({
      code: 'ERR_INVALID_OPTIONS',
      message: 'Several services run: api, web. Name one.',
    })
  })

  it('of this checkout, by whatever way one came there', async () => {
    const here = join(world.dir, 'here')
    mkdirSync(here)
    const link = join(world.dir, 'link')
    symlinkSync(here, link)
    await run('api', here)
    await run('api', '/b')
    expect([await nameOf({ cwd: link }), await nameOf({ name: 'api', cwd: link })]).toEqual(Array(2).fill(`api of ${here}`))
    await run('api', process.cwd())
    expect(await nameOf({ name: 'api' })).toBe(`api of ${process.cwd()}`)
    await expect(connectControl({ stateDir: world.dir, name: 'api', cwd: '/gone' })).rejects.toThrow('Several services are called api')
  })

  it('in the folder that the environment names', async () => {
    await run('api', '/a')
    const { JARVIS_STATE_DIR: before } = process.env
    process.env.JARVIS_STATE_DIR = world.dir
    try {
      expect((await chooseRunning()).record.service).toBe('api')
    } finally {
      if (before === undefined) delete process.env.JARVIS_STATE_DIR
      else process.env.JARVIS_STATE_DIR = before
    }
  })

  it('that has ended since: it does not run', async () => {
    const { socket, key } = world.record({ service: 'api', root: '/a', socket: world.path })
    const server = await world.serve(serviceOf(), { path: socket, hello: { ...hello, key } })
    const client = await connectControl({ stateDir: world.dir })
    await server.close()
    await expect(client.stop()).rejects.toMatchObject({ code: 'ERR_NOT_RUNNING', service: 'api' })
  })
})
