import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type App, startApp } from '../helpers/electron/app.ts'
import { isAlive, killPid, pidsMarked, until } from '../helpers/processes.ts'
import { createScene, type Scene } from '../helpers/supervised.ts'

const windowed = `const { app, BrowserWindow } = require('electron')
app.whenReady().then(() => new BrowserWindow())`

const start = (scene: Scene, source: string, more: { args?: string[]; name?: string } = {}): Promise<App> =>
  startApp(scene, { app: scene.file(more.name ?? 'main.js', source), args: more.args ?? [] })

const order = ({ log }: App): string[] => log.order('ready', 'before-quit', 'window-closed', 'window-all-closed', 'will-quit', 'quit')

describe('quitting', () => {
  it('asks, closes the windows, asks again, and ends', async () => {
    await using scene = createScene()
    const app = await start(scene, windowed)
    await app.window()
    await app.quit()
    expect(await app.exited).toEqual({ code: 0, signal: null })
    expect(order(app)).toEqual(['ready', 'before-quit', 'window-closed', 'will-quit', 'quit'])
  })

  it('follows the last window where nobody listens', async () => {
    await using scene = createScene()
    const app = await start(scene, windowed)
    await app.window()
    await app.closeWindow()
    await app.exited
    expect(order(app)).toEqual(['ready', 'window-closed', 'window-all-closed', 'before-quit', 'will-quit', 'quit'])
  })

  it.each(['before-quit', 'will-quit'])('can be put off at %s, and happens when it is asked for again', async (event) => {
    await using scene = createScene()
    const app = await start(
      scene,
      `const { app } = require('electron')
app.once('${event}', (event) => { event.preventDefault(); setImmediate(() => app.quit()) })`,
    )
    await app.ready()
    await app.quit()
    expect(await app.exited).toEqual({ code: 0, signal: null })
    expect(app.log.all(event as 'before-quit')).toHaveLength(2)
  })

  it('is given up where a window stays open', async () => {
    await using scene = createScene()
    const app = await start(
      scene,
      `${windowed}.then(() => BrowserWindow.getAllWindows()[0].on('close', (event) => event.preventDefault()))`,
    )
    await app.window()
    await app.quit()
    expect(await app.windows()).toHaveLength(1)
    expect(order(app)).toEqual(['ready', 'before-quit'])
  })

  it.each(['SIGTERM', 'SIGINT'] as const)('is what %s means', async (signal) => {
    await using scene = createScene()
    const app = await start(scene, '')
    await app.ready()
    app.kill(signal)
    expect(await app.exited).toEqual({ code: 0, signal: null })
    expect(order(app)).toEqual(['ready', 'before-quit', 'will-quit', 'quit'])
  })

  it('is skipped by exit, which returns', async () => {
    await using scene = createScene()
    const app = await start(scene, `require('electron').app.on('ready', () => { process.exit(7); console.log('went on') })`)
    expect(await app.exited).toEqual({ code: 7, signal: null })
    expect(app.said()).toContain('went on')
    expect(order(app)).toEqual(['ready', 'quit'])
  })
})

it('shows an uncaught exception, and stays', async () => {
  await using scene = createScene()
  const app = await start(scene, `setTimeout(() => { throw new Error('oh no') })`)
  expect(await app.log.next('dialog')).toMatchObject({ kind: 'error', title: 'A JavaScript error occurred in the main process' })
  expect(isAlive(app.pid)).toBe(true)
})

it.each([
  ['main.cjs', `const electron = require('electron'); const { app } = require('electron/main')`],
  ['main.mjs', `import electron, { app } from 'electron'`],
])('is Electron to %s, ready when its code has run', async (name, imports) => {
  await using scene = createScene()
  const app = await start(
    scene,
    `${imports}
console.log(JSON.stringify([electron.app === app, app.isReady(), app.isPackaged, process.type, process.defaultApp, process.argv.slice(2), app.getPath('userData')]))
${name.endsWith('mjs') ? `await new Promise((resolve) => setTimeout(resolve, 50)); console.log(app.isReady())` : ''}`,
    { name, args: ['--x'] },
  )
  await app.ready()
  const said = [true, false, false, 'browser', true, ['--x'], join(scene.dir, '.config', 'Electron')]
  expect(app.said()).toBe(`${JSON.stringify(said)}\n${name.endsWith('mjs') ? 'false\n' : ''}`)
})

