import { describe, expect, it } from 'vitest'
import type { AppOptions } from '../../src/electron/app-options.ts'
import { electronProblem, optionProblems } from '../../src/electron/problems.ts'

const all = { app: {}, ipcMain: {}, powerMonitor: {}, clipboard: {}, utilityProcess: {}, BrowserWindow: class {} }

describe('what is handed over of Electron', () => {
  it('is enough when it is all there, or when the app makes its window itself', () => {
    expect(electronProblem(all, {})).toBeUndefined()
    const { BrowserWindow: _, ...rest } = all
    expect(electronProblem(rest, { window: () => undefined as never })).toBeUndefined()
  })

  it.each<[what: string, unknown, RegExp]>([
    ['the path that the package is in a plain Node', '/usr/lib/electron', /plain Node.*`electron \.`/],
    ['nothing', undefined, /`app`, .*`BrowserWindow` were not handed over/],
    ['the app alone', { app: {} }, /^of Electron `ipcMain`, `powerMonitor`, `clipboard`, `utilityProcess`, `BrowserWindow` were not/],
    ['all but one', { ...all, clipboard: undefined, powerMonitor: undefined }, /^of Electron `powerMonitor`, `clipboard` were not/],
  ])('is said not to be: %s', (_what, electron, words) => {
    expect(electronProblem(electron, {}) ?? '').toMatch(words)
  })
})

describe('an option', () => {
  it.each<[Partial<Record<keyof AppOptions, unknown>>, RegExp | undefined]>([
    [{}, undefined],
    [{ page: '/a?b#c', quitMs: 0, scheme: 'my-app', window: () => undefined }, undefined],
    [{ page: 'a' }, /`page`/],
    [{ quitMs: -1 }, /`quitMs`/],
    [{ quitMs: Number.NaN }, /`quitMs`/],
    [{ quitMs: Number.POSITIVE_INFINITY }, /`quitMs`/],
    [{ quitMs: 2 ** 31 }, /`quitMs`/],
    [{ scheme: 'App' }, /`scheme`/],
    [{ scheme: 'https' }, /`scheme`/],
    [{ scheme: 'my app' }, /`scheme`/],
    [{ window: {} }, /`window`/],
  ])('of %j', (options, words) => {
    const problems = optionProblems(options as AppOptions)
    if (words === undefined) expect(problems).toEqual([])
    else expect(problems).toEqual([expect.stringMatching(words)])
  })
})
