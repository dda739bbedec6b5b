import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { localPage, superviseIn } from '../helpers/app-under-supervision.ts'
import { startApp } from '../helpers/electron/app.ts'
import { isAlive, killPid, until } from '../helpers/processes.ts'
import { createScene, fixture } from '../helpers/supervised.ts'

const script = (name: string): string => JSON.stringify(fixture(name))
const ending = ['before-quit', 'will-quit', 'quit'] as const

describe('an app with a backend', () => {
  it('shows a page of ours at once, and the backend when it is ready', async () => {
    await using scene = createScene()
    const app = await superviseIn(scene, { options: `{ script: ${script('answers-after')}, page: '/start?x=1' }` })
    await app.window(({ url }) => url === localPage)
    const state = await app.stateWhen(({ url }) => url !== undefined)
    expect(state).toMatchObject({
      name: 'my-app',
      state: 'starting',
      waitsFor: expect.stringMatching(/^an answer at http:/),
      lastExit: null,
    })
    const { url } = await app.window((window) => window.url.startsWith('http:'))
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/start\?x=1$/)
    expect(await app.windows()).toHaveLength(1)
  })

  it('keeps its state and its logs with the user, and runs the backend in its own folder', async () => {
    await using scene = createScene()
    const app = await superviseIn(scene)
    await app.backend()
    const userData = await app.path('userData')
    expect(readdirSync(join(userData, 'jarvis-supervise')).some((name) => /^my-app-.*\.json$/.test(name))).toBe(true)
    const logs = await app.path('logs')
    await app.quit()
    await app.exited
    const [log = '', ...others] = readdirSync(logs)
    expect(log).toMatch(/^my-app-.*\.log$/)
    expect(others).toEqual([])
    expect(readFileSync(join(logs, log), 'utf8')).toMatch(/ready at http/)
  })

  it('names what is wrong in its options before anything happens', async () => {
    await using scene = createScene()
    const app = await superviseIn(scene, {
      before: 'process.on("uncaughtException", (error) => { console.log(error.code, error.message); electron.app.exit(1) })',
      options: `{ script: ${script('listens')}, page: 'x', quitMs: -1 }`,
    })
    await app.saying(/ERR_INVALID_OPTIONS.*`page`.*`quitMs`/)
    await app.exited
  })
})

describe('a quit', () => {
  it('waits until nothing of the backend is left', async () => {
    await using scene = createScene()
    const app = await superviseIn(scene)
    const { pid } = await app.backend()
    await app.quit()
    expect(await app.exited).toEqual({ code: 0, signal: null })
    expect(isAlive(pid)).toBe(false)
    expect(app.log.order(...ending)).toEqual(['before-quit', 'will-quit', 'before-quit', 'will-quit', 'quit'])
  })

  it('follows the last window, where apps end with it', async () => {
    await using scene = createScene()
    const app = await superviseIn(scene)
    const { pid } = await app.backend()
    await app.closeWindow()
    expect(await app.exited).toEqual({ code: 0, signal: null })
    expect(isAlive(pid)).toBe(false)
  })

  it('ends a backend that would outlast it, and is not held up by its grace', async () => {
    await using scene = createScene()
    const app = await superviseIn(scene, {
      options: `{ script: ${script('ignores-sigterm')}, launch: 'fork', quitMs: 1000, stop: { graceMs: 60000 } }`,
    })
    const { pid } = await app.backend()
    const stateDir = join(await app.path('userData'), 'jarvis-supervise')
    const began = performance.now()
    await app.quit()
    expect(await app.exited).toEqual({ code: 0, signal: null })
    expect(performance.now() - began).toBeLessThan(4000)
    expect(isAlive(pid)).toBe(false)
    // by its supervisor, who has nothing to leave to the next start
    expect(readdirSync(stateDir).filter((name) => name.endsWith('.json'))).toEqual([])
  })

  it('that comes twice is one', async () => {
    await using scene = createScene()
    const app = await superviseIn(scene, {
      options: `{ script: ${script('ignores-sigterm')}, launch: 'fork', stop: { graceMs: 300 } }`,
    })
    await app.backend()
    await app.quit()
    await app.log.next('will-quit')
    await app.quit().catch(() => {})
    expect(await app.exited).toEqual({ code: 0, signal: null })
    expect(app.log.all('quit')).toHaveLength(1)
  })

  it('of an app that is not ready yet starts nothing', async () => {
    await using scene = createScene()
    const app = await superviseIn(scene, { after: 'electron.app.quit()' })
    expect(await app.exited).toEqual({ code: 0, signal: null })
    expect(app.log.all('utility')).toEqual([])
  })

  it('by a signal ends the backend, too', async () => {
    await using scene = createScene()
    const app = await superviseIn(scene)
    const { pid } = await app.backend()
    app.kill('SIGTERM')
    expect((await app.exited).code).toBe(0)
    expect(isAlive(pid)).toBe(false)
  })
})

