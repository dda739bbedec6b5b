import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { causeCodes } from '../../src/causes/codes.ts'
import { conceal, secretsIn } from '../../src/doctor/conceal.ts'
import { judge } from '../../src/doctor/judge.ts'
import { reportOf } from '../../src/doctor/report.ts'
import { redactShown } from '../../src/logs/redact.ts'
import { addressEvidence, evidence, healthy, processEvidence, request, runEvidence, samples, serviceFacts } from './samples.ts'

/** Every text in it, with the names under which they lie. */
const textsIn = (value: unknown): string[] => {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, each]) => [name, ...textsIn(each)])
}

/** Nothing that a text of the samples or a mark could have by chance. */
const secret = fc
  .string({ unit: fc.constantFrom(...'ABCDEFGHJKLMNPQRSTUVWXYZ23456789!$&"\\\n é€+/=%?#😀'), minLength: 8, maxLength: 60 })
  .filter((text) => text.trim().length >= 8 && /[A-Z2-9]{3}/.test(text))

const spellings: Readonly<Record<string, (text: string) => string>> = {
  plain: (text) => text,
  'percent-encoded': encodeURIComponent,
  'percent-encoded twice': (text) => encodeURIComponent(encodeURIComponent(text)),
  'percent-encoded throughout': (text) => [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  form: (text) => new URLSearchParams({ a: text }).toString().slice(2),
  JSON: (text) => JSON.stringify(text).slice(1, -1),
  'JSON in JSON': (text) => JSON.stringify(JSON.stringify(text).slice(1, -1)).slice(1, -1),
  'units of JSON': (text) => [...Array(text.length).keys()].map((at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`).join(''),
  base64: (text) => Buffer.from(text).toString('base64'),
  base64url: (text) => Buffer.from(text).toString('base64url'),
  'base64 within more': (text) => Buffer.from(`user:${text}, and more`).toString('base64'),
  hexadecimal: (text) => Buffer.from(text).toString('hex'),
}

describe('what is known to be secret', () => {
  it.each(Object.keys(spellings))('is found %s', (name) => {
    fc.assert(
      fc.property(secret, (value) => {
        const trimmed = value.trim()
        const own = name === 'base64 within more' ? spellings.base64!(trimmed).slice(2, -4) : spellings[name]!(trimmed)
        const text = `before ${spellings[name]!(trimmed)} behind`
        const shown = conceal(text, [value])
        expect(shown).toContain('[redacted]')
        expect(shown).not.toContain(own)
        expect(shown).toMatch(/^before \S.* behind$|^before \S*\[redacted\]/s)
      }),
    )
  })

  it('appears nowhere in the evidence and its report: environment, arguments, lines, addresses, heads', () => {
    fc.assert(
      fc.property(secret, fc.constantFrom(...Object.values(spellings)), (value, spell) => {
        const own = value.trim()
        const spelled = spell(own)
        const seen = evidence({
          service: { ...serviceFacts, args: ['--verbose', spelled], script: `/srv/${spelled}/server.js` },
          environment: { names: ['X'], path: [`/opt/${spelled}`], values: { X: spelled } },
          runs: [
            runEvidence({
              command: `node server.js --x=${spelled}`,
              output: [{ atMs: 1, stream: 'stderr', text: `login with ${spelled} failed` }],
              requests: [request({ path: `/a/${spelled}/b`, status: 500, head: `{"x":"${spelled}"}`, error: spelled })],
              left: { afterExit: [], survivors: [processEvidence({ command: `tool ${spelled}` })] },
            }),
          ],
          address: addressEvidence({ url: `http://127.0.0.1:8081/a/${encodeURIComponent(own)}` }),
        })
        const secrets = secretsIn({ JARVIS_TOKEN: value })
        for (const shown of [conceal(seen, secrets), conceal(reportOf(seen, judge(seen)), secrets)]) {
          const texts = textsIn(shown)
          expect(texts.filter((text) => text.includes(own) || text.includes(spelled))).toEqual([])
        }
      }),
      { numRuns: 60 },
    )
  })

  it('is found where it is cut off, at the end of a text and within', () => {
    const value = 'Zq7Rt2Wm9Xc4Vb6Nn8Lk3Jh5'
    expect(conceal(`it is ${value.slice(0, 7)}`, [value])).toBe('it is [redacted]')
    expect(conceal(`pid 3 (run ${value.slice(0, 15)}) listens`, [value])).toBe('pid 3 (run [redacted]) listens')
    expect(conceal(`it is ${value.slice(0, 5)}`, [value])).toBe('it is Zq7Rt')
  })

  it('is found line by line', () => {
    const pem = ['-----BEGIN THING-----', 'MIIEowIBAAKCAQEAxyz', 'q8Zk3JmN5pQ7rS9tU1v', '-----END THING-----'].join('\n')
    expect(conceal(pem.split('\n'), [pem])).toEqual(['[redacted]', '[redacted]', '[redacted]', '-----END THING-----'])
  })

  it('becomes one mark where it stands twice in a row', () => {
    expect(conceal('a SECRET77SECRET77 b SECRET77', ['SECRET77'])).toBe('a [redacted] b [redacted]')
  })
})

