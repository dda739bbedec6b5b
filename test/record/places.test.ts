import { describe, expect, it } from 'vitest'
import { isServiceSocket, keyOfRecord, longestSocketPath, placesOf, serviceSocketOf, shortDirOf } from '../../src/record/places.ts'

const shortDir = '/run/user/0/jarvis-supervise'
const linux = { platform: 'linux', shortDir } as const

describe('the places of a service', () => {
  it('lie in the state folder', () => {
    expect(placesOf({ ...linux, stateDir: '/state', key: 'api-0abc' })).toEqual({
      record: '/state/api-0abc.json',
      lock: '/state/api-0abc.lock',
      socket: expect.stringMatching(/^\/state\/[a-z0-9]{11}\.sock$/),
      serviceSocket: expect.stringMatching(/^\/state\/[a-z0-9]{11}\.sock$/),
      token: '/state/api-0abc.token',
      log: '/state/logs/api-0abc.log',
    })
  })

  it('are others for every key and state folder, wherever the socket lies', () => {
    const long = `/${'d'.repeat(120)}`
    const sockets = [long, `${long}e`, '/state', '/state2'].flatMap((stateDir) =>
      ['a', 'b'].flatMap((key) => {
        const { socket, serviceSocket } = placesOf({ ...linux, stateDir, key })
        return [socket, serviceSocket]
      }),
    )
    expect(new Set(sockets).size).toBe(16)
  })

  it.each([0, 40, 80, 84, 85, 86, 87, 200, 4000])('have a socket that fits, below a folder of %d characters', (length) => {
    const stateDir = `/${'ü'.repeat(length / 2)}`
    const { socket, serviceSocket } = placesOf({ ...linux, stateDir, key: 'k'.repeat(60) })
    const other = serviceSocketOf({ ...linux, stateDir, key: 'k'.repeat(60) }, 31)
    for (const path of [socket, serviceSocket, other]) expect(Buffer.byteLength(path)).toBeLessThanOrEqual(longestSocketPath)
  })

  it.each(['linux', 'win32'] as const)('have a socket for each process of the service on %s, which is known by its path', (platform) => {
    const input = { platform, shortDir, stateDir: platform === 'win32' ? 'C:\\state' : '/state', key: 'api-0' }
    const paths = [0, 1, 2, 3].map((slot) => serviceSocketOf(input, slot))
    expect(paths[0]).toBe(placesOf(input).serviceSocket)
    expect(new Set([...paths, placesOf(input).socket]).size).toBe(5)
    expect(paths.every((path) => isServiceSocket(input, path))).toBe(true)
    expect([placesOf(input).socket, '/tmp/other.sock'].some((path) => isServiceSocket(input, path))).toBe(false)
    expect(isServiceSocket({ ...input, key: 'api-1' }, paths[1] ?? '')).toBe(false)
  })

  it('have a pipe on Windows', () => {
    const { socket, serviceSocket, record } = placesOf({ stateDir: 'C:\\state', key: 'api-0', platform: 'win32', shortDir: '' })
    for (const path of [socket, serviceSocket]) expect(path).toMatch(/^\\\\\.\\pipe\\jarvis-supervise-[a-z0-9]{11}$/)
    expect(serviceSocket).not.toBe(socket)
    expect(record).toBe('C:\\state\\api-0.json')
  })

  it.each([
    ['api-0.json', 'api-0'],
    ['api-0.json.new', undefined],
    ['api-0.lock', undefined],
    ['0abc.sock', undefined],
    ['.hidden.json', undefined],
  ])('%s is the record of %s', (file, key) => {
    expect(keyOfRecord(file)).toBe(key)
  })

  it.each([
    [
      'Linux with a runtime folder',
      { env: { XDG_RUNTIME_DIR: '/run/user/7' }, platform: 'linux', tmp: '/tmp', uid: 7 },
      '/run/user/7/jarvis-supervise',
    ],
    ['Linux without', { env: {}, platform: 'linux', tmp: '/tmp', uid: 7 }, '/tmp/jarvis-supervise-7'],
    ['a relative one is invalid', { env: { XDG_RUNTIME_DIR: 'run' }, platform: 'linux', tmp: '/tmp', uid: 7 }, '/tmp/jarvis-supervise-7'],
    [
      'macOS',
      { env: { XDG_RUNTIME_DIR: '/run' }, platform: 'darwin', tmp: '/var/folders/x/T', uid: 501 },
      '/var/folders/x/T/jarvis-supervise-501',
    ],
  ] as const)('short: %s', (_what, facts, dir) => {
    expect(shortDirOf(facts)).toBe(dir)
  })
})
