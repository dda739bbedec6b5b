import { describe, expect, it } from 'vitest'
import type { Probe, ProbeResult } from '../../src/health/probe.ts'
import { ipcProbe, logProbe, type Source } from '../../src/health/signals.ts'

/** A source that says what it is told to say. */
const speaker = <T>(): { source: Source<T>; say: (item: T) => void; listeners: () => number } => {
  const listeners = new Set<(item: T) => void>()
  return {
    source: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    say: (item) => {
      for (const listener of listeners) listener(item)
    },
    listeners: () => listeners.size,
  }
}

const target = { host: '', port: 0 }
const question = (probe: Probe): { answer: Promise<ProbeResult>; giveUp: () => void } => {
  const controller = new AbortController()
  return { answer: probe(target, controller.signal), giveUp: () => controller.abort() }
}
const untilNow = async (probe: Probe): Promise<boolean> => {
  const { answer, giveUp } = question(probe)
  giveUp()
  return (await answer).ok
}
const runs = (): AbortSignal => new AbortController().signal

describe('a line of output that says ready', () => {
  it.each([
    ['Listening', 'Listening on 3000', true],
    ['Listening', 'listening', false],
    [/listening/i, 'Listening on 3000', true],
    [/^up$/, 'not up', false],
    ['a.c', 'abc', false],
  ])('%s in %j: %s', async (pattern, line, ok) => {
    const { source, say } = speaker<string>()
    const probe = logProbe(pattern, source, runs())
    say(line)
    expect(await untilNow(probe)).toBe(ok)
  })

  it('a regular expression with a memory matches each time', async () => {
    const { source, say } = speaker<string>()
    const probe = logProbe(/up/g, source, runs())
    for (let time = 0; time < 3; time += 1) {
      say('up')
      expect(await untilNow(probe)).toBe(true)
    }
  })

  it('is waited for', async () => {
    const { source, say } = speaker<string>()
    const { answer } = question(logProbe('up', source, runs()))
    say('booting')
    say('up')
    expect(await answer).toEqual({ ok: true })
  })

  it('counts though it came before the question, and once', async () => {
    const { source, say } = speaker<string>()
    const probe = logProbe('up', source, runs())
    say('up')
    expect(await untilNow(probe)).toBe(true)
    expect(await untilNow(probe)).toBe(false)
  })

  it('that does not come is named', async () => {
    const { answer, giveUp } = question(logProbe(/up/, speaker<string>().source, runs()))
    giveUp()
    expect(await answer).toEqual({ ok: false, reason: 'no line of output matched /up/', stage: 'other' })
  })

  it('counts though it came between a question that was given up and the next', async () => {
    const { source, say } = speaker<string>()
    const probe = logProbe('up', source, runs())
    expect(await untilNow(probe)).toBe(false)
    say('up')
    expect(await untilNow(probe)).toBe(true)
  })

  it('is not listened for after the run', () => {
    const { source, listeners } = speaker<string>()
    const run = new AbortController()
    logProbe('up', source, run.signal)
    expect(listeners()).toBe(1)
    run.abort()
    expect(listeners()).toBe(0)
  })
})

describe('a message that says ready', () => {
  it.each([
    [undefined, 'ready', true],
    [undefined, { type: 'ready', port: 3000 }, true],
    [undefined, { type: 'booting' }, false],
    [undefined, null, false],
    [{ state: 'up' }, { state: 'up' }, true],
    [{ state: 'up' }, { state: 'up', more: 1 }, false],
    [null, null, true],
    ['go', 'go', true],
    ['go', 'ready', false],
  ])('wanted %j, came %j: %s', async (wanted, message, ok) => {
    const { source, say } = speaker<unknown>()
    const probe = ipcProbe(wanted, source, runs())
    say(message)
    expect(await untilNow(probe)).toBe(ok)
  })

  it('that does not come is named', async () => {
    const { answer, giveUp } = question(ipcProbe({ state: 'up' }, speaker().source, runs()))
    giveUp()
    expect(await answer).toMatchObject({ ok: false, reason: 'no message {"state":"up"} came over the channel' })
  })
})