describe('an app that ends by a fault of its own', () => {
  it('leaves no backend', async () => {
    await using scene = createScene()
    const app = await superviseIn(scene, { options: `{ script: ${script('ignores-sigterm')}, launch: 'fork', dieWithParent: false }` })
    const { pid } = await app.backend()
    await app.main('electron.app.exit(3)')
    expect((await app.exited).code).toBe(3)
    await until('the backend is gone', () => !isAlive(pid), 1000)
  })
})

describe('an open page', () => {
  it('stays while the backend crashes and comes back, and is told', async () => {
    await using scene = createScene()
    const app = await superviseIn(scene)
    const { pid } = await app.backend()
    const url = await app.shown()
    const loads = await app.main<number>(
      '(globalThis.loads = 0, electron.BrowserWindow.getAllWindows()[0].webContents.on("did-navigate", () => { loads += 1 }), 0)',
    )
    await killPid(pid)
    const states: string[] = []
    while (states.at(-1) !== 'ready') {
      const { args } = await app.log.next('sent', ({ channel, args: [state] }) => {
        const { lastExit } = state as { lastExit: unknown }
        return channel === 'jarvis-supervise:state-changed' && lastExit !== null
      })
      states.push((args[0] as { state: string }).state)
    }
    expect(states).toContain('starting')
    expect((await app.backend()).pid).not.toBe(pid)
    expect((await app.windows())[0]?.url).toBe(url)
    expect(await app.main('loads')).toBe(loads)
  })

  it('that is reloaded while the backend is gone waits, and is there again where it was', async () => {
    await using scene = createScene()
    const app = await superviseIn(scene, {
      options: `{ script: ${script('exits-when-asked')}, restart: { backoff: { initialMs: 1 } } }`,
    })
    await app.backend()
    const base = await app.shown()
    await app.main(`electron.BrowserWindow.getAllWindows()[0].loadURL('${base}projects?x#y').then(() => 1)`)
    const { pid } = await app.backend()
    await app.main(`(process.kill(${pid}, 'SIGKILL'), electron.BrowserWindow.getAllWindows()[0].reload())`)
    await app.log.next('did-fail-load')
    await app.window(({ url, loading }) => url === `${base}projects?x#y` && !loading)
    expect((await app.backend()).pid).not.toBe(pid)
  })

  it('that the backend refuses once though it is well is loaded again', async () => {
    await using scene = createScene()
    const app = await superviseIn(scene, {
      options: `{ script: ${JSON.stringify(
        scene.file(
          'refuses-once.mjs',
          `import { createServer } from 'node:http'
let refused = false
createServer((request, response) => {
  if (request.headers['sec-fetch-dest'] !== 'document' || refused) return response.end('<title>There</title>')
  refused = true
  request.socket.destroy()
}).listen(process.env.PORT, process.env.HOST)`,
        ),
      )} }`,
    })
    await app.log.next('did-fail-load')
    await app.window(({ url, title }) => url.startsWith('http:') && title === 'There')
  })
})

