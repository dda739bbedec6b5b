import { describe, expect, it } from 'vitest'
import type { FoundExecutable } from '../../src/detect/found.ts'
import { environmentFor, insert, reachable, type SurroundingsInput, told, urlOf, withLastOnPath } from '../../src/launch/surroundings.ts'

const executable = (path: string, more: Partial<FoundExecutable> = {}): FoundExecutable => ({
  path,
  realPath: path,
  kind: 'native',
  source: 'path',
  run: [path],
  env: {},
  version: null,
  usable: true,
  candidates: [],
  ...more,
})
const node = executable('/opt/node/bin/node')
const claude = executable('/opt/claude/cli.js', {
  kind: 'script',
  run: ['/opt/node/bin/node', '/opt/claude/cli.js'],
  env: { CLAUDECODE: null },
})
const electron = executable('/app/electron', { env: { ELECTRON_RUN_AS_NODE: '1' } })

const input: SurroundingsInput = {
  base: { PATH: '/usr/bin:/bin', HOME: '/home/me', GONE: undefined },
  own: {},
  address: { host: '127.0.0.1', port: 3000 },
  instanceId: 'abc.def',
  node,
  claude,
  runsOnNode: true,
  platform: 'linux',
}
const environment = (more: Partial<SurroundingsInput> = {}): Record<string, string> => environmentFor({ ...input, ...more })

describe('the environment of a child', () => {
  it('is ours, and what it needs to know', () => {
    expect(environment()).toEqual({
      PATH: '/usr/bin:/bin',
      HOME: '/home/me',
      PORT: '3000',
      HOST: '127.0.0.1',
      CLAUDE_CLI_PATH: '/opt/claude/cli.js',
      JARVIS_CLAUDE_RUN: JSON.stringify({ command: '/opt/node/bin/node', args: ['/opt/claude/cli.js'], env: { CLAUDECODE: null } }),
      JARVIS_INSTANCE: 'abc.def',
    })
  })

  it('has no address where there is none, and no Claude where none was found', () => {
    const env = environment({ address: null, claude: null })
    for (const name of ['PORT', 'HOST', 'CLAUDE_CLI_PATH', 'JARVIS_CLAUDE_RUN']) expect(env).not.toHaveProperty(name)
  })

  it('has the path of its socket in place of a port, whatever ports or sockets we have ourselves', () => {
    const base = { ...input.base, PORT: '80', HOST: 'outer', JARVIS_SOCKET: '/outer.sock' }
    const env = environment({ base, address: { path: '/run/api.sock' } })
    expect(env.JARVIS_SOCKET).toBe('/run/api.sock')
    for (const name of ['PORT', 'HOST']) expect(env).not.toHaveProperty(name)
    for (const address of [input.address, null]) expect(environment({ base, address })).not.toHaveProperty('JARVIS_SOCKET')
  })

  it("is the user's where the user says so, and without what the user removes", () => {
    const env = environment({ own: { PORT: '4000', HOME: undefined, CLAUDE_CLI_PATH: undefined, PATH: '/mine', NEW: '' } })
    expect(env).toMatchObject({ PORT: '4000', PATH: '/mine', NEW: '' })
    expect(env).not.toHaveProperty('HOME')
    expect(env).not.toHaveProperty('CLAUDE_CLI_PATH')
  })

  it('has no variable without a value, and leaves ours alone', () => {
    const base = Object.freeze({ ...input.base })
    const own = Object.freeze({ A: undefined })
    const env = environmentFor({ ...input, base, own })
    expect(Object.values(env).every((value) => typeof value === 'string')).toBe(true)
    expect(env).not.toHaveProperty('GONE')
    expect(env).not.toHaveProperty('A')
  })

  it("does not inherit the channel to our own parent, nor that Electron is Node, nor another run's certificate", () => {
    const base = {
      ...input.base,
      NODE_CHANNEL_FD: '3',
      NODE_CHANNEL_SERIALIZATION_MODE: 'json',
      NODE_UNIQUE_ID: '1',
      ELECTRON_RUN_AS_NODE: '1',
      JARVIS_INSTANCE: 'outer.run',
    }
    const env = environment({ base })
    for (const name of ['NODE_CHANNEL_FD', 'NODE_CHANNEL_SERIALIZATION_MODE', 'NODE_UNIQUE_ID', 'ELECTRON_RUN_AS_NODE']) {
      expect(env).not.toHaveProperty(name)
    }
    expect(env.JARVIS_INSTANCE).toBe('abc.def')
  })

  it('makes Electron a Node for scripts that it runs, and for nothing else', () => {
    expect(environment({ node: electron }).ELECTRON_RUN_AS_NODE).toBe('1')
    expect(environment({ node: electron, runsOnNode: false })).not.toHaveProperty('ELECTRON_RUN_AS_NODE')
    expect(environment({ node: electron, runsOnNode: false, base: { ELECTRON_RUN_AS_NODE: '1' } })).not.toHaveProperty(
      'ELECTRON_RUN_AS_NODE',
    )
    expect(environment({ node })).not.toHaveProperty('ELECTRON_RUN_AS_NODE')
  })

  it("the user's own word on ELECTRON_RUN_AS_NODE wins, too", () => {
    expect(environment({ own: { ELECTRON_RUN_AS_NODE: '1' } }).ELECTRON_RUN_AS_NODE).toBe('1')
    expect(environment({ node: electron, own: { ELECTRON_RUN_AS_NODE: undefined } })).not.toHaveProperty('ELECTRON_RUN_AS_NODE')
  })

  it.each([
    ['at its end', { PATH: '/usr/bin:/bin' }, '/usr/bin:/bin:/shim'],
    ['without empty entries, which are the working directory, before it', { PATH: ':/bin::' }, '/bin:/shim'],
    ['after the folders of the system where there was none at all', {}, '/usr/bin:/bin:/shim'],
  ] satisfies [string, Record<string, string>, string][])('takes a folder onto its PATH %s', (_where, env, expected) => {
    expect(withLastOnPath(env, '/shim', 'linux').PATH).toBe(expected)
  })

  it.each(['Path', 'PATH', 'path'])('on Windows the variable keeps the case that it has: %s', (name) => {
    const env = withLastOnPath({ [name]: 'C:\\Windows;' }, 'C:\\node', 'win32')
    expect(Object.entries(env).filter(([key]) => key.toUpperCase() === 'PATH')).toEqual([[name, 'C:\\Windows;C:\\node']])
  })

  it('elsewhere Path is just another variable', () => {
    const base = { Path: '/x', PATH: '/bin' }
    expect(withLastOnPath(base, '/shim', 'linux')).toEqual({ Path: '/x', PATH: '/bin:/shim' })
  })
})

