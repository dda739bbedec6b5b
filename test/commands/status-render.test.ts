import { describe, expect, it } from 'vitest'
import { orphanWords } from '../../src/commands/orphan-words.ts'
import { renderReady, renderStatus, type StatusRow } from '../../src/commands/status-render.ts'
import { renderStopped, survivorWords } from '../../src/commands/stop-render.ts'
import type { Orphan } from '../../src/control/orphans.ts'
import type { ServiceStatus } from '../../src/supervisor/controller.ts'
import { type Paint, plain } from '../../src/supervisor/sentences.ts'

const marked: Paint = (style, text) => `<${style}>${text}</>`
const wide = { paint: plain, width: Number.POSITIVE_INFINITY }

const ready: ServiceStatus = {
  name: 'api',
  state: 'ready',
  pid: 4711,
  port: 43_121,
  url: 'http://127.0.0.1:43121',
  uptimeMs: 7_380_000,
  restarts: 2,
  lastExit: { pid: 4700, code: 1, signal: null, reason: 'OUT_OF_HEAP', uptimeMs: 120 },
  health: { ok: true, latencyMs: 3, failures: 0 },
  memoryBytes: 54 * 1024 ** 2,
  cpuPercent: 0.3,
  supervisor: { pid: 4690, version: '0.1.0', startedAt: '2025-01-01T00:00:00.000Z' },
}
const idle = { pid: null, port: null, url: null, uptimeMs: null, memoryBytes: null, cpuPercent: null }
const rowOf = (status: Partial<ServiceStatus> | null, more: Partial<StatusRow> = {}): StatusRow => ({
  name: 'api',
  root: '/project/api',
  supervisor: 4690,
  status: status && { ...ready, ...status },
  ...more,
})
const linesOf = (...rows: StatusRow[]): string[] => renderStatus(rows, wide).split('\n').slice(1)

describe('the table of services', () => {
  it('fits into 80 columns', () => {
    expect(renderStatus([rowOf({})], { paint: plain, width: 80 }).split('\n')).toEqual([
      'NAME  STATE   PID  URL                     UPTIME  RESTARTS  MEMORY   CPU',
      'api   ready  4711  http://127.0.0.1:43121   2h 3m         2   54 MB  0.3%',
    ])
  })

  it('shows the socket of what has no port', () => {
    const [line] = linesOf(rowOf({ port: null, url: null, socket: '/run/api.sock' }))
    expect(line).toMatch(/^api +ready +4711 +\/run\/api\.sock +2h 3m/)
    expect(renderReady({ ...ready, port: null, url: null, socket: '/run/api.sock' }, plain)).toBe('[api] ready at /run/api.sock (pid 4711)')
  })

  it('shows the front door in the place of what is behind it, which is named below', () => {
    const gateway = { url: 'http://127.0.0.1:8001', port: 8001 }
    const [line, note] = linesOf(rowOf({ gateway }))
    expect(line).toMatch(/^api +ready +4711 +http:\/\/127\.0\.0\.1:8001 +2h 3m/)
    expect(note).toBe('  front door of http://127.0.0.1:43121')
    expect(linesOf(rowOf({ gateway, standby: { state: 'ready', pid: 4712 } }))[1]).toBe(
      '  front door of http://127.0.0.1:43121, standby ready (pid 4712)',
    )
    expect(linesOf(rowOf({ gateway, standby: { state: 'backoff', pid: null } }))[1]).toMatch(/, standby backoff$/)
    expect(linesOf(rowOf({ gateway, url: null, socket: '/run/api.sock' }))[1]).toBe('  front door of /run/api.sock')
  })

  it('shows the front door of one that was given up, which says so itself', () => {
    const gateway = { url: 'http://127.0.0.1:8001', port: 8001 }
    const standby = { state: 'stopped', pid: null } as const
    const lines = linesOf(rowOf({ ...idle, gateway, standby, state: 'failed', health: { ok: null, latencyMs: null, failures: 0 } }))
    expect(lines[0]).toMatch(/^api +failed +– +http:\/\/127\.0\.0\.1:8001/)
    expect(lines.slice(1)).toEqual(['  front door, nobody behind it', '  pid 4700 exited with code 1 after 120 ms: OUT_OF_HEAP'])
  })

  it('leaves out processor and memory where a name is long, never the name or the address', () => {
    const [titles, line] = renderStatus([rowOf({}, { name: 'the-backend-of-my-jarvis' })], { paint: plain, width: 80 }).split('\n')
    expect(titles).toMatch(/RESTARTS$/)
    expect(line).toMatch(/^the-backend-of-my-jarvis +ready +4711 +http:\/\/127\.0\.0\.1:43121/)
  })

  it('says why one does not run, and how the last run ended', () => {
    const [line, note] = linesOf(rowOf({ ...idle, state: 'backoff', health: { ok: null, latencyMs: null, failures: 0 } }))
    expect(line).toMatch(/^api {3}backoff +– +– +– +2 +– +–$/)
    expect(note).toBe('  pid 4700 exited with code 1 after 120 ms: OUT_OF_HEAP')
  })

  it('does not bring up an old exit while all is well', () => {
    expect(linesOf(rowOf({}))).toHaveLength(1)
  })

  it.each([
    [1, '  did not answer the last probe'],
    [3, '  did not answer the last 3 probes'],
  ])('says that it misses probes (%i)', (failures, note) => {
    expect(linesOf(rowOf({ health: { ok: false, latencyMs: null, failures } }))[1]).toBe(note)
  })

  it('shows a supervisor that does not answer, and which process it is', () => {
    const [line, note] = linesOf(rowOf(null))
    expect(line).toMatch(/^api {3}silent/)
    expect(note).toBe('  its supervisor, process 4690, does not answer')
  })

  it('tells two of the same name apart by their folders', () => {
    const lines = linesOf(rowOf({}), rowOf({}, { root: '/project/other' }), rowOf({}, { name: 'web' }))
    expect(lines.filter((line) => line.startsWith('  '))).toEqual(['  in /project/api', '  in /project/other'])
  })

  it.each([
    ['ready', true, 'green'],
    ['ready', false, 'yellow'],
    ['starting', null, 'yellow'],
    ['failed', null, 'red'],
  ] as const)('paints %s (healthy: %s) %s', (state, ok, style) => {
    const text = renderStatus([rowOf({ state, health: { ok, latencyMs: null, failures: 0 } })], { ...wide, paint: marked })
    expect(text).toContain(`<${style}>${state}</>`)
  })
})