describe('a backend that is given up', () => {
  const options = `{ script: ${script('exits-at-once')}, restart: { when: 'never' } }`

  it('is explained: what happened, then what the doctor says', async () => {
    await using scene = createScene()
    const app = await superviseIn(scene, { options })
    const { failure, lines } = await app.stateWhen(({ state }) => state === 'failed')
    expect(failure).toMatchObject({ code: 'ERR_NEVER_READY', message: expect.stringContaining('no database') })
    expect(failure?.tail).toEqual(['connecting', 'no database'])
    expect(lines).toEqual(['connecting', 'no database'])
    const { verdict } = await app.stateWhen((state) => state.verdict !== undefined)
    expect(verdict).toMatchObject({ code: expect.stringMatching(/^[A-Z_]+$/), title: expect.any(String) })
    expect((await app.windows())[0]?.url).toBe(localPage)
  })

  it('is started again when somebody asks for it', async () => {
    await using scene = createScene()
    const app = await superviseIn(scene, {
      options: `{ script: ${JSON.stringify(
        scene.file(
          'app/needs-a-file.mjs',
          `import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
if (!existsSync('cured')) process.exit(1)
createServer((_, response) => response.end('ok')).listen(process.env.PORT, process.env.HOST)`,
        ),
      )}, restart: { when: 'never' } }`,
    })
    await app.stateWhen(({ state }) => state === 'failed')
    scene.file('app/cured', '')
    await app.invokeFrom({ url: localPage }, 'jarvis-supervise:retry')
    await app.shown()
  })

  it('can be reported: the clipboard has what who helps must know', async () => {
    await using scene = createScene()
    const app = await superviseIn(scene, { options })
    await app.stateWhen(({ state }) => state === 'failed')
    await app.invokeFrom({ url: localPage }, 'jarvis-supervise:copy-report')
    const text = await app.clipboard()
    expect(text).toContain('my-app 1.2.3 (Electron 45.4.1')
    expect(text).toContain('ERR_NEVER_READY')
    expect(text).toMatch(/Last lines of output:\n {2}connecting\n {2}no database/)
  })

  it('is named by the doctor where what it said names the cause', async () => {
    await using scene = createScene()
    const app = await superviseIn(scene, {
      options: `{ script: ${JSON.stringify(scene.file('needs-a-package.mjs', "import 'not-there-at-all'"))}, restart: { when: 'never' } }`,
    })
    const { verdict } = await app.stateWhen((state) => state.verdict !== undefined)
    expect(verdict).toMatchObject({ code: 'DEPENDENCY_MISSING' })
  })

  it('is named by the doctor where it could not be started', async () => {
    await using scene = createScene()
    const app = await superviseIn(scene, { options: "{ script: 'not-there.js' }" })
    const { verdict } = await app.stateWhen((state) => state.verdict !== undefined)
    expect(verdict).toMatchObject({ code: 'ENTRY_MISSING', confidence: 'certain' })
  })
})