describe('a second instance', () => {
  const single = `const { app } = require('electron')
if (!app.requestSingleInstanceLock()) app.quit()
app.on('second-instance', (_event, argv, cwd) => console.log('second', argv.at(-1), cwd))`

  it('tells the first, and leaves', async () => {
    await using scene = createScene()
    const first = await start(scene, single)
    await first.ready()
    const second = await start(scene, single, { args: ['hello'] })
    expect(await second.exited).toEqual({ code: 0, signal: null })
    expect(await first.saying(/second (\S+) (\S+)/)).toMatchObject({ 1: 'hello', 2: scene.dir })
  })

  it('is the first, after that was killed', async () => {
    await using scene = createScene()
    const first = await start(scene, single)
    await first.ready()
    first.kill('SIGKILL')
    await first.exited
    const second = await start(scene, single)
    await second.ready()
    expect(await second.main('electron.app.hasSingleInstanceLock()')).toBe(true)
  })

  it('is what the executable starts, unless it is told to be a Node', async () => {
    await using scene = createScene()
    const app = await start(
      scene,
      `${single}
if (app.hasSingleInstanceLock()) require('node:child_process').spawn(process.execPath, [__filename, 'again'], { stdio: 'inherit' })
  .on('exit', (code) => console.log('ended', code))`,
    )
    await app.saying(/second again/)
    await app.saying(/ended 0/)
  })
})

describe('children', () => {
  const forking = (how: string): string => `const { app, utilityProcess } = require('electron')
app.whenReady().then(() => { ${how} })`

  it('of utilityProcess are in the group of the app, and gone with it though they are blocked', async () => {
    await using scene = createScene()
    scene.file('child.cjs', `for (;;);`)
    const app = await start(scene, forking(`utilityProcess.fork(__dirname + '/child.cjs')`))
    const { pid } = await app.log.next('utility')
    expect(await app.main(`require('node:fs').readFileSync('/proc/${pid}/stat', 'latin1').split(' ')[4]`)).toBe(`${app.pid}`)
    await killPid(app.pid)
    await until('the child is gone, too', () => !isAlive(pid))
  })

  it('of fork are Nodes of our own executable, and outlive the app', async () => {
    await using scene = createScene()
    scene.file(
      'child.cjs',
      `console.log([process.execPath, process.type, process.versions.electron, process.execArgv.length].join()); setInterval(() => {}, 1000)`,
    )
    const app = await start(scene, forking(`require('node:child_process').fork(__dirname + '/child.cjs')`))
    await app.saying(new RegExp(`^${app.executable},,45[.0-9]+,0$`, 'm'))
    await killPid(app.pid)
    const [orphan] = pidsMarked(`TEST_SCENE=${scene.dir}`)
    expect(orphan).toBeGreaterThan(0)
    await killPid(orphan!)
  })
})

