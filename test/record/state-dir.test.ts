import { describe, expect, it } from 'vitest'
import { type StateDirFacts, stateDirOf } from '../../src/record/state-dir.ts'

const facts: StateDirFacts = { asked: undefined, env: {}, home: () => '/home/me', platform: 'linux', cwd: () => '/here' }
const windows = { platform: 'win32', home: () => 'C:\\Users\\me', cwd: () => 'D:\\work' } as const

describe('where state is kept', () => {
  it.each([
    ['where it is asked for', { asked: '/state', env: { JARVIS_STATE_DIR: '/other' } }, '/state'],
    ['relative to where one is', { asked: 'state' }, '/here/state'],
    ['where the environment says', { env: { JARVIS_STATE_DIR: '/other', XDG_STATE_HOME: '/xdg' } }, '/other'],
    ['relative there, too', { env: { JARVIS_STATE_DIR: 'other' } }, '/here/other'],
    ['an empty variable says nothing', { env: { JARVIS_STATE_DIR: '', XDG_STATE_HOME: '' } }, '/home/me/.local/state/jarvis-supervise'],
    ['XDG', { env: { XDG_STATE_HOME: '/xdg' } }, '/xdg/jarvis-supervise'],
    ['a relative XDG path is invalid', { env: { XDG_STATE_HOME: 'xdg' } }, '/home/me/.local/state/jarvis-supervise'],
    ['Linux', {}, '/home/me/.local/state/jarvis-supervise'],
    ['macOS', { platform: 'darwin', home: () => '/Users/me' }, '/Users/me/Library/Application Support/jarvis-supervise'],
    [
      'macOS knows no XDG',
      { platform: 'darwin', env: { XDG_STATE_HOME: '/xdg' } },
      '/home/me/Library/Application Support/jarvis-supervise',
    ],
    ['Windows', { ...windows, env: { LOCALAPPDATA: 'C:\\Local' } }, 'C:\\Local\\jarvis-supervise'],
    ['Windows without a variable', windows, 'C:\\Users\\me\\AppData\\Local\\jarvis-supervise'],
    ['Windows, asked for', { ...windows, asked: 'state' }, 'D:\\work\\state'],
  ] satisfies [string, Partial<StateDirFacts>, string][])('%s', (_what, more, dir) => {
    expect(stateDirOf({ ...facts, ...more })).toBe(dir)
  })

  it('needs neither a home nor a working directory where it is named whole', () => {
    const gone = (): never => {
      throw new Error('gone')
    }
    const nowhere = { ...facts, home: gone, cwd: gone }
    expect(stateDirOf({ ...nowhere, asked: '/state/' })).toBe('/state')
    expect(stateDirOf({ ...nowhere, env: { XDG_STATE_HOME: '/xdg' } })).toBe('/xdg/jarvis-supervise')
    expect(() => stateDirOf(nowhere)).toThrow('gone')
    expect(() => stateDirOf({ ...nowhere, asked: 'state' })).toThrow('gone')
  })
})