describe('what is inserted into arguments', () => {
  const insertions = { address: { host: '127.0.0.1', port: 3000 }, claudePath: '/opt/claude', nodePath: '/opt/node' }

  it.each([
    ['{port}', '3000'],
    ['--listen={host}:{port}', '--listen=127.0.0.1:3000'],
    ['{url}/api', 'http://127.0.0.1:3000/api'],
    ['{claudePath}', '/opt/claude'],
    ['{nodePath}', '/opt/node'],
    ['{port}{port}', '30003000'],
    ['{"port":{port}}', '{"port":3000}'],
    ['{"a":1}', '{"a":1}'],
    ['{Port} {other} {} {{port}}', '{Port} {other} {} {3000}'],
    ['{toString}{__proto__}', '{toString}{__proto__}'],
    ['', ''],
  ])('%s: %s', (arg, inserted) => {
    expect(insert([arg], insertions)).toEqual([inserted])
  })

  it('is taken as it is: no pattern of replacement, no second round', () => {
    expect(insert(['{claudePath}'], { ...insertions, claudePath: "/a/$&/{port}/$'" })).toEqual(["/a/$&/{port}/$'"])
  })

  it('is the path of a socket, and then no port', () => {
    const socket = { address: { path: '/run/a b.sock' }, claudePath: null, nodePath: null }
    expect(insert(['--at={socket}', '{port}{url}{host}'], socket)).toEqual(['--at=/run/a b.sock', '{port}{url}{host}'])
    expect(insert(['{socket}'], insertions)).toEqual(['{socket}'])
  })

  it('is nothing where there is none', () => {
    expect(insert(['{claudePath}', 'x{nodePath}'], { address: null, claudePath: null, nodePath: null })).toEqual(['', 'x'])
    expect(insert(['{port}'], { address: null, claudePath: null, nodePath: null })).toEqual(['{port}'])
  })

  it('changes no other argument, and not the list', () => {
    const args = Object.freeze(['a', '{port}', 'b'])
    expect(insert(args, insertions)).toEqual(['a', '3000', 'b'])
  })
})

describe('an address', () => {
  it.each([
    [null, { port: null, url: null }],
    [
      { host: '0.0.0.0', port: 3000 },
      { port: 3000, url: 'http://127.0.0.1:3000' },
    ],
    [{ path: '/run/api.sock' }, { port: null, url: null, socket: '/run/api.sock' }],
  ])('%j is told as %j', (address, facts) => {
    expect(told(address)).toEqual(facts)
  })

  it.each([
    ['127.0.0.1', 'http://127.0.0.1:3000'],
    ['localhost', 'http://localhost:3000'],
    ['::1', 'http://[::1]:3000'],
  ])('%s is written %s', (host, url) => {
    expect(urlOf({ host, port: 3000 })).toBe(url)
  })

  it.each([
    ['0.0.0.0', '127.0.0.1'],
    ['::', '::1'],
    ['127.0.0.1', '127.0.0.1'],
    ['192.168.0.7', '192.168.0.7'],
  ])('%s is dialled at %s', (host, reached) => {
    expect(reachable({ host, port: 3000 })).toEqual({ host: reached, port: 3000 })
  })

  it('goes to the child as it is bound, and to clients as it is reached', () => {
    const address = { host: '0.0.0.0', port: 3000 }
    expect(environment({ address }).HOST).toBe('0.0.0.0')
    expect(insert(['{host} {url}'], { address, claudePath: null, nodePath: null })).toEqual(['0.0.0.0 http://127.0.0.1:3000'])
  })
})