describe('pages', () => {
  it('of others are told nothing and asked nothing', async () => {
    await using scene = createScene()
    const app = await superviseIn(scene)
    const { url } = await app.backend()
    await app.shown()
    const { port } = new URL(url)
    for (const stranger of [
      'https://evil.example/',
      `http://127.0.0.1:${port}0/`,
      `http://127.0.0.1:${port}@evil.example/`,
      `${localPage}?x`,
    ]) {
      for (const channel of ['state', 'retry', 'copy-report'])
        await expect(app.invokeFrom({ url: stranger }, `jarvis-supervise:${channel}`)).rejects.toThrow('no business')
    }
  })

  it('of the backend are told how it is, and no line of its output', async () => {
    await using scene = createScene()
    const talkative = scene.file(
      'talkative.mjs',
      "import { createServer } from 'node:http'\nconsole.log('a word')\ncreateServer((_, response) => response.end()).listen(process.env.PORT, process.env.HOST)",
    )
    const app = await superviseIn(scene, { options: `{ script: ${JSON.stringify(talkative)} }` })
    await app.shown()
    const told = await app.invoke<object>('jarvis-supervise:state')
    expect(told).toMatchObject({ state: 'ready' })
    expect(told).not.toHaveProperty('lines')
    expect((await app.state()).lines).toEqual(['a word'])
  })

  it('of the session have our preload, once', async () => {
    await using scene = createScene()
    const app = await superviseIn(scene, { after: "electron.app.on('window-all-closed', () => {})" })
    await app.shown()
    await app.closeWindow()
    await app.emit('app', 'activate')
    await app.shown()
    const preloads = await app.main<string[]>('electron.session.defaultSession.getPreloads()')
    expect(preloads.map((path) => path.replace(/^.*\/dist\//, 'dist/'))).toEqual(['dist/electron/preload.cjs'])
    expect(preloads.every((path) => existsSync(path))).toBe(true)
  })
})

describe('windows', () => {
  it('are closed and opened onto the same backend, where the app outlives them', async () => {
    await using scene = createScene()
    const app = await superviseIn(scene, { after: "electron.app.on('window-all-closed', () => {})" })
    const { pid } = await app.backend()
    await app.shown()
    await app.closeWindow()
    await app.log.next('window-all-closed')
    expect(await app.windows()).toEqual([])
    await app.emit('app', 'activate')
    await app.shown()
    expect((await app.backend()).pid).toBe(pid)
  })

  it('are shown by a second instance, which starts nothing and ends', async () => {
    await using scene = createScene()
    const first = await superviseIn(scene)
    const { pid } = await first.backend()
    await first.shown()
    await first.main('electron.BrowserWindow.getAllWindows()[0].minimize()')
    const second = await startApp(scene, { app: `${scene.dir}/app`, env: { XDG_CONFIG_HOME: `${scene.dir}/config` } })
    expect(await second.exited).toEqual({ code: 0, signal: null })
    expect(second.log.all('utility')).toEqual([])
    await first.window(({ visible, focused }) => visible && focused)
    expect(await first.windows()).toHaveLength(1)
    expect((await first.backend()).pid).toBe(pid)
  })

  it('may be made by the app', async () => {
    await using scene = createScene()
    const app = await superviseIn(scene, {
      options: `{ script: ${script('listens')}, window: () => new electron.BrowserWindow({ title: 'Mine', webPreferences: { partition: 'persist:own' } }) }`,
    })
    await app.shown()
    expect(await app.main('electron.BrowserWindow.getAllWindows()[0].webContents.session.getPreloads().length')).toBe(1)
  })
})

describe('a system that goes down', () => {
  it('waits for the app, which quits', async () => {
    await using scene = createScene()
    const app = await superviseIn(scene)
    const { pid } = await app.backend()
    const held = app.main(
      '(globalThis.held = false, electron.powerMonitor.emit("shutdown", { preventDefault: () => { held = true } }), held)',
    )
    expect(await held).toBe(true)
    expect(await app.exited).toEqual({ code: 0, signal: null })
    expect(isAlive(pid)).toBe(false)
  })

  it('with the session of a user of Windows takes the backend along', async () => {
    await using scene = createScene()
    const app = await superviseIn(scene, { options: `{ script: ${script('ignores-sigterm')}, launch: 'fork' }` })
    const { pid } = await app.backend()
    await app.shown()
    await app.main('electron.BrowserWindow.getAllWindows()[0].emit("session-end")')
    await until('the backend is gone', () => !isAlive(pid), 2000)
  })
})

describe('an update', () => {
  it('is installed when nothing is left, and nothing is started after that', async () => {
    await using scene = createScene()
    const app = await superviseIn(scene, { after: "electron.app.on('window-all-closed', () => {})" })
    const { pid } = await app.backend()
    const report = await app.main<{ reaped: number[]; survivors: number[] }>('supervised.reaped()')
    expect(report).toEqual({ reaped: [pid], survivors: [] })
    expect(isAlive(pid)).toBe(false)
    expect(await app.main('supervised.reaped()')).toEqual(report)
    await expect(app.invokeFrom({ url: localPage }, 'jarvis-supervise:retry')).rejects.toThrow('about to end')
    await app.closeWindow()
    await app.log.next('window-all-closed')
    await app.emit('app', 'activate')
    await app.emit('app', 'second-instance')
    await app.main('supervised.show()')
    expect(await app.windows()).toEqual([])
    await app.quit()
    expect(await app.exited).toEqual({ code: 0, signal: null })
    expect(app.log.order(...ending)).toEqual([...ending])
  })
})

describe('a machine that wakes up', () => {
  it('is a reason to ask the backend at once', async () => {
    await using scene = createScene()
    const app = await superviseIn(scene, {
      before: 'let asked = 0; globalThis.asked = () => asked',
      options: `{ script: ${script('listens')}, liveness: { kind: 'custom', periodMs: 60000, probe: async () => { asked += 1; return { ok: true } } } }`,
    })
    await app.backend()
    expect(await app.main('asked()')).toBe(0)
    await app.emit('powerMonitor', 'suspend')
    await app.emit('powerMonitor', 'resume')
    await until('it was asked', async () => (await app.main('asked()')) === 1, 2000)
    const facts = await app.main<{ verdict: { code: string } }>('supervised.report()')
    expect(facts.verdict.code).toBe('HEALTHY')
  })
})

describe('a backend with a socket', () => {
  it('is shown through the protocol of the app', async () => {
    await using scene = createScene()
    const server = scene.file(
      'socket.mjs',
      "import { createServer } from 'node:http'\ncreateServer((_, response) => response.end('<title>By socket</title>')).listen(process.env.JARVIS_SOCKET)",
    )
    const app = await superviseIn(scene, { options: `{ script: ${JSON.stringify(server)}, transport: 'socket' }` })
    const { url } = await app.window(({ title }) => title === 'By socket')
    expect(url).toBe('app://my-app/')
    expect(await app.invokeFrom({ url }, 'jarvis-supervise:state')).toMatchObject({ state: 'ready' })
  })
})
