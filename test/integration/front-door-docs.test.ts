import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { startApp } from '../helpers/electron/app.ts'
import { killPid, until } from '../helpers/processes.ts'
import { createScene, type Scene } from '../helpers/supervised.ts'

/** The examples as they stand in the page. */
const page = readFileSync('docs/front-door.md', 'utf8')
const blockOf = (language: string, pattern: RegExp): string => {
  const blocks = [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].filter(([, name]) => name === language).map(([, , text = '']) => text)
  const found = blocks.find((text) => pattern.test(text))
  if (found === undefined) throw new Error(`The page has no ${language} that matches ${pattern}`)
  return found
}

interface Connection {
  send(data: string): boolean
  close(): void
}

type Connect = (options: {
  readonly url: string
  readonly token?: string
  readonly protocols?: readonly string[]
  readonly onMessage: (data: string) => void
  readonly onState?: (state: string) => void
}) => Connection

/** The client, where there is a WebSocket. */
const clientIn = async (scene: Scene): Promise<Connect> => {
  const file = scene.file('socket.mjs', blockOf('js', /^\/\/ socket\.js/))
  const before = Object.getOwnPropertyDescriptor(globalThis, 'WebSocket')
  Object.defineProperty(globalThis, 'WebSocket', { value: WebSocket, configurable: true, writable: true })
  scene.atEnd(() => {
    Reflect.deleteProperty(globalThis, 'WebSocket')
    if (before !== undefined) Object.defineProperty(globalThis, 'WebSocket', before)
  })
  return ((await import(pathToFileURL(file).href)) as { connect: Connect }).connect
}

/** Says who it is, which subprotocol it has seen, and what was said to it; ends it properly when it is told `bye`. */
const echo = (scene: Scene): string =>
  scene.file(
    'echo.mjs',
    `import { createServer } from 'node:http'
import { WebSocketServer } from ${JSON.stringify(pathToFileURL(resolve('node_modules/ws/wrapper.mjs')).href)}
const server = createServer((_, response) => response.end('ok')).listen(process.env.PORT, process.env.HOST)
new WebSocketServer({ server, path: '/ws' }).on('connection', (socket, { url, headers }) => {
  socket.on('message', (data) =>
    String(data) === 'bye' ? socket.close(1000) : socket.send([process.pid, url, headers['sec-websocket-protocol'] ?? '', data].join(' ')))
})`,
  )

const conversation = () => {
  const [states, messages] = [[] as string[], [] as string[]]
  return {
    states,
    messages,
    onState: (state: string) => void states.push(state),
    onMessage: (data: string) => void messages.push(String(data)),
  }
}

test('the WebSocket client comes back after a crash, with another ticket, until the backend has said good-bye', async () => {
  await using scene = createScene()
  const { supervisor } = scene.supervise({ script: echo(scene), gateway: { port: 'auto', token: true } })
  let tokenFile = ''
  supervisor.on('gateway', (facts) => {
    tokenFile = facts.tokenFile ?? ''
    scene.watchPort(facts.port)
  })
  const { pid } = await supervisor.start()
  const connect = await clientIn(scene)
  const { states, messages, ...listeners } = conversation()
  const options = { url: `${supervisor.gatewayUrl}/ws?room=1`, token: readFileSync(tokenFile, 'utf8'), protocols: ['app.v1'] }
  const connection = connect({ ...options, ...listeners })
  expect(connection.send('too early')).toBeFalsy()
  await until('it is open', () => states.at(-1) === 'open')
  expect(connection.send('one')).toBe(true)
  await until('it is answered', () => messages.length === 1)
  expect(messages).toEqual([`${pid} /ws?room=1 app.v1 one`])
  await killPid(pid ?? 0)
  await until('it has waited and is open again', () => states.length === 3)
  expect(states).toEqual(['open', 'waiting', 'open'])
  connection.send('two')
  await until('it is answered', () => messages.length === 2)
  expect(messages[1]).toMatch(/ \/ws\?room=1 app\.v1 two$/)
  expect(messages[1]).not.toContain(`${pid} `)
  connection.send('bye')
  await until('it is closed', () => states.at(-1) === 'closed')
  connection.close()
})

