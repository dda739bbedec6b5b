import { describe, expect, it } from 'vitest'
import { runDoctor } from '../../src/doctor/doctor.ts'
import { type DoctorOptions, type Subject, subjectOf } from '../../src/doctor/subject.ts'
import { isSupervisorError } from '../../src/errors.ts'

const script = { script: 'server.mjs' }

/** The sentence of the refusal. */
const refusal = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!isSupervisorError(error, 'ERR_INVALID_OPTIONS')) throw new Error('not refused', { cause: error })
  return error.message
}

describe('what is to be examined', () => {
  it.each<[string, DoctorOptions, Partial<Subject>]>([
    [
      'nothing said: what runs',
      {},
      { service: null, prefersRunning: true, dialled: null, hasPath: false, mayTry: true, packaged: null, timeoutMs: null, requests: 2 },
    ],
    ['a service: a trial of it', { service: script }, { prefersRunning: false, mayTry: true }],
    ['a service, and what runs before', { service: script, preferRunning: true }, { prefersRunning: true }],
    ['only a look', { service: script, trial: false }, { mayTry: false }],
    [
      'an address',
      { url: 'http://127.0.0.1:8081' },
      { prefersRunning: false, dialled: { protocol: 'http:', host: '127.0.0.1', port: 8081, path: '/' }, hasPath: false },
    ],
    [
      'an address with a path and a question, and a fragment that no server sees',
      { url: 'https://localhost/api?a=1#top' },
      { dialled: { protocol: 'https:', host: 'localhost', port: 443, path: '/api?a=1' }, hasPath: true },
    ],
    ['a literal of IPv6', { url: 'http://[::1]/' }, { dialled: { protocol: 'http:', host: '::1', port: 80, path: '/' } }],
    ['packaged as on macOS', { service: script, as: 'packaged' }, { packaged: 'darwin' }],
    ['packaged as on Windows', { service: script, as: 'packaged:windows' }, { packaged: 'win32' }],
    ['limits', { timeoutMs: 1500, requests: 50 }, { timeoutMs: 1500, requests: 50 }],
    ['an origin', { origin: 'http://localhost:5173' }, { origin: 'http://localhost:5173' }],
    ['an origin as nobody sends it', { origin: 'HTTP://LocalHost:80' }, { origin: 'http://localhost' }],
    ['an origin of an app', { origin: 'app://.' }, { origin: 'app://.' }],
    ['an origin of IPv6', { origin: 'http://[::1]:5173' }, { origin: 'http://[::1]:5173' }],
    ['an origin that is nobody', { origin: 'null' }, { origin: 'null' }],
    ['an origin that lies on disk', { origin: 'file://' }, { origin: 'file://' }],
    ['a name', { name: '007' }, { name: '007' }],
    ['a state folder', { stateDir: '/tmp/state' }, { stateDir: '/tmp/state', stateDirIsChosen: true }],
    ['words', { words: ['--port 1', 'a.js'] }, { words: ['--port 1', 'a.js'] }],
    [
      'options that are undefined',
      { url: undefined, timeoutMs: undefined } as unknown as DoctorOptions,
      { dialled: null, timeoutMs: null },
    ],
  ])('%s', async (_, options, expected) => {
    expect(await subjectOf(options)).toMatchObject(expected)
  })

  it('is the service with what it is relative to', async () => {
    expect((await subjectOf({ service: script, baseDir: '/project/api', key: 'api' })).service).toEqual({
      options: script,
      baseDir: '/project/api',
      key: 'api',
    })
    expect((await subjectOf({ service: script })).service?.baseDir).toBe(process.cwd())
  })

  it.each<[string, DoctorOptions, unknown]>([
    ['gets the port that is dialled', { service: script, url: 'http://127.0.0.1:8081/' }, 8081],
    ['gets it for any', { service: { ...script, port: 'auto' }, url: 'http://127.0.0.1:8081/' }, 8081],
    ['keeps its own', { service: { ...script, port: 9000 }, url: 'http://127.0.0.1:8081/' }, 9000],
    ['keeps none where it listens on nothing', { service: { ...script, port: false }, url: 'http://127.0.0.1:8081/' }, false],
    ['is left alone where it is not tried', { service: script, url: 'http://127.0.0.1:8081/', trial: false }, undefined],
  ])('a service %s', async (_, options, port) => {
    expect((await subjectOf(options)).service?.options.port).toBe(port)
  })

  it('is what an app tells, and null for the rest', async () => {
    const { app } = await subjectOf({ app: { electron: '39.0.0', execPathChild: { runAsNode: false } } })
    expect(app).toMatchObject({ electron: '39.0.0', execPathChild: { runAsNode: false }, pageUrl: null, reusedConnectionErrors: 0 })
    expect((await subjectOf({})).app).toBeNull()
  })

  it('ends with the signal and tells whom it was given', async () => {
    const { signal } = new AbortController()
    const onTrial = (): void => {}
    expect(await subjectOf({ signal, onTrial })).toMatchObject({ signal, onTrial })
    expect((await subjectOf({})).signal.aborted).toBe(false)
  })
})

