import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { redactShown, redactTokens } from '../../src/logs/redact.ts'

// put together here, so that nobody who looks for secrets finds this file
const letters = 'AbCdEfGhIjKlMnOpQrStUvWxYz0123456789'
const tokens: readonly (readonly [string, string])[] = [
  [`sk-ant-api03-${letters}-_AA`, 'sk-ant-[redacted]'],
  [`sk-ant-oat01-${letters}`, 'sk-ant-[redacted]'],
  [`sk-${letters}`, 'sk-[redacted]'],
  [`sk-proj-${letters}`, 'sk-[redacted]'],
  [`Bearer ${letters}`, 'Bearer [redacted]'],
  [`bearer abc.def-${letters}~+/==`, 'bearer [redacted]'],
  [`eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.${letters}_-`, '[redacted JWT]'],
  [`Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.${letters}`, 'Bearer [redacted JWT]'],
  ['Authorization: Bearer short', 'Authorization: Bearer [redacted]'],
  ['"authorization":"Bearer short"', '"authorization":"Bearer [redacted]"'],
  ['{\\"Authorization\\": \\"Basic dTpw\\"}', '{\\"Authorization\\": \\"Basic [redacted]\\"}'],
  [`ghp_${letters}`, 'ghp_[redacted]'],
  [`gho_${letters}`, 'gho_[redacted]'],
  [`github_pat_11ABC_${letters}`, 'github_pat_[redacted]'],
  [`glpat-${letters}`, 'glpat-[redacted]'],
  [`sk_live_${letters}`, 'sk_live_[redacted]'],
  [`rk_test_${letters}`, 'rk_test_[redacted]'],
  [`AKIA${'ABCDEFGH12345678'}`, 'AKIA[redacted]'],
  [`AIza${letters}`, 'AIza[redacted]'],
  [`-----BEGIN RSA PRIVATE KEY-----\nMIIE${letters}\nAA==\n-----END RSA PRIVATE KEY-----`, '-----BEGIN RSA [redacted private key]'],
  [`-----BEGIN PRIVATE KEY-----\\nMIIE${letters}\\n-----END PRIVATE KEY-----\\n`, '-----BEGIN [redacted private key]\\n'],
]

describe('tokens', () => {
  it.each(tokens)('%j becomes %j', (text, shown) => {
    expect(redactTokens(text)).toBe(shown)
    expect(redactTokens(`before ${text}, after\n${text}\n`)).toBe(`before ${shown}, after\n${shown}\n`)
    expect(redactTokens(`key="${text}"`)).toBe(`key="${shown}"`)
  })

  it.each([
    'a bearer of bad news, Bearer authentication is required',
    'WWW-Authenticate: Bearer realm="api", error="invalid_token"',
    'Basic authentication, the basic idea',
    'task-runner-is-waiting-for-the-disk-to-spin-up',
    'task-ant-colony, risk-abcdefghijklmnopqrstuvwxyz',
    'sk-learn, sk-ant-, sk-loading-indicator-container',
    'eyJust.some.words, keyJar.open.close, eyJ.eyJ',
    'highs_and_lows_of_the_last_years',
    '/api/sessions/9f8b7c6d-1234-4abc-9def-0123456789ab 200 in 12 ms',
    'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  ])('%j is ordinary text', (text) => {
    expect(redactTokens(text)).toBe(text)
  })

  it('none is left, whatever stands around it', () => {
    const around = fc.string({ unit: fc.constantFrom(...' \n\t"\',:;(){}[]<>äé|') })
    fc.assert(
      fc.property(around, fc.constantFrom(...tokens), around, ([...before], [token, shown], after) => {
        const text = before.join('')
        expect(redactTokens(`${text} ${token} ${after}`)).toBe(`${text} ${shown} ${after}`)
      }),
    )
  })
})

