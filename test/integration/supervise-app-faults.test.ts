import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { localPage, superviseIn } from '../helpers/app-under-supervision.ts'
import { startApp } from '../helpers/electron/app.ts'
import { isAlive, killPid, until } from '../helpers/processes.ts'
import { createScene, fixture } from '../helpers/supervised.ts'

const script = (name: string): string => JSON.stringify(fixture(name))

describe('a quit that is held', () => {
  it('is not asked for again while Electron is still in the one before, however quickly the backend was gone', async () => {
    await using scene = createScene()
    const app = await superviseIn(scene, {
      // nothing but promises until all of it has ended
      options: `{ script: ${script('exits-at-once')}, restart: { backoff: { initialMs: 30000, maxMs: 30000 } }, stateDir: false, logs: false }`,
    })
    await app.stateWhen(({ state }) => state === 'backoff')
    const order = await app.main<string[]>(`new Promise((resolve) => {
      const order = []
      const { quit } = electron.app
      electron.app.quit = () => { order.push('quit'); electron.app.quit = quit; resolve(order); quit() }
      setImmediate(() => order.push('later'))
      electron.app.emit('will-quit', { preventDefault: () => order.push('held') })
    })`)
    expect(order).toEqual(['held', 'later', 'quit'])
    expect(await app.exited).toEqual({ code: 0, signal: null })
  })
})

describe('a page whose process has ended', () => {
  it('keeps no page after it from being told', async () => {
    await using scene = createScene()
    const app = await superviseIn(scene)
    const { pid } = await app.backend()
    await app.shown()
    // as Electron's accessors do then
    await app.main(`(() => {
      const { webContents } = electron.BrowserWindow.getAllWindows()[0]
      Object.defineProperty(webContents, 'mainFrame', { configurable: true, get: () => ({ get url() { globalThis.threw = true; throw new Error('Render frame was disposed') } }) })
    })()`)
    await killPid(pid)
    await until('somebody has asked for the page', () => app.main<boolean>('globalThis.threw === true'))
    const { pid: second } = await app.backend()
    await app.main('delete electron.BrowserWindow.getAllWindows()[0].webContents.mainFrame, 0')
    await killPid(second)
    const told = await app.log.next('sent', ({ args: [state] }) => (state as { lastExit: { pid: number } | null }).lastExit?.pid === second)
    expect(told.channel).toBe('jarvis-supervise:state-changed')
    expect(app.said()).not.toMatch(/Unhandled/i)
  })
})

describe('a window that the app makes', () => {
  it.each([
    ['throws', "() => { throw new Error('no window today') }", 'no window today'],
    ['is a promise', 'async () => new electron.BrowserWindow()', '`window` must return a BrowserWindow'],
    ['is closed', '() => { const made = new electron.BrowserWindow(); made.destroy(); return made }', 'it has returned one that is closed'],
    ['is none', '() => undefined', 'it has returned what is none'],
  ])('and that %s is said aloud, and the app can still be quit', async (_how, window, words) => {
    await using scene = createScene()
    const app = await superviseIn(scene, {
      options: `{ script: ${script('listens')}, window: ${window} }`,
      after: "electron.app.on('window-all-closed', () => {})",
    })
    const { content } = await app.log.next('dialog')
    expect(content).toContain(words)
    const { pid } = await app.backend()
    expect(await app.main('supervised.window === undefined')).toBe(true)
    await app.quit()
    expect(await app.exited).toEqual({ code: 0, signal: null })
    expect(isAlive(pid)).toBe(false)
  })

  it('and that could not be made once is made when somebody asks for it', async () => {
    await using scene = createScene()
    const app = await superviseIn(scene, {
      before: 'let tries = 0',
      options: `{ script: ${script('listens')}, window: () => { tries += 1; if (tries === 1) throw new Error('not yet'); return new electron.BrowserWindow() } }`,
    })
    await app.log.next('dialog')
    await app.emit('app', 'second-instance')
    await app.shown()
  })
})

describe('an app that could not be supervised', () => {
  it('does not keep the next start from saying why', async () => {
    await using scene = createScene()
    const options = '{ script: 7 }'
    const first = await superviseIn(scene, { options })
    expect((await first.log.next('dialog')).content).toMatch(/script/)
    const second = await superviseIn(scene, { options })
    expect((await second.log.next('dialog')).content).toMatch(/script/)
  })

  it('a second time keeps its lock for the first', async () => {
    await using scene = createScene()
    const app = await superviseIn(scene, {
      after: `try { superviseApp(electron, { name: 'other', script: ${script('listens')} }) } catch {}`,
    })
    await app.shown()
    expect(await app.main('electron.app.hasSingleInstanceLock()')).toBe(true)
  })

  it('says that it was bundled without its files', async () => {
    await using scene = createScene()
    mkdirSync(`${scene.dir}/app`, { recursive: true })
    const app = await superviseIn(scene, {
      before: `const { existsSync } = require('node:fs'); require('node:fs').existsSync = (path) => !/preload\\.cjs$/.test(path) && existsSync(path); require('node:module').syncBuiltinESMExports()`,
    })
    expect((await app.log.next('dialog')).content).toMatch(/preload\.cjs is not there: jarvis-supervise was bundled/)
  })
})