describe('what was done', () => {
  it('ready: where and who', () => {
    expect(renderReady(ready, plain)).toBe('[api] ready at http://127.0.0.1:43121 (pid 4711)')
    expect(renderReady({ ...ready, url: null }, plain)).toBe('[api] ready (pid 4711)')
    expect(renderReady({ ...ready, gateway: { url: 'http://127.0.0.1:8001', port: 8001 } }, plain)).toBe(
      '[api] ready at http://127.0.0.1:43121 (pid 4711), front door at http://127.0.0.1:8001',
    )
  })

  it('stopped: what was ended', () => {
    expect(renderStopped({ service: 'api', reaped: [12, 13], survivors: [] }, plain)).toBe('[api] stopped (ended pid 12, 13)')
    expect(renderStopped({ service: 'api', reaped: [], survivors: [] }, plain)).toBe('[api] stopped')
  })

  it('names what lives on', () => {
    expect(survivorWords([{ pid: 12, command: 'sleep 300' }])).toMatch(/^Process 12 \(sleep 300\) lives on\./)
    const two = [
      { pid: 12, command: 'sleep 300' },
      { pid: 13, command: '' },
    ]
    expect(survivorWords(two)).toMatch(/^Processes 12 \(sleep 300\), 13 live on\./)
    expect(survivorWords([{ pid: 12, command: `x\u001b[31m${'y'.repeat(500)}` }]).length).toBeLessThan(220)
  })

  it('names what a dead supervisor has left', () => {
    const orphan = {
      record: { service: 'api', supervisor: { pid: 9 } },
      run: { port: 3000 },
      processes: [{ pid: 12 }, { pid: 13 }],
    } as unknown as Orphan
    expect(orphanWords(orphan)).toBe('Processes 12, 13 of api, on port 3000: left by supervisor 9, which is dead.')
    expect(orphanWords({ ...orphan, run: { ...orphan.run, port: null }, processes: orphan.processes.slice(1) })).toBe(
      'Process 13 of api: left by supervisor 9, which is dead.',
    )
  })
})
