import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { startApp } from '../helpers/electron/app.ts'
import { createScene, type Scene } from '../helpers/supervised.ts'

const chromium = '/usr/bin/chromium'
const shown = it.skipIf(!existsSync(chromium))

/** Answers everything with this page. */
const serve = async (scene: Scene, html: string): Promise<string> => {
  const server = createServer((_question, reply) => reply.setHeader('content-type', 'text/html').end(html)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  scene.atEnd(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

const preload = `const { contextBridge, ipcRenderer } = require('electron')
contextBridge.exposeInMainWorld('jarvis', {
  ask: (question) => ipcRenderer.invoke('ask', question),
  onSaid: (listener) => ipcRenderer.on('said', (_event, words) => listener(words)),
})`

const main = (url: string): string => `const { app, BrowserWindow, ipcMain, session } = require('electron')
ipcMain.handle('ask', ({ senderFrame }, question) => [senderFrame.url, question])
app.whenReady().then(() => {
  session.defaultSession.registerPreloadScript({ type: 'frame', filePath: __dirname + '/preload.cjs' })
  const window = new BrowserWindow({ width: 400, height: 300 })
  window.webContents.setWindowOpenHandler(({ url }) => { console.log('asked for', url); return { action: 'deny' } })
  window.webContents.on('did-navigate-in-page', (_event, url) => console.log('moved to', url))
  window.loadURL('${url}').catch(({ message }) => console.log(message))
})`

const page = `<title>shown</title><body></body><script>
jarvis.onSaid((words) => document.body.append(words))
</script>`

shown('shows pages, whose preload scripts lead to the main process and back', async () => {
  await using scene = createScene()
  const url = await serve(scene, page)
  scene.file('preload.cjs', preload)
  const app = await startApp(scene, { app: scene.file('main.js', main(url)), chromium })
  const { id, title } = await app.window(({ loading, url: at }) => at !== '' && !loading)
  expect(title).toBe('shown')
  expect(await app.eval(id, `jarvis.ask({ deep: [1] })`)).toEqual([url, { deep: [1] }])
  await app.main(`electron.BrowserWindow.fromId(${id}).webContents.send('said', 'some words')`)
  expect(await app.eval(id, 'document.body.innerText')).toContain('some words')
  expect(await app.eval(id, '[typeof require, typeof process, Object.isFrozen(jarvis)]')).toEqual(['undefined', 'undefined', true])
  await app.eval(id, `window.open('/other'); location.hash = 'there'`)
  await app.saying(/asked for http.*\/other/)
  await app.saying(/moved to http.*#there/)
  expect(await app.windows()).toHaveLength(1)
  const file = `${scene.dir}/shot.png`
  await app.screenshot(id, file)
  expect(readFileSync(file).subarray(1, 4).toString()).toBe('PNG')
})

shown('tells why a page is not shown, and loads it when it is there again', async () => {
  await using scene = createScene()
  scene.file('preload.cjs', preload)
  const app = await startApp(scene, { app: scene.file('main.js', main('http://127.0.0.1:9/')), chromium })
  await app.saying(/^ERR_UNSAFE_PORT \(-312\) loading 'http:\/\/127\.0\.0\.1:9\/'$/m)
  const { id } = await app.window()
  const url = await serve(scene, page)
  await app.main(`electron.BrowserWindow.fromId(${id}).loadURL('${url}')`)
  expect(await app.eval(id, 'location.href')).toBe(url)
})

shown('shows what a handler of an own scheme answers', async () => {
  await using scene = createScene()
  const app = await startApp(scene, {
    app: scene.file(
      'main.js',
      `const { app, BrowserWindow, protocol } = require('electron')
app.whenReady().then(() => {
  protocol.handle('app', ({ url }) => new Response('<body>' + url, { headers: { 'content-type': 'text/html' } }))
  new BrowserWindow().loadURL('app://backend/page?a=1')
})`,
    ),
    chromium,
  })
  const { id, url } = await app.window(({ loading, url: at }) => at !== '' && !loading)
  expect(url).toBe('app://backend/page?a=1')
  expect(await app.eval(id, 'document.body.innerText')).toBe(url)
})
