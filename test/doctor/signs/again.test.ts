import { describe, expect, it } from 'vitest'
import type { Evidence, ServiceFacts } from '../../../src/doctor/evidence.ts'
import { again, killing, sameAgain, withFreePort } from '../../../src/doctor/signs/again.ts'
import { addressEvidence, evidence, packagedApp, serviceFacts } from '../samples.ts'

const asked = (...words: string[]): Evidence => evidence({ asked: words })
const of = (service: Partial<ServiceFacts>): Evidence => evidence({ service: { ...serviceFacts, ...service } })
const command = (service: Partial<ServiceFacts>): Evidence => of({ script: null, port: 'auto', ...service })

describe('the same question again', () => {
  it.each<[string, Evidence, string]>([
    ['as it was asked', asked('--cwd /app', '--port 8081', 'server.js'), '--cwd /app --port 8081 server.js'],
    ['nothing but the command, where nothing was said', asked(), ''],
    ['a script, with its port', of({ script: '/project/api/server.js' }), '--port 8081 /project/api/server.js'],
    ['a script for any port', of({ port: 'auto' }), '/project/api/server.js'],
    ['a script that prefers a port', of({ port: { prefer: 8081 } }), '/project/api/server.js'],
    [
      'a script with a space and arguments',
      of({ script: '/my api/s.js', args: ['--fast', 'a b'], port: 'none' }),
      "'/my api/s.js' -- --fast 'a b'",
    ],
    ['a command', command({ command: 'python3', args: ['app.py', "it's"] }), String.raw`-- python3 app.py 'it'\''s'`],
    ['a service without script or command', command({}), ''],
    ['a running service', evidence({ subject: 'running' }), ''],
    ['an address', evidence({ subject: 'address' }), '--url http://127.0.0.1:8081/api/projects'],
    [
      'an address with a query',
      evidence({ subject: 'address', address: addressEvidence({ url: 'http://[::1]:1/?a=1&b' }) }),
      "--url 'http://[::1]:1/?a=1&b'",
    ],
    [
      'a service that is not tried and has no address',
      evidence({ subject: 'address', address: null }),
      '--port 8081 /project/api/server.js',
    ],
    ['no service', evidence({ service: null, address: null }), ''],
    ['a packaged app', packagedApp, '--app /project/dist/linux-unpacked'],
  ])('is %s', (_what, seen, words) => {
    expect(sameAgain(seen)).toBe(`jarvis-supervise doctor${words === '' ? '' : ` ${words}`}`)
  })
})

describe('the question with something else said', () => {
  it.each<[string, string, string]>([
    ['a port in the place of a port', '--port 9', '--port 9 --host ::1 --cwd /app server.js'],
    ['a preferred port in the place of a port', '--prefer-port 9', '--prefer-port 9 --host ::1 --cwd /app server.js'],
    ['an address in the place of a port', '--url http://a:1/', '--url http://a:1/ --host ::1 --cwd /app server.js'],
    ['a host in the place of a host', '--host 127.0.0.1', '--host 127.0.0.1 --port 8081 --cwd /app server.js'],
    ['what was not said before', '--bundle x.json', '--bundle x.json --port 8081 --host ::1 --cwd /app server.js'],
  ])('has %s', (_what, options, words) => {
    expect(again(asked('--port 8081', '--host ::1', '--cwd /app', 'server.js'), options)).toBe(`jarvis-supervise doctor ${words}`)
  })

  it('replaces each way of naming the port', () => {
    expect(again(asked('--prefer-port 1', '--url http://a:2/', 's.js'), '--port 3')).toBe('jarvis-supervise doctor --port 3 s.js')
  })

  it('keeps what is said to the service, though it is spelled alike', () => {
    expect(again(asked('--port 1', 's.js', '--', '--port', '1', '--url'), '--port 3')).toBe(
      'jarvis-supervise doctor --port 3 s.js -- --port 1 --url',
    )
  })
})

describe('the question with any free port', () => {
  it.each<[string, Evidence, string | undefined]>([
    ['leaves out the one that was named', asked('--port 8081', 's.js'), 'jarvis-supervise doctor s.js'],
    ['is the bare command, where a config says what to start', asked('--port 8081'), 'jarvis-supervise doctor'],
    ['names the service', of({}), 'jarvis-supervise doctor /project/api/server.js'],
    ['is none, where it is not known what to start', evidence({ subject: 'running' }), undefined],
    ['is none for an address', evidence({ subject: 'address' }), undefined],
  ])('%s', (_what, seen, expected) => {
    expect(withFreePort(seen)).toBe(expected)
  })
})

describe('the command that ends a process', () => {
  it.each<[NodeJS.Platform, string]>([
    ['linux', 'kill 4711'],
    ['darwin', 'kill 4711'],
    ['win32', 'taskkill /F /PID 4711'],
  ])('on %s', (platform, expected) => {
    expect(killing(4711, platform)).toBe(expected)
  })
})
