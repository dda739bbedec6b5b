import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chooseLog, nameInKey } from '../../src/commands/choose-log.ts'
import { jsonLine, rawLine, timedLine } from '../../src/commands/logs-render.ts'
import { sinceOf } from '../../src/commands/since.ts'
import { isSupervisorError } from '../../src/errors.ts'
import type { LogLine } from '../../src/logs/tail.ts'
import { serviceKey } from '../../src/record/key.ts'
import { type Paint, plain } from '../../src/supervisor/sentences.ts'

const marked: Paint = (style, text) => `<${style}>${text}</>`

describe('a line of the log', () => {
  const time = new Date(2025, 0, 31, 8, 5, 9).getTime()
  const line: LogLine = { time, stream: 'stdout', pid: 7, line: 'hello \u001b[31mred', cut: false }

  it('is what was written, for whatever reads it', () => {
    expect(rawLine(line)).toBe('hello \u001b[31mred\n')
  })

  it('is JSON with its facts; that it was cut only where it was', () => {
    expect(JSON.parse(jsonLine(line))).toEqual({ time: new Date(time).toISOString(), stream: 'stdout', pid: 7, line: line.line })
    expect(JSON.parse(jsonLine({ ...line, cut: true }))).toMatchObject({ cut: true })
    expect(jsonLine(line)).toMatch(/^[^\n]+\n$/)
  })

  it('has its time on a terminal, and its day if that is over', () => {
    expect(timedLine(plain, time + 1000)(line)).toBe('08:05:09 hello \u001b[31mred\n')
    expect(timedLine(plain, time + 86_400_000)(line)).toBe('2025-01-31 08:05:09 hello \u001b[31mred\n')
  })

  it('shows what was a complaint', () => {
    expect(timedLine(marked, time)(line)).toContain('<dim>08:05:09</>')
    expect(timedLine(marked, time)({ ...line, stream: 'stderr' })).toContain('<yellow>08:05:09</>')
  })
})

describe('--since', () => {
  const now = Date.UTC(2025, 0, 31, 12)

  it.each([
    ['30s', 30_000],
    ['10m', 600_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['1h30m', 5_400_000],
    ['0s', 0],
  ])('%s ago', (text, ago) => {
    expect(sinceOf(text, now)).toBe(now - ago)
  })

  it.each([
    ['2025-01-31T08:00:00Z', Date.UTC(2025, 0, 31, 8)],
    ['2025-01-31T08:00:00.250+02:00', Date.UTC(2025, 0, 31, 6, 0, 0, 250)],
    ['2025-01-31T08:00', new Date(2025, 0, 31, 8).getTime()],
    ['2025-01-31 08:00:01', new Date(2025, 0, 31, 8, 0, 1).getTime()],
    ['2025-01-31', new Date(2025, 0, 31).getTime()],
  ])('at %s', (text, time) => {
    expect(sinceOf(text, now)).toBe(time)
  })

  it.each(['', '10', 'm', '10x', '-10m', '1.5h', 'yesterday', '2025', '2025-13-01', '10m ago', '2025-01-31T25:00'])(
    '%j is no moment',
    (text) => {
      expect(sinceOf(text, now)).toBeUndefined()
    },
  )
})

describe('which of the logs that are kept is meant', () => {
  const logOf = (name: string, root: string) => ({ key: serviceKey(name, root), path: `/state/logs/${serviceKey(name, root)}.log` })
  const api = logOf('api', '/project/a')
  const otherApi = logOf('api', '/project/b')
  const web = logOf('web', '/project/a')

  it('the one of this place comes first', () => {
    expect(chooseLog([otherApi, api], { name: 'api', cwd: '/project/a' })).toBe(api)
    expect(chooseLog([otherApi, api], { name: undefined, cwd: '/project/b' })).toBe(otherApi)
  })

  it('then the only one', () => {
    expect(chooseLog([api, web], { name: 'web', cwd: '/elsewhere' })).toBe(web)
    expect(chooseLog([web], { name: undefined, cwd: '/elsewhere' })).toBe(web)
  })

  it('a key names exactly one', () => {
    expect(chooseLog([api, otherApi], { name: otherApi.key, cwd: '/project/a' })).toBe(otherApi)
  })

  it('a name is not the beginning of another', () => {
    expect(chooseLog([logOf('api-two', '/project/a')], { name: 'api', cwd: '/project/a' })).toBeUndefined()
    expect(chooseLog([], { name: undefined, cwd: '/project/a' })).toBeUndefined()
  })

  it.each([
    [[api, otherApi], 'api'],
    [[otherApi, web], undefined],
  ])('more than one that could be meant is an error that names them', (kept, name) => {
    let caught: unknown
    try {
      chooseLog(kept, { name, cwd: '/elsewhere' })
    } catch (error) {
      caught = error
    }
    expect(isSupervisorError(caught, 'ERR_INVALID_OPTIONS')).toBe(true)
    for (const { key } of kept) expect((caught as Error).message).toContain(key)
  })

  it('is found by whatever name it has', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' }), fc.string({ maxLength: 30 }), (name, root) => {
        const log = logOf(name, root)
        expect(nameInKey(log.key)).toBe(nameInKey(serviceKey(name, '/another/place')))
        expect(chooseLog([log], { name, cwd: '/elsewhere' })).toBe(log)
      }),
    )
  })
})
