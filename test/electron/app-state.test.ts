import { describe, expect, it } from 'vitest'
import { type AppState, audienceOf, awaited, stateFor } from '../../src/electron/app-state.ts'
import { readable } from '../../src/electron/readable.ts'

const local = 'file:///app/page.html'
const backend = 'http://127.0.0.1:8080'

describe('the audience', () => {
  it.each([
    [local, 'local'],
    [`${local}#x`, 'local'],
    [`${local}?x`, null],
    ['file:///app/other.html', null],
    ['file:///app/page.html.evil/page.html', null],
    [`${backend}/`, 'backend'],
    [`${backend}/a?b#c`, 'backend'],
    [backend, 'backend'],
    ['http://127.0.0.1:80800/', null],
    ['http://127.0.0.1:8080.evil.example/', null],
    ['http://127.0.0.1:8080@evil.example/', null],
    ['http://localhost:8080/', null],
    ['https://evil.example/http://127.0.0.1:8080/', null],
    ['about:blank', null],
    ['', null],
  ])('at %s is %s', (url, audience) => {
    expect(audienceOf(url, local, backend)).toBe(audience)
  })

  it.each([
    ['file:///C:/My%20App/page.html', 'file:///c:/My%20App/page.html'],
    ['file:///C:/Users/RUNNER~1/page.html', 'file:///C:/Users/RUNNER%7E1/page.html'],
    ['file:///opt/%E2%9C%93/100%25/page.html', 'file:///opt/%E2%9C%93/100%25/page.html'],
  ])('of our page is known by the address that Chromium gives it: %s', (url, page) => {
    expect(audienceOf(url, page, null)).toBe('local')
  })

  it.each([
    ['file:///opt/a?b/page.html', 'file:///opt/a%3Fb/page.html'],
    ['file:///opt/a%2Fb/page.html', 'file:///opt/a/b/page.html'],
    ['file:///opt/A/page.html', 'file:///opt/a/page.html'],
    ['file:///opt/%ff/page.html', 'file:///opt/%fe/page.html'],
  ])('is nobody at another file: %s', (url, page) => {
    expect(audienceOf(url, page, null)).toBeNull()
  })

  it('is nobody where the backend has no address', () => {
    expect(audienceOf('http://127.0.0.1:8080/', local, null)).toBeNull()
    expect(audienceOf('null', local, null)).toBeNull()
  })
})

const state: AppState = {
  name: 'api',
  state: 'failed',
  failure: {
    code: 'ERR_NEVER_READY',
    reason: 'CLAUDE_NOT_FOUND',
    message: 'api never became ready',
    hint: 'Install it.',
    tail: ['no claude'],
  },
  verdict: { code: 'CLAUDE_NOT_FOUND', title: 't', explanation: 'e', hint: 'h', confidence: 'certain', supports: [], command: null },
  lines: ['no claude'],
  lastExit: null,
}

describe('a state', () => {
  it('is told to our own page as it is', () => {
    expect(stateFor('local', state)).toEqual(state)
  })

  it('is told to pages of the backend without any line of output', () => {
    expect(
      JSON.stringify(stateFor('backend', { ...state, verdict: { ...state.verdict!, supports: ['It said: no claude'] } })),
    ).not.toContain('no claude')
    expect(stateFor('backend', state)).toMatchObject({ name: 'api', state: 'failed', failure: { code: 'ERR_NEVER_READY', tail: [] } })
  })
})

describe('what is waited for', () => {
  const url = 'http://127.0.0.1:8080/'
  it.each<[Parameters<typeof awaited>[0], string | undefined, string]>([
    [{}, url, 'an answer at http://127.0.0.1:8080/'],
    [{}, undefined, 'an answer at its address'],
    [{ transport: 'socket' }, undefined, 'an answer at its socket'],
    [{ readiness: { kind: 'http', path: '/api/health' } }, url, 'an answer at http://127.0.0.1:8080/api/health'],
    [{ readiness: { kind: 'tcp' } }, url, 'a connection at http://127.0.0.1:8080/'],
    [{ readiness: { kind: 'log', pattern: /listening/ } }, url, 'a line of its output that matches /listening/'],
    [{ readiness: { kind: 'ipc' } }, url, 'its message that it is ready'],
    [{ readiness: { kind: 'command', command: 'pg_isready' } }, url, 'pg_isready to succeed'],
    [{ readiness: { kind: 'custom', probe: async () => ({ ok: true }) } }, url, 'its own check to pass'],
    [{ readiness: false, name: 'api' }, url, 'api to start'],
    [{ port: false, name: 'worker' }, undefined, 'worker to start'],
  ])('by %o at %s is said in words', (service, at, words) => {
    expect(awaited(service, at)).toBe(words)
  })
})

describe('a readable report', () => {
  const facts = { app: 'My Jarvis 1.4.0', system: 'Electron 45.4.1, linux x64', at: '2026-11-21T15:00:00.000Z', report: null }

  it('says what happened, what to do and what was said last', () => {
    expect(readable({ ...facts, state })).toBe(
      [
        'My Jarvis 1.4.0 (Electron 45.4.1, linux x64), 2026-11-21T15:00:00.000Z',
        'api: failed',
        'ERR_NEVER_READY (CLAUDE_NOT_FOUND): api never became ready',
        'Install it.',
        '',
        'Last lines of output:',
        '  no claude',
        '',
      ].join('\n'),
    )
  })

  it('says why a window does not show a backend that is well', () => {
    const text = readable({ ...facts, state: { name: 'api', state: 'ready', loadError: 'ERR_CONNECTION_RESET', lastExit: null } })
    expect(text).toContain('The window cannot load it: ERR_CONNECTION_RESET')
  })
})