test('the WebSocket client needs no ticket where nobody asks for a token', async () => {
  await using scene = createScene()
  const { supervisor } = scene.supervise({ script: echo(scene), gateway: { port: 'auto' } })
  supervisor.on('gateway', ({ port }) => scene.watchPort(port))
  const { pid } = await supervisor.start()
  const connect = await clientIn(scene)
  const { states, messages, ...listeners } = conversation()
  const connection = connect({ url: `${supervisor.gatewayUrl}/ws`, ...listeners })
  await until('it is open', () => states.at(-1) === 'open')
  connection.send('hello')
  await until('it is answered', () => messages.length === 1)
  expect(messages).toEqual([`${pid} /ws  hello`])
  connection.close()
  await until('it is closed', () => states.at(-1) === 'closed')
})

const chromium = '/usr/bin/chromium'

test.skipIf(!existsSync(chromium))('the page shows what its backend is doing, in a browser', async () => {
  await using scene = createScene()
  const html = JSON.stringify(`<title>There</title>${blockOf('html', /EventSource/)}`)
  const script = scene.file(
    'page.mjs',
    `import { createServer } from 'node:http'
createServer((_, response) => response.setHeader('content-type', 'text/html').end(${html})).listen(process.env.PORT, process.env.HOST)`,
  )
  const { supervisor } = scene.supervise({ script, gateway: { port: 'auto' }, restart: { when: 'never' } })
  supervisor.on('gateway', ({ port }) => scene.watchPort(port))
  const { pid } = await supervisor.start()
  const main = `const { app, BrowserWindow } = require('electron')
app.whenReady().then(() => new BrowserWindow().loadURL('${supervisor.gatewayUrl}/'))`
  const app = await startApp(scene, { app: scene.file('main.js', main), chromium })
  const { id } = await app.window(({ title }) => title === 'There')
  const shows = (pattern: RegExp): Promise<void> =>
    until(`it shows ${pattern}`, async () => pattern.test(await app.eval<string>(id, "document.getElementById('backend').textContent")))
  await killPid(pid ?? 0)
  await shows(/^given up \(ERR_CRASHED\): /)
  await supervisor.restart()
  await shows(/^$/)
})

test.skipIf(!existsSync(chromium))(
  'a page of another port asks with the cookie that it was given for the token, in a browser',
  async () => {
    await using scene = createScene()
    const vite = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<title>Vite</title>')).listen(
      0,
      'localhost',
    )
    await once(vite, 'listening')
    scene.atEnd(() => {
      vite.closeAllConnections()
      vite.close()
    })
    const origin = `http://localhost:${(vite.address() as AddressInfo).port}`
    const gateway = { port: 'auto' as const, token: true, allowedOrigins: [origin] }
    const { supervisor } = scene.supervise('listens', { gateway })
    const doors: { port: number; tokenFile?: string }[] = []
    supervisor.on('gateway', (facts) => doors.push(facts))
    await supervisor.start()
    const [{ port, tokenFile = '' } = { port: 0 }] = doors
    const door = `http://localhost:${scene.watchPort(port)}`
    const main = `const { app, BrowserWindow } = require('electron')
app.whenReady().then(() => new BrowserWindow().loadURL('${origin}/'))`
    const app = await startApp(scene, { app: scene.file('main.js', main), chromium })
    const { id } = await app.window(({ title }) => title === 'Vite')
    const ask = (path: string, init = ''): Promise<number> =>
      app.eval(id, `fetch('${door}${path}', { credentials: 'include', ${init} }).then(({ status }) => status, () => 0)`)
    expect(await ask('/')).toBe(401)
    const headers = `headers: { 'x-jarvis-token': '${readFileSync(tokenFile, 'utf8')}' }`
    expect(await ask('/_supervise/session', `method: 'POST', ${headers}`)).toBe(204)
    expect(await ask('/')).toBe(200)
    expect(await ask('/', "method: 'DELETE'"), 'what needs a preflight').toBe(200)
  },
)