describe('windows', () => {
  it('tell by name and number why nothing is shown', async () => {
    await using scene = createScene()
    const app = await start(
      scene,
      `${windowed}.then((window) => window.loadURL('http://127.0.0.1:1/').catch(({ message }) => console.log(message)))`,
    )
    await app.saying(/^ERR_UNSAFE_PORT \(-312\) loading 'http:\/\/127\.0\.0\.1:1\/'$/m)
    const { id } = await app.window()
    await expect(app.main(`electron.BrowserWindow.fromId(${id}).loadURL('file:///nowhere')`)).rejects.toMatchObject({
      code: 'ERR_FILE_NOT_FOUND',
      errno: -6,
    })
    expect(await app.main(`electron.BrowserWindow.fromId(${id}).webContents.mainFrame.url`)).toBe('file:///nowhere')
    expect(await app.log.next('did-fail-load', ({ errno }) => errno === -6)).toEqual({
      window: id,
      errno: -6,
      code: 'ERR_FILE_NOT_FOUND',
      url: 'file:///nowhere',
    })
  })

  it('cannot be before the app is ready', async () => {
    await using scene = createScene()
    const app = await start(scene, `try { new (require('electron').BrowserWindow)() } catch ({ message }) { console.log(message) }`)
    await app.saying(/Cannot create BrowserWindow before app is ready/)
  })

  it('ask by IPC, with the address that they show', async () => {
    await using scene = createScene()
    const app = await start(
      scene,
      `${windowed}.then((window) => window.loadURL('data:text/html,x'))
const { ipcMain } = require('electron')
ipcMain.handle('whence', ({ senderFrame }, given) => [senderFrame.url, given])
ipcMain.handle('fails', () => { throw new TypeError('no') })`,
    )
    await app.window(({ url, loading }) => url !== '' && !loading)
    expect(await app.invoke('whence', { a: 1 })).toEqual(['data:text/html,x', { a: 1 }])
    expect(await app.invokeFrom({ url: 'https://evil.example/' }, 'whence', null)).toEqual(['https://evil.example/', null])
    await expect(app.invoke('fails')).rejects.toThrow("Error invoking remote method 'fails': TypeError: no")
    await expect(app.invoke('nobody')).rejects.toThrow("No handler registered for 'nobody'")
  })

  it('are shown and told of by the system', async () => {
    await using scene = createScene()
    const app = await start(scene, `${windowed}; require('electron').powerMonitor.on('resume', () => console.log('resumed'))`)
    const { id } = await app.window()
    await app.main(`electron.BrowserWindow.fromId(${id}).minimize()`)
    expect(await app.windows()).toMatchObject([{ visible: false, focused: false }])
    await app.emit('powerMonitor', 'resume')
    await app.saying(/resumed/)
  })
})

it('puts what is asked of an own scheme to its handler, and streams the answer', async () => {
  await using scene = createScene()
  const app = await start(
    scene,
    `const { app, protocol } = require('electron')
protocol.registerSchemesAsPrivileged([{ scheme: 'app', privileges: { standard: true } }])
app.whenReady().then(() => protocol.handle('app', async (request) => {
  const said = request.method + ' ' + request.url + ' ' + (await request.text())
  let pull
  app.on('activate', () => pull.enqueue(Buffer.from('second')) || pull.close())
  return new Response(new ReadableStream({ start: (c) => { pull = c; c.enqueue(Buffer.from(said)) } }), { status: 201 })
}))`,
  )
  await app.ready()
  const response = await app.protocolFetch('app://backend/api', { method: 'POST', body: 'question' })
  const reader = response.body!.getReader()
  const decoded = async (): Promise<string> => Buffer.from((await reader.read()).value ?? []).toString()
  expect([response.status, await decoded()]).toEqual([201, 'POST app://backend/api question'])
  await app.emit('app', 'activate')
  expect([await decoded(), (await reader.read()).done]).toEqual(['second', true])
})

it('is started by whoever looks for its distribution, through a link, with Node from the PATH', async () => {
  await using scene = createScene()
  const bin = join(scene.dir, 'bin')
  mkdirSync(bin)
  symlinkSync(process.execPath, join(bin, 'node'))
  const executable = join(import.meta.dirname, '../helpers/electron/distribution/electron')
  const { execFileSync } = await import('node:child_process')
  const said = execFileSync(executable, [scene.file('main.js', `console.log(process.execPath); require('electron').app.quit()`)], {
    env: { PATH: bin, HOME: scene.dir },
  })
  expect(`${said}`).toBe(`${executable}\n`)
})

it('loses what it says where nobody reads it, and goes on', async () => {
  await using scene = createScene()
  const app = await start(
    scene,
    `process.stdout.destroy(); process.stderr.destroy()
require('node:fs').closeSync(2)
const tick = () => { throw new Error('again') }
setTimeout(tick)`,
  )
  await app.log.next('dialog')
  expect(await app.main('1 + 1')).toBe(2)
  expect(app.log.all('dialog')).toHaveLength(1)
})
