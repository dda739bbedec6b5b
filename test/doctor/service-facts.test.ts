import { describe, expect, it } from 'vitest'
import type { ServiceOptions } from '../../src/config/options.ts'
import { type ServiceSpec, specifyService } from '../../src/config/service.ts'
import { commandWords, dialledFor, headersOf, isTcp, pathsOf, serviceFacts, wantedBy } from '../../src/doctor/service-facts.ts'
import { type DoctorOptions, subjectOf } from '../../src/doctor/subject.ts'

const spec = (options: ServiceOptions): ServiceSpec =>
  specifyService({ command: 'serve', cwd: '/', ...options }, { baseDir: '/', packageName: () => undefined })

describe('where a window dials', () => {
  it.each<[string, ServiceOptions, string | null]>([
    ['is the port that was asked for', { port: 8081 }, '127.0.0.1:8081'],
    ['is the one that is preferred', { port: { prefer: 8081 } }, '127.0.0.1:8081'],
    ['is the host of that, too', { port: 8081, host: '::1' }, '::1:8081'],
    ['is no wildcard', { port: 8081, host: '0.0.0.0' }, '127.0.0.1:8081'],
    ['is not known where any port will do', {}, null],
    ['is nowhere without a port', { port: false }, null],
  ])('%s', (_name, options, address) => {
    const at = dialledFor(wantedBy(spec(options)), ['/api', '/'])
    expect(at && `${at.host}:${at.port}`).toBe(address)
    if (at !== null) expect(at).toMatchObject({ protocol: 'http:', path: '/api' })
  })

  it('is not known of a service that nobody knows', () => {
    expect(wantedBy(null)).toBeNull()
  })
})

describe('what a window asks for', () => {
  const readiness = { kind: 'http', path: '/health' } as const
  it.each<[string, DoctorOptions, readonly string[]]>([
    ['is / where nobody says otherwise', { service: {} }, ['/']],
    ['is what the probes ask for, each once', { service: { readiness, liveness: readiness } }, ['/health']],
    [
      'begins with what the config names for the doctor',
      { service: { readiness, doctor: { paths: ['/api', '/health'] } } },
      ['/api', '/health'],
    ],
    ['is only the path that was named', { service: { readiness }, url: 'http://127.0.0.1:1/projects?x=1' }, ['/projects?x=1']],
    ['is not the path that was left out', { service: { readiness }, url: 'http://127.0.0.1:1' }, ['/health']],
  ])('%s', async (_name, options, paths) => {
    const subject = await subjectOf({ ...options, service: { command: 'serve', ...options.service }, baseDir: '/' })
    expect(pathsOf(subject, spec(options.service ?? {}))).toEqual(paths)
  })
})

describe('a service', () => {
  it('is told without secrets of its arguments, and is announced as it will be started', () => {
    const service = spec({ args: ['--verbose', 'ghp_0123456789012345678901'], port: 8081 })
    expect(serviceFacts(service)).toMatchObject({ command: 'serve', script: null, port: 8081, host: '127.0.0.1', supervised: null })
    expect(JSON.stringify(serviceFacts(service).args)).not.toContain('ghp_0123456789')
    expect(commandWords(service)).toBe('serve --verbose ghp_0123456789012345678901 (in /)')
  })

  it('that listens on nothing has no port', () => {
    expect(serviceFacts(spec({ port: false }))).toMatchObject({ port: 'none', host: '' })
  })

  it('is asked with the headers of its readiness, and only connected to where that is all it promises', () => {
    const headers = { authorization: 'Bearer x' }
    expect(headersOf(spec({ readiness: { kind: 'http', headers } }))).toEqual(headers)
    expect(headersOf(spec({ readiness: { kind: 'tcp' } }))).toBeUndefined()
    expect([isTcp(spec({ readiness: { kind: 'tcp' } })), isTcp(spec({})), isTcp(null)]).toEqual([true, false, false])
  })
})
