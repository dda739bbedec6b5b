import { describe, expect, it } from 'vitest'
import type { SurroundingsDifference } from '../../src/doctor/evidence.ts'
import { differences, type OwnSurroundings, packagedSurroundings, packagedSystems, repaired } from '../../src/doctor/packaged.ts'

const own: OwnSurroundings = {
  env: {
    ...{ PATH: '/opt/n/bin:/usr/bin', HOME: '/home/ann', USER: 'ann', SHELL: '/bin/zsh', LANG: 'en_US.UTF-8', DISPLAY: ':0' },
    ...{ API_KEY: 'secret', NVM_DIR: '/home/ann/.nvm', ELECTRON_RUN_AS_NODE: '1', NODE_OPTIONS: '--inspect', UNSET: undefined },
    ...{ SystemRoot: String.raw`C:\Windows`, Path: String.raw`C:\n`, APPDATA: String.raw`C:\A`, TEMP: String.raw`C:\T` },
  },
  home: '/home/ann',
  user: 'ann',
  cwd: '/project/api',
  tmp: '/tmp',
}
const surroundings = (system: NodeJS.Platform, more: Partial<OwnSurroundings> = {}) => packagedSurroundings(system, { ...own, ...more })

describe('an app that was started from the desktop', () => {
  it.each<[string, NodeJS.Platform]>([
    ['packaged', 'darwin'],
    ['packaged:macos', 'darwin'],
    ['packaged:darwin', 'darwin'],
    ['packaged:linux', 'linux'],
    ['packaged:windows', 'win32'],
    ['packaged:win32', 'win32'],
  ])('of %s is one of %s', (as, system) => {
    expect(packagedSystems[as]).toBe(system)
  })

  it.each<[NodeJS.Platform, string, string | undefined]>([
    ['darwin', '/', '/usr/bin:/bin:/usr/sbin:/sbin'],
    ['linux', '/home/ann', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/games'],
    ['win32', String.raw`C:\Windows`, '/opt/n/bin:/usr/bin'],
  ])('on %s begins in %s, with this PATH: %s', (system, cwd, path) => {
    const { env, ...rest } = surroundings(system)
    expect(rest).toEqual({ system, cwd, stdin: 'null' })
    expect(env.PATH).toBe(path)
  })

  it.each<[NodeJS.Platform, string[]]>([
    ['darwin', ['HOME', 'LOGNAME', 'PATH', 'SHELL', 'TMPDIR', 'USER']],
    ['linux', ['DISPLAY', 'HOME', 'LANG', 'LOGNAME', 'PATH', 'SHELL', 'TMPDIR', 'USER']],
    ['win32', ['APPDATA', 'PATH', 'Path', 'SystemRoot', 'TEMP']],
  ])('on %s has only what a session has: %j', (system, names) => {
    expect(Object.keys(surroundings(system).env).sort()).toEqual(names)
  })

  it('has a folder for temporary files, its own before the usual one', () => {
    expect(surroundings('darwin').env.TMPDIR).toBe('/tmp')
    expect(surroundings('darwin', { env: { TMPDIR: '/var/folders/x' } }).env.TMPDIR).toBe('/var/folders/x')
  })

  it('has no name where the user has none', () => {
    expect(surroundings('linux', { user: '', env: {} }).env).not.toHaveProperty('USER')
  })

  it('begins at home on a Windows that does not say where it lies', () => {
    expect(surroundings('win32', { env: { windir: String.raw`D:\W` } }).cwd).toBe(String.raw`D:\W`)
    expect(surroundings('win32', { env: {} }).cwd).toBe('/home/ann')
  })
})

describe('packaged surroundings with one difference set right', () => {
  const packaged = surroundings('darwin')

  it.each<[SurroundingsDifference, object]>([
    ['PATH', { ...packaged, env: { ...packaged.env, PATH: own.env.PATH } }],
    ['cwd', { ...packaged, cwd: '/project/api' }],
    ['stdin', { ...packaged, stdin: 'pipe' }],
    ['ELECTRON_RUN_AS_NODE', { ...packaged, env: { ...packaged.env, ELECTRON_RUN_AS_NODE: '1' } }],
  ])('have %s of the own ones, and nothing else', (difference, expected) => {
    expect(repaired(packaged, difference, own)).toEqual(expected)
  })

  it('have all variables but those that are differences of their own', () => {
    const { env } = repaired(packaged, 'variables', own)!
    expect(env).toMatchObject({ API_KEY: 'secret', NVM_DIR: '/home/ann/.nvm', NODE_OPTIONS: '--inspect' })
    expect(env.PATH).toBe(packaged.env.PATH)
    for (const name of ['ELECTRON_RUN_AS_NODE', 'Path', 'UNSET']) expect(env).not.toHaveProperty(name)
  })

  it('have the HOME of the environment where that is another', () => {
    expect(repaired(packaged, 'HOME', { ...own, env: { HOME: '/elsewhere' } })?.env.HOME).toBe('/elsewhere')
  })

  it.each<[SurroundingsDifference, OwnSurroundings]>([
    ['PATH', { ...own, env: { PATH: packaged.env.PATH } }],
    ['PATH', { ...own, env: {} }],
    ['cwd', { ...own, cwd: '/' }],
    ['HOME', own],
    ['variables', { ...own, env: { USER: 'ann', PATH: '/x' } }],
    ['ELECTRON_RUN_AS_NODE', { ...own, env: {} }],
  ])('are not there where %s is no difference', (difference, mine) => {
    expect(repaired(packaged, difference, mine)).toBeUndefined()
  })

  it('are not there for a stdin that is open already', () => {
    expect(repaired({ ...packaged, stdin: 'pipe' }, 'stdin', own)).toBeUndefined()
  })

  it('differ in one thing only, and leave the packaged ones as they are', () => {
    const before = structuredClone(packaged)
    for (const difference of differences) {
      const { env, cwd, stdin } = repaired(packaged, difference, own) ?? packaged
      const changed = [env.PATH !== packaged.env.PATH, cwd !== packaged.cwd, stdin !== packaged.stdin, 'API_KEY' in env]
      expect(changed.filter((each) => each).length).toBeLessThanOrEqual(1)
    }
    expect(packaged).toEqual(before)
  })
})