describe('what is shown', () => {
  it.each([
    ['DB_PASSWORD=hunter2 PORT=80', 'DB_PASSWORD=[redacted] PORT=80'],
    ['ANTHROPIC_API_KEY: abc', 'ANTHROPIC_API_KEY: [redacted]'],
    [`ANTHROPIC_API_KEY=sk-ant-${letters}`, 'ANTHROPIC_API_KEY=sk-ant-[redacted]'],
    ['SESSION_SECRET_OLD = "two words" x', 'SESSION_SECRET_OLD = "[redacted]" x'],
    ["{ accessToken: 'abc', port: 1 }", "{ accessToken: '[redacted]', port: 1 }"],
    ['{"password":"a \\"b c","user":"joe"}', '{"password":"[redacted]","user":"joe"}'],
    ['{"body":"{\\"password\\":\\"abc\\",\\"x\\":1}"}', '{"body":"{\\"password\\":\\"[redacted]\\",\\"x\\":1}"}'],
    ['{"apiKey":12345}', '{"apiKey":[redacted]}'],
    ['x-api-key: abc', 'x-api-key: [redacted]'],
    ['node a.js --api-key abc --verbose', 'node a.js --api-key [redacted] --verbose'],
    ['node a.js --token=abc -x', 'node a.js --token=[redacted] -x'],
    ['["--token", "abc", "--x"]', '["--token", "[redacted]", "--x"]'],
    ['Cookie: a=b; c=d', 'Cookie: [redacted]'],
    ['authorization: Digest a="b"', 'authorization: [redacted]"b"'],
    ['MY_TOKEN => 5', 'MY_TOKEN => [redacted]'],
    ['password="never closed', 'password="[redacted]'],
    ['(password=a,b)', '(password=[redacted])'],
    ['GET /api?token=abc&page=2 HTTP/1.1', 'GET /api?token=[redacted]&page=[redacted] HTTP/1.1'],
    ['ws://127.0.0.1:80/a?x=1#token=zz', 'ws://127.0.0.1:80/a?x=[redacted]#token=[redacted]'],
    ['localhost:3000?a=b', 'localhost:3000?a=[redacted]'],
    ['"?token=abc&flag"', '"?token=[redacted]&flag"'],
    ['postgres://me:p%40w@db/jarvis?ssl=on', 'postgres://[redacted]@db/jarvis?ssl=[redacted]'],
    [`https://${'x'.repeat(20)}@host/`, 'https://[redacted]@host/'],
    [`xoxb-123456789012-${letters}`, 'xoxb-[redacted]'],
    [`npm_${letters}`, 'npm_[redacted]'],
    [`hf_${letters}`, 'hf_[redacted]'],
  ])('%j becomes %j', (text, shown) => {
    expect(redactShown(text)).toBe(shown)
    expect(redactShown(shown)).toBe(shown)
  })

  it.each([
    'API_KEY=\nANTHROPIC_API_KEY=undefined "secret": null',
    'SyntaxError: Unexpected token: punc',
    'max_tokens=100 "input_tokens":5, monkey: 3, key: value',
    'if (password === other) use std::secret::Thing',
    'const x = e?t=n(r):o, what? a=b',
    'secret:// and http://host/path/to#anchor',
    'listening on http://127.0.0.1:3000/ (pid 12)',
    'user@host.example wrote: "a: b, c=d"',
  ])('%j stays as it is', (text) => {
    expect(redactShown(text)).toBe(text)
  })

  it('ordinary words stay as they are', () => {
    const word = fc.stringMatching(/^[a-zA-Z]{0,8}[.,!]?$|^[0-9]{1,12}$|^[äöü€漢🦊|(){}]{1,5}$/u)
    const text = fc.array(fc.oneof(word, fc.constantFrom('\n', '->', 'a=b', 'a: b', '{"a":1}', '/a/b.ts:12:3', 'http://localhost:1/x')))
    fc.assert(
      fc.property(text, (parts) => {
        const written = parts.join(' ')
        expect(redactShown(written)).toBe(written)
        expect(redactTokens(written)).toBe(written)
      }),
    )
  })

  it('is the same when it is redacted again', () => {
    const part = fc.constantFrom(
      ...[
        'password',
        'token',
        'api_key',
        '--secret',
        'Cookie',
        'authorization',
        '=',
        ':',
        ' ',
        '"',
        "'",
        '\\"',
        ',',
        '?',
        '&',
        '#',
        '/',
        '://',
        '@',
      ],
      ...['a', 'b1', '\n', '[redacted]', ...tokens.map(([token]) => ` ${token} `)],
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const shown = redactShown(parts.join(''))
        expect(redactShown(shown)).toBe(shown)
      }),
      { numRuns: 2000 },
    )
  })
})

/** With work in proportion to its square, each would take minutes. */
describe('hostile text is passed in proportion to its length', () => {
  const megabyte = (unit: string): string => unit.repeat(Math.ceil((1024 * 1024) / unit.length))

  it.each([
    'a',
    '-',
    'k',
    'b-',
    'sk-',
    'sk-ant-',
    'sk-a',
    'eyJ',
    'eyJ.',
    'eyJaa.aa.',
    'eyJaa.aa. ',
    'gh',
    'ghp_',
    'Bearer ',
    'Bearer a',
    'bearer 1',
    'uthorization: Bearer ',
    'uthorization: Basic ',
    'PRIVATE KEY-----',
    'PRIVATE KEY----- a',
    'AKIA',
    'AIza',
  ])('tokens: %j again and again', (unit) => {
    expect(redactTokens(megabyte(unit))).not.toBe('')
  })

  it.each([
    '?',
    '#a=b',
    '/?&&',
    'a:1',
    '://',
    '://a',
    '://@',
    'secret',
    'secret=',
    'secret="',
    "secret='",
    'secret=\\"',
    'secret=,',
    'token: ',
    '--token ',
    '--',
    '"',
    '\\',
    'password:\\\\\\',
    'Cookie:',
    'authorization: ',
    '[redacted',
    ' ',
  ])('what is shown: %j again and again', (unit) => {
    expect(redactShown(megabyte(unit))).not.toBe('')
    expect(redactShown(`secret="${megabyte(unit)}`)).not.toBe('')
  })
})
