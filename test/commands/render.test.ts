import { describe, expect, it } from 'vitest'
import { renderError, renderers } from '../../src/commands/render.ts'
import type { Paint } from '../../src/commands/terminal.ts'
import { SupervisorError } from '../../src/errors.ts'
import type { SupervisorEvents } from '../../src/supervisor/events.ts'

const plain: Paint = (_style, text) => text
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
    [{ from: 'ready', to: 'stopped', cause: 'completed' }, 'ended with code 0'],
    [{ from: 'stopping', to: 'stopped', cause: 'exited' }, 'stopped'],
    [{ from: 'stopped', to: 'starting', cause: 'requested' }, undefined],
    [{ from: 'starting', to: 'ready', cause: 'probe passed' }, undefined],
  ] satisfies [State, string | undefined][])('state %j: %s', (facts, line) => {
    expect(renderers.state(facts, plain)).toBe(line)
  })

  it('ready says where, and admits what could not be proved', () => {
    const facts = { pid: 71, port: 3000, url: 'http://127.0.0.1:3000', startupMs: 120, identity: 'ours' } as const
    expect(renderers.ready(facts, plain)).toBe('ready at http://127.0.0.1:3000 (pid 71, 120 ms)')
    expect(renderers.ready({ ...facts, identity: 'unknown' }, plain)).toContain('it could not be proved that the listener is ours')
    expect(renderers.ready({ ...facts, port: null, url: null, identity: 'unknown' }, plain)).toBe('ready (pid 71, 120 ms)')
  })

  it('an exit says how and, if it is known, why', () => {
    const facts = { pid: 71, code: 1, signal: null, uptimeMs: 40, reason: 'PORT_TAKEN', tail: [], requested: false } as const
    expect(renderers.exit(facts, plain)).toBe('pid 71 exited with code 1 after 40 ms: PORT_TAKEN')
    expect(renderers.exit({ ...facts, code: null, signal: 'SIGKILL', reason: null }, plain)).toBe('pid 71 was ended by SIGKILL after 40 ms')
    expect(renderers.exit({ ...facts, reason: null }, marked)).toMatch(/^<yellow>/)
    expect(renderers.exit({ ...facts, reason: null, requested: true }, marked), 'nothing to worry about').toMatch(/^<dim>/)
  })

  it('silence, recovery and probes are told with their numbers', () => {
    const silence = { pid: 71, misses: 2, reason: 'EVENT_LOOP_BLOCKED', silentMs: 4000 } as const
    expect(renderers.unresponsive(silence, plain)).toBe('does not answer (2 probes, 4000 ms): EVENT_LOOP_BLOCKED')
    expect(renderers.responsive(silence, plain)).toBe('answers again after 4000 ms')
    expect(renderers.probe({ probe: 'liveness', ok: true, latencyMs: 3 }, plain)).toBe('liveness ok (3 ms)')
    expect(renderers.probe({ probe: 'readiness', ok: false, reason: 'refused', latencyMs: 3 }, plain)).toBe('readiness refused')
  })

  it('output and the end are told elsewhere', () => {
    expect(renderers.log({ stream: 'stdout', line: 'x', pid: 71 }, plain)).toBeUndefined()
    expect(renderers.failed({ code: 'ERR_CRASHED', reason: null, message: 'm', hint: null }, plain)).toBeUndefined()
  })

  it('is painted by the painter alone', () => {
    const facts = { pid: 71, port: 3000, url: 'http://127.0.0.1:3000', startupMs: 120, identity: 'ours' } as const
    expect(renderers.ready(facts, marked)).toBe('<green>ready</> at <bold>http://127.0.0.1:3000</> <dim>(pid 71, 120 ms)</>')
  })
})

describe('an error for people', () => {
  it('says what happened, what was seen and what to do', () => {
    const tail = Array.from({ length: 12 }, (_, i) => `line ${i}`)
    const error = new SupervisorError('ERR_CRASHED', 'api crashed', { reason: 'OUT_OF_HEAP', hint: 'Give it more.', tail })
    expect(renderError(error, plain).split('\n')).toEqual([
      'api crashed [OUT_OF_HEAP]',
      ...tail.slice(2).map((line) => `  | ${line}`),
      'Give it more.',
    ])
  })

  it('may have nothing but a message', () => {
    expect(renderError(new SupervisorError('ERR_CRASHED', 'api crashed'), plain)).toBe('api crashed')
  })

  it('shows a long line short', () => {
    const error = new SupervisorError('ERR_CRASHED', 'm', { tail: ['x'.repeat(10_000)] })
    expect(renderError(error, plain).length).toBeLessThan(400)
  })
})