describe('the doctor as a function refuses, by name and with what it got,', () => {
  it.each<[string, unknown, RegExp]>([
    ['no object', null, /expected the options to be an object, got null/],
    ['an unknown option', { timeoutMS: 5 }, /unknown option `timeoutMS`; did you mean `timeoutMs`\?/],
    ['another unknown option', { port: 3000 }, /unknown option `port`/],
    ['a service that is none', { service: 'server.mjs' }, /expected `service` to be an object, got "server\.mjs"/],
    ['a service with nothing to run', { service: {} }, /`service\.script` or `service\.command` is missing/],
    ['an unknown option of the service', { service: { ...script, prot: 1 } }, /unknown option `service\.prot`; did you mean `port`\?/],
    ['an address without a scheme', { url: '127.0.0.1:8081' }, /expected `url` to be an http or https address, .* got "127\.0\.0\.1:8081"/],
    ['an address of another kind', { url: 'ftp://127.0.0.1' }, /`url`.*"ftp:\/\/127\.0\.0\.1"/],
    ['an address that cannot be dialled', { url: 'http://127.0.0.1:0/' }, /`url`/],
    ['an address that is a number', { url: 8081 }, /`url`.* got 8081 \(number\)/],
    ['no time', { timeoutMs: 0 }, /expected `timeoutMs` to be a number from 1 to 3600000, got 0/],
    ['a time that is none', { timeoutMs: Number.NaN }, /`timeoutMs`/],
    ['endless time', { timeoutMs: Number.POSITIVE_INFINITY }, /`timeoutMs`/],
    ['a time as text', { timeoutMs: '5000' }, /`timeoutMs`.* got "5000"/],
    ['no question', { requests: 0 }, /expected `requests` to be a whole number from 1 to 1000, got 0/],
    ['half a question', { requests: 1.5 }, /`requests`/],
    [
      'an origin with a path',
      { origin: 'http://localhost:5173/' },
      /expected `origin` to be scheme:\/\/host .*, got "http:\/\/localhost:5173\/"/,
    ],
    ['an origin without a scheme', { origin: 'localhost:5173' }, /`origin`/],
    ['an origin without a host', { origin: 'http://' }, /`origin`/],
    ['an origin for all', { origin: '*' }, /`origin`/],
    ['an origin of hosts', { origin: 'http://*.example.org' }, /`origin`/],
    ['an origin on a port that there is not', { origin: 'app://x:70000' }, /`origin`/],
    ['an origin that would be two headers', { origin: 'app://x\r\ny: z' }, /`origin`/],
    ['null as an origin', { origin: null }, /`origin`.* got null/],
    ['other surroundings', { service: script, as: 'root' }, /expected `as` to be one of 'packaged', .* got "root"/],
    ['surroundings by inheritance', { service: script, as: 'toString' }, /`as`/],
    ['a name that is a number', { name: 7 }, /expected `name` to be a text that is not empty, got 7/],
    ['an empty key', { key: '' }, /`key`/],
    ['no state folder', { stateDir: false }, /expected `stateDir` to be a text, got false/],
    ['a base that is empty', { baseDir: '' }, /`baseDir`/],
    ['perhaps', { trial: 'no' }, /expected `trial` to be true or false, got "no"/],
    ['perhaps what runs', { preferRunning: 1 }, /`preferRunning`/],
    ['words in one', { words: '--port 1' }, /expected `words` to be a list/],
    ['a signal that is none', { signal: 'SIGINT' }, /expected `signal` to be an AbortSignal/],
    ['nobody to tell', { onTrial: true }, /expected `onTrial` to be a function/],
    ['an app that is none', { app: '/opt/app' }, /expected `app` to be an object/],
    ['what no app tells', { app: { electorn: '39' } }, /unknown option `app\.electorn`/],
    ['a time of the app as text', { app: { readyAtMs: '12' } }, /expected `app\.readyAtMs` to be a number, got "12"/],
    ['a page that is nowhere', { app: { pageUrl: 'index.html' } }, /`app\.pageUrl`/],
    ['an end by nobody', { app: { endedBy: 'me' } }, /`app\.endedBy`/],
    ['a child half told', { app: { execPathChild: {} } }, /`app\.execPathChild\.runAsNode` is missing/],
    ['a package without a place', { archive: {} }, /`archive\.dir` is missing/],
    ['a package and a service', { archive: { dir: '/opt/app' }, service: script }, /`service` and `archive` exclude each other/],
    ['a package and an address', { archive: { dir: '/opt/app' }, url: 'http://127.0.0.1/' }, /`url` and `archive` exclude each other/],
    ['a comparison of nothing', { as: 'packaged' }, /`as` compares trials, and `service` is missing/],
    ['a comparison without a trial', { as: 'packaged', service: script, trial: false }, /`as` compares trials, and `trial` false/],
  ])('%s', async (_, options, sentence) => {
    const message = await refusal(runDoctor(options as DoctorOptions))
    expect(message).toMatch(sentence)
    expect(message).not.toContain('\n')
  })

  it('all that is wrong at once', async () => {
    const message = await refusal(runDoctor({ requests: 0, origin: '*', service: { script: 'a.js', cwd: '' } }))
    expect(message).toMatch(/^3 invalid options:/)
    for (const path of ['requests', 'origin', 'service.cwd']) expect(message).toContain(`\`${path}\``)
  })

  it.each([
    ['of a query', 'htp://127.0.0.1/api?access_token=Zq7Rt2Wm9Xc4'],
    ['of who logs in', 'ftp://me:Zq7Rt2Wm9Xc4@127.0.0.1/'],
  ])('without the secret %s', async (_, url) => {
    expect(await refusal(runDoctor({ url }))).not.toContain('Zq7Rt2Wm9Xc4')
    expect(await refusal(runDoctor({ url: new URL(url) } as unknown as DoctorOptions))).not.toContain('Zq7Rt2Wm9Xc4')
    expect(await refusal(runDoctor({ origin: url }))).not.toContain('Zq7Rt2Wm9Xc4')
  })
})