describe('what looks secret', () => {
  it.each([
    [
      ['--token', 'abc', '--port', '8081'],
      ['--token', '[redacted]', '--port', '8081'],
    ],
    [
      ['--api-key', 'abc'],
      ['--api-key', '[redacted]'],
    ],
    [
      ['--token', '--verbose'],
      ['--token', '--verbose'],
    ],
    [
      { API_KEY: 'abc', NODE_OPTIONS: '--inspect' },
      { API_KEY: '[redacted]', NODE_OPTIONS: '--inspect' },
    ],
    [{ authorization: 'Digest x' }, { authorization: '[redacted]' }],
    ['http://127.0.0.1:8081/a?b=c', 'http://127.0.0.1:8081/a?b=[redacted]'],
    ['HTTP_PROXY=http://joe:pass@proxy:3128', 'HTTP_PROXY=http://[redacted]@proxy:3128'],
    ['Set-Cookie: sid=1234; Path=/', 'Set-Cookie: [redacted]'],
  ])('is taken out of %j', (value, shown) => {
    expect(conceal(value)).toEqual(shown)
  })

  it('is all that is: ordinary text stays, letter by letter', () => {
    fc.assert(
      fc.property(fc.array(fc.lorem()), fc.dictionary(fc.constantFrom('name', 'path', 'title'), fc.lorem()), (lines, named) => {
        const value = { lines, named, count: 3, none: null, yes: true }
        expect(conceal(value, ['Zq7Rt2Wm9Xc4'])).toEqual(value)
      }),
    )
  })

  it.each(Object.keys(samples))('is in none of the samples, which stay as they are: %s', (name) => {
    const seen = samples[name]!
    expect(conceal(seen, ['Zq7Rt2Wm9Xc4'])).toEqual(seen)
    const report = reportOf(seen, judge(seen))
    expect(JSON.stringify(conceal(report))).toBe(JSON.stringify(report))
  })

  it('is not found again in what was concealed', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab:=/?&#"\' \\%_-.@', 'token', 'key', 'SECRET77') }), (text) => {
        expect(redactShown(text) === text || conceal(text) !== text).toBe(true)
        expect(conceal(text, ['SECRET77'])).not.toContain('SECRET77')
      }),
    )
  })

  it('is cut where it is endless', () => {
    expect(conceal('x'.repeat(20_000))).toHaveLength(10_000)
    const long = `${'%41\\u0042 '.repeat(100_000)}SECRET77`
    expect(conceal([long], ['SECRET77'])[0]).toHaveLength(10_000)
  })
})

describe('the environment', () => {
  const value = 'Zq7Rt2Wm9Xc4'

  it.each([
    ...['ANTHROPIC_API_KEY', 'CLAUDE_CODE_OAUTH_TOKEN', 'DB_PASSWORD', 'npm_config_//r/:_authToken', 'githubToken', 'SESSION_SECRET'],
    ...['AWS_ACCESS_KEY_ID', 'GOOGLE_APPLICATION_CREDENTIALS', 'BASIC_AUTH', 'MY_COOKIE', 'APIKEY', 'SMTP_PWD', 'SENTRY_DSN'],
  ])('has a secret in %s', (name) => {
    expect(secretsIn({ [name]: value })).toEqual([value])
  })

  it.each([...['PATH', 'GIT_AUTHOR_NAME', 'MONKEY', 'KEYBOARD', 'PWD', 'OLDPWD', 'SSH_AUTH_SOCK', 'XAUTHORITY', 'LANG', 'AUTH_TYPE']])(
    'has none in %s',
    (name) => {
      expect(secretsIn({ [name]: value })).toEqual([])
    },
  )

  it('has none where the value is short, absent, or counts', () => {
    expect(secretsIn({ A_TOKEN: 'abcde', B_TOKEN: undefined, C_TOKEN: '', MAX_TOKENS: '100000' })).toEqual([])
  })

  it('has the password of a URL, whatever the variable is called', () => {
    expect(secretsIn({ DATABASE_URL: `postgres://joe:${value}@db/x` })).toEqual([value])
  })

  it.each([...causeCodes, 'answered', 'linux', 'HEALTHY'])('has no secret that is a word of ours: %s', (word) => {
    expect(secretsIn({ A_TOKEN: word })).toEqual([])
  })
})

describe('a bundle', () => {
  const at = (text: string, home = '/home/alice'): string => conceal(text, [], { home })

  it.each([
    ['/home/alice/x.js', '/~/x.js'],
    ['in /home/alice.', 'in /~.'],
    ['file:///home/alice/x', 'file:///~/x'],
    ['/srv/home/alice/x', '/srv/home/alice/x'],
    ['/home/alicent/x', '/home/somebody/x'],
    ['/Users/bob/x', '/Users/somebody/x'],
    ['/home/linuxbrew/.linuxbrew/bin/node', '/home/linuxbrew/.linuxbrew/bin/node'],
    ['C:\\Users\\bob\\x', 'C:\\Users\\somebody\\x'],
    ['/usr/lib/node', '/usr/lib/node'],
  ])('does not name users: %s', (text, shown) => {
    expect(at(text)).toBe(shown)
    expect(at(shown)).toBe(shown)
  })

  it('keeps a path absolute, on Windows as well', () => {
    expect(at('C:\\Users\\Alice\\x', 'C:\\Users\\alice')).toBe('C:\\~\\x')
    expect(at('{"a":"C:\\\\Users\\\\alice\\\\x"}', 'C:\\Users\\alice')).toBe('{"a":"C:\\~\\\\x"}')
    expect(at('/x', '/')).toBe('/x')
  })

  it('says of a user only whether it is root', () => {
    expect(conceal([{ user: 'alice' }, { user: 'root' }, { user: null }], [], { home: '/root' })).toEqual([
      { user: 'somebody' },
      { user: 'root' },
      { user: null },
    ])
    expect(conceal({ user: 'alice' })).toEqual({ user: 'alice' })
  })

  it('has the verdict that the evidence had', () => {
    for (const seen of [...Object.values(samples), healthy]) {
      expect(judge(conceal(seen, [], { home: '/home/alice' })).code).toBe(judge(seen).code)
    }
  })
})