describe('a page that asks often', () => {
  it('has the doctor called once for all that it asks meanwhile', async () => {
    await using scene = createScene()
    const app = await superviseIn(scene)
    await app.shown()
    await Promise.all(Array.from({ length: 30 }, () => app.invoke('jarvis-supervise:copy-report')))
    expect(app.log.all('clipboard').length).toBeLessThan(5)
    await app.invokeFrom({ url: localPage }, 'jarvis-supervise:copy-report')
  })
})

describe('a page that waits', () => {
  it('is not told what is secret in the address that is asked', async () => {
    await using scene = createScene()
    const secret = 'sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789'
    const app = await superviseIn(scene, {
      options: `{ script: ${script('never-listens')}, readiness: { kind: 'http', path: '/h?token=${secret}' } }`,
    })
    const state = await app.stateWhen(({ waitsFor }) => waitsFor?.includes('/h?') === true)
    expect(JSON.stringify(state)).not.toContain(secret)
  })
})

describe('a click on the icon of an app', () => {
  it('leaves its windows as they are where one of several is to be seen', async () => {
    await using scene = createScene()
    const app = await superviseIn(scene)
    await app.shown()
    await app.main("(globalThis.settings = new electron.BrowserWindow({ title: 'Settings' }), settings.focus(), 0)")
    await app.emit('app', 'activate', true)
    expect(await app.main('settings.isFocused()')).toBe(true)
    await app.emit('app', 'activate', false)
    expect(await app.main('settings.isFocused()')).toBe(false)
  })
})

describe('a window with a session of its own', () => {
  it('has the protocol of the app there, too', async () => {
    await using scene = createScene()
    const app = await superviseIn(scene, {
      before: 'globalThis.handled = []',
      options: `{ script: ${script('listens-on-its-socket')}, transport: 'socket', window: () => {
        const window = new electron.BrowserWindow({ webPreferences: { partition: 'persist:own' } })
        // the stand-in has one for all
        window.webContents.session.protocol = { isProtocolHandled: () => false, handle: (scheme) => handled.push(scheme) }
        return window
      } }`,
    })
    await app.window(({ url, loading }) => url === 'app://my-app/' && !loading)
    expect(await app.main('handled')).toEqual(['app'])
  })
})

describe('an app in a folder whose name means something in an address', () => {
  it('finds its files and shows its page', async () => {
    await using scene = createScene()
    const folder = `${scene.dir}/C# [1]~100%41?`
    cpSync('dist', `${folder}/dist`, { recursive: true })
    writeFileSync(
      `${folder}/main.cjs`,
      `require('./dist/electron.js').superviseApp(require('electron'), { name: 'a', script: ${script('answers-after')}, launch: 'fork' })`,
    )
    const app = await startApp(scene, { app: `${folder}/main.cjs`, env: { XDG_CONFIG_HOME: `${scene.dir}/config` } })
    await app.window(({ url, loading }) => url === pathToFileURL(`${folder}/dist/electron/page.html`).href && !loading)
    await app.window(({ url, loading }) => url.startsWith('http:') && !loading)
  })
})

describe('a window that is asked for before there can be one', () => {
  it('comes when it can', async () => {
    await using scene = createScene()
    const app = await superviseIn(scene, {
      options: `{ script: ${script('listens-on-its-socket')}, transport: 'socket' }`,
      after: "app.show(); electron.app.on('ready', () => app.show())",
    })
    await app.window(({ url, loading }) => url === 'app://my-app/' && !loading)
    expect(await app.windows()).toHaveLength(1)
    expect(app.log.all('dialog')).toEqual([])
  })
})

describe('a main script that hands over too little', () => {
  it('is told what it lacks', async () => {
    await using scene = createScene()
    const app = await superviseIn(scene, {
      before: "const whole = electron; { const { app } = whole; superviseApp({ app }, { script: 'x' }) }",
    })
    expect((await app.log.next('dialog')).content).toMatch(/superviseApp cannot begin: of Electron `ipcMain`, .* were not handed over/)
  })
})
