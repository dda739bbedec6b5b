import { describe, expect, it } from 'vitest'
import { type AppPlaces, housed } from '../../src/electron/defaults.ts'

const development: AppPlaces = {
  platform: 'linux',
  isPackaged: false,
  appPath: '/project/app',
  userData: '/home/me/.config/My App',
  logs: '/home/me/.config/My App/logs',
  name: 'My App',
}
const packaged: AppPlaces = { ...development, isPackaged: true, appPath: '/opt/My App/resources/app.asar' }
const windows: AppPlaces = {
  ...packaged,
  platform: 'win32',
  appPath: 'C:\\Program Files\\My App\\resources\\app.asar',
  userData: 'C:\\Users\\me\\AppData\\Roaming\\My App',
  logs: 'C:\\Users\\me\\AppData\\Roaming\\My App\\logs',
}

describe('a service of an app in development', () => {
  it('lives in the folder of the app, and keeps its state with the user', () => {
    expect(housed({ script: 'server.js' }, development)).toEqual({
      service: { script: '/project/app/server.js', name: 'My App', cwd: '/project/app', logs: { dir: '/home/me/.config/My App/logs' } },
      stateDir: '/home/me/.config/My App/jarvis-supervise',
      baseDir: '/project/app',
    })
  })
})

describe('a service of a packaged app', () => {
  it('is run where it may write', () => {
    expect(housed({ script: 'server.js' }, packaged)).toMatchObject({
      service: { script: '/opt/My App/resources/app.asar/server.js', cwd: '/home/me/.config/My App' },
      baseDir: '/home/me/.config/My App',
    })
  })

  it('is the same service wherever the app is mounted', () => {
    const at = (mount: string) => housed({ script: 'server.js' }, { ...packaged, appPath: `/tmp/.mount_${mount}/resources/app.asar` })
    const [one, two] = [at('a'), at('b')]
    expect([one.baseDir, one.stateDir, one.service.name]).toEqual([two.baseDir, two.stateDir, two.service.name])
  })

  it('starts and enters nothing inside the archive', () => {
    const { service } = housed({ command: './bin/server', cwd: 'data' }, packaged)
    expect(service).toMatchObject({
      command: '/opt/My App/resources/app.asar.unpacked/bin/server',
      cwd: '/opt/My App/resources/app.asar.unpacked/data',
    })
  })

  it('reads what is shipped from the app', () => {
    expect(housed({ script: 'a.js', envFile: 'defaults.env' }, packaged).service.envFile).toBe(
      '/opt/My App/resources/app.asar/defaults.env',
    )
  })

  it('has paths of its platform', () => {
    expect(housed({ script: 'dist/server.js' }, windows)).toMatchObject({
      service: { script: 'C:\\Program Files\\My App\\resources\\app.asar\\dist\\server.js', cwd: windows.userData },
      stateDir: 'C:\\Users\\me\\AppData\\Roaming\\My App\\jarvis-supervise',
    })
  })
})

describe('what the user says', () => {
  it('wins', () => {
    const own = { script: '/srv/server.js', name: 'api', cwd: '/srv', stateDir: '/state', logs: { dir: '/logs', maxFiles: 2 } }
    expect(housed(own, packaged)).toEqual({
      service: { script: '/srv/server.js', name: 'api', cwd: '/srv', logs: { dir: '/logs', maxFiles: 2 } },
      stateDir: '/state',
      baseDir: packaged.userData,
    })
  })

  it.each([
    ['no logs', { logs: false as const }, { service: { logs: false } }],
    ['no state', { stateDir: false as const }, { stateDir: false }],
    ['other limits of logs', { logs: { maxFiles: 2 } }, { service: { logs: { dir: development.logs, maxFiles: 2 } } }],
    ['a command of the PATH', { script: undefined, command: 'python3' }, { service: { command: 'python3' } }],
    ['a URL', { script: new URL('file:///srv/a.js') }, { service: { script: new URL('file:///srv/a.js') } }],
    ['a URL as text', { script: 'file:///srv/a.js' }, { service: { script: 'file:///srv/a.js' } }],
  ])('may be %s', (_what, own, expected) => {
    expect(housed({ script: 'a.js', ...own }, development)).toMatchObject(expected)
  })
})
