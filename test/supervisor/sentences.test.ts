import { describe, expect, it } from 'vitest'
import type { SupervisorEvents } from '../../src/supervisor/events.ts'
import { type Paint, plain, sentences } from '../../src/supervisor/sentences.ts'

const marked: Paint = (style, text) => `<${style}>${text}</>`
type State = SupervisorEvents['state']

describe('a line for people', () => {
  it.each([
    [{ from: 'ready', to: 'backoff', cause: 'exited', delayMs: 0, attempt: 1 }, 'starting again'],
    [{ from: 'starting', to: 'backoff', cause: 'exited', delayMs: 500, attempt: 3 }, 'starting again in 500 ms (attempt 3)'],
    [
      { from: 'starting', to: 'backoff', cause: 'port lost', delayMs: 0, attempt: 2 },
      'its port was taken meanwhile; starting again (attempt 2)',
    ],
    [{ from: 'ready', to: 'stopping', cause: 'requested' }, 'stopping'],
    [{ from: 'ready', to: 'stopping', cause: 'unresponsive' }, 'unresponsive: ending it'],
    [{ from: 'ready', to: 'stopping', cause: 'over limit', detail: 'uses 612 MB' }, 'uses 612 MB: ending it'],
    [{ from: 'ready', to: 'stopped', cause: 'completed' }, 'ended with code 0'],
    [{ from: 'stopping', to: 'stopped', cause: 'exited' }, 'stopped'],
    [{ from: 'stopped', to: 'starting', cause: 'requested' }, undefined],
    [{ from: 'starting', to: 'ready', cause: 'probe passed' }, undefined],
  ] satisfies [State, string | undefined][])('state %j: %s', (facts, line) => {
    expect(sentences.state(facts, plain)).toBe(line)
  })

  it('ready says where, and admits what could not be proved', () => {
    const facts = { pid: 71, port: 3000, url: 'http://127.0.0.1:3000', startupMs: 120, identity: 'ours' } as const
    expect(sentences.ready(facts, plain)).toBe('ready at http://127.0.0.1:3000 (pid 71, 120 ms)')
    expect(sentences.ready({ ...facts, identity: 'unknown' }, plain)).toContain('it could not be proved that the listener is ours')
    expect(sentences.ready({ ...facts, port: null, url: null, identity: 'unknown' }, plain)).toBe('ready (pid 71, 120 ms)')
    const onSocket = { ...facts, port: null, url: null, socket: '/run/api.sock' }
    expect(sentences.ready(onSocket, plain)).toBe('ready at /run/api.sock (pid 71, 120 ms)')
    expect(sentences.ready({ ...onSocket, identity: 'unknown' }, plain)).toContain('it could not be proved')
  })

  it('an exit says how and, if it is known, why', () => {
    const facts = { pid: 71, code: 1, signal: null, uptimeMs: 40, reason: 'PORT_TAKEN', tail: [], requested: false } as const
    expect(sentences.exit(facts, plain)).toBe('pid 71 exited with code 1 after 40 ms: PORT_TAKEN')
    expect(sentences.exit({ ...facts, code: null, signal: 'SIGKILL', reason: null }, plain)).toBe('pid 71 was ended by SIGKILL after 40 ms')
    expect(sentences.exit({ ...facts, reason: null }, marked)).toMatch(/^<yellow>/)
    expect(sentences.exit({ ...facts, reason: null, requested: true }, marked), 'nothing to worry about').toMatch(/^<dim>/)
  })

  it.each([
    [{ port: 8080, verdict: 'ours', action: 'killed' }, 'ended pid 71 (node api.js) on port 8080, which an earlier supervisor had left'],
    [{ port: null, verdict: 'ours', action: 'killed' }, 'ended pid 71 (node api.js), which an earlier supervisor had left'],
    [
      { port: 8080, verdict: 'ours', action: 'refused' },
      'pid 71 (node api.js) on port 8080, which an earlier supervisor has left, does not end',
    ],
    [
      { port: null, socket: '/run/api.sock', verdict: 'foreign', action: 'refused' },
      '/run/api.sock is held by pid 71 (node api.js), which is not ours',
    ],
    [
      { port: null, socket: '/run/api.sock', verdict: 'ours', action: 'killed' },
      'ended pid 71 (node api.js) on /run/api.sock, which an earlier supervisor had left',
    ],
    [{ port: 8080, verdict: 'foreign', action: 'refused' }, 'port 8080 is held by pid 71 (node api.js), which is not ours'],
    [{ port: 8080, verdict: 'foreign', action: 'moved' }, 'port 8080 is held by pid 71 (node api.js), which is not ours; taking another'],
  ] as const)('what was in the way %j: %s', (facts, line) => {
    expect(sentences.reclaim({ ...facts, pid: 71, command: 'node api.js' }, plain)).toBe(line)
  })

  it('silence, recovery and probes are told with their numbers', () => {
    const silence = { pid: 71, misses: 2, reason: 'EVENT_LOOP_BLOCKED', silentMs: 4000 } as const
    expect(sentences.unresponsive(silence, plain)).toBe('does not answer (2 probes, 4000 ms): EVENT_LOOP_BLOCKED')
    expect(sentences.responsive(silence, plain)).toBe('answers again after 4000 ms')
    expect(sentences.probe({ probe: 'liveness', ok: true, latencyMs: 3 }, plain)).toBe('liveness ok (3 ms)')
    expect(sentences.probe({ probe: 'readiness', ok: false, reason: 'refused', latencyMs: 3 }, plain)).toBe('readiness refused')
  })

  it('a front door says where it is, and where its token lies', () => {
    expect(sentences.gateway({ url: 'http://127.0.0.1:8001', port: 8001 }, plain)).toBe('front door open at http://127.0.0.1:8001')
    expect(sentences.gateway({ url: 'http://127.0.0.1:8001', port: 8001, tokenFile: '/run/t' }, plain)).toBe(
      'front door open at http://127.0.0.1:8001 (token in /run/t)',
    )
  })

  it.each([
    [{ state: 'starting' }, undefined],
    [{ state: 'ready', pid: 71, port: 3000 }, 'standby ready (pid 71)'],
    [{ state: 'backoff', detail: 'exited with code 1' }, 'standby ended: exited with code 1; another follows'],
    [{ state: 'failed', detail: 'never ready' }, 'no standby any more: never ready'],
    [{ state: 'failed' }, 'no standby any more'],
    [{ state: 'stopped' }, undefined],
    [{ state: 'starting', pid: 72, replaces: 71 }, 'starting pid 72 in place of pid 71'],
    [{ state: 'ready', pid: 72, replaces: 71 }, undefined],
    [{ state: 'failed', replaces: 71, detail: 'never ready' }, 'pid 71 is not replaced and goes on: never ready'],
  ] as const)('of a standby %j: %s', (facts, line) => {
    expect(sentences.standby(facts, plain)).toBe(line)
  })

  it('one that takes over is told by its readiness alone', () => {
    expect(sentences.state({ from: 'ready', to: 'ready', cause: 'probe passed', pid: 72 }, plain)).toBeUndefined()
  })

  it('output and the end are told elsewhere', () => {
    expect(sentences.log({ stream: 'stdout', line: 'x', pid: 71 }, plain)).toBeUndefined()
    expect(sentences.failed({ code: 'ERR_CRASHED', reason: null, message: 'm', hint: null }, plain)).toBeUndefined()
  })

  it('is painted by the painter alone', () => {
    const facts = { pid: 71, port: 3000, url: 'http://127.0.0.1:3000', startupMs: 120, identity: 'ours' } as const
    expect(sentences.ready(facts, marked)).toBe('<green>ready</> at <bold>http://127.0.0.1:3000</> <dim>(pid 71, 120 ms)</>')
  })
})
