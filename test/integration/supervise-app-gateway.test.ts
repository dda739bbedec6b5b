import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { localPage, type SupervisedApp, superviseIn } from '../helpers/app-under-supervision.ts'
import { ask, isListenedOn } from '../helpers/ports.ts'
import { killPid, until } from '../helpers/processes.ts'
import { createScene, fixture, type Scene } from '../helpers/supervised.ts'

const script = (name: string): string => JSON.stringify(fixture(name))
const chromium = '/usr/bin/chromium'

/** Where the door of the app is; nobody listens there in the end. */
const doorOf = async (scene: Scene, app: SupervisedApp): Promise<string> => {
  await app.ready()
  let url = ''
  await until('the door is open', async () => {
    url = await app.main<string>("supervised.supervisor.gatewayUrl ?? ''")
    return url !== ''
  })
  scene.watchPort(Number(new URL(url).port))
  return url
}

describe('an app whose backend has a front door', () => {
  it('shows the page that comes through the door, and lets it ask', async () => {
    await using scene = createScene()
    const app = await superviseIn(scene, {
      options: `{ script: ${script('answers-after')}, gateway: { port: 'auto' }, page: '/start?x=1' }`,
    })
    const door = await doorOf(scene, app)
    const shown = await app.shown()
    expect(shown).toBe(`${door}/start?x=1`)
    const state = await app.invokeFrom<{ state: string; url: string }>({ url: shown }, 'jarvis-supervise:state')
    expect(state).toMatchObject({ state: 'ready', url: door })
    const { url: behind } = await app.backend()
    await expect(app.invokeFrom({ url: `${behind}/` }, 'jarvis-supervise:state'), 'it is not the page of the window').rejects.toThrow()
  })

  it('waits on the local page, and tells it where it will be', async () => {
    await using scene = createScene()
    const app = await superviseIn(scene, { options: `{ script: ${script('never-listens')}, gateway: { port: 'auto' } }` })
    const door = await doorOf(scene, app)
    expect(await app.stateWhen(({ state }) => state === 'starting')).toMatchObject({
      url: door,
      waitsFor: expect.stringMatching(/^an answer at /),
    })
    expect((await app.windows())[0]?.url).toBe(localPage)
  })

  it('keeps its page over a crash, at the same address', async () => {
    await using scene = createScene()
    const app = await superviseIn(scene, { options: `{ script: ${script('listens')}, gateway: { port: 'auto' } }` })
    const door = await doorOf(scene, app)
    const { pid } = await app.backend()
    expect(await app.shown()).toBe(`${door}/`)
    await killPid(pid)
    expect((await ask(`${door}/`)).status).toBe(200)
    expect((await app.windows())[0]?.url).toBe(`${door}/`)
  })

  it('explains when it is given up though the door is open, and comes back by it', async () => {
    await using scene = createScene()
    const needs = scene.file(
      'app/needs-a-file.mjs',
      `import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
if (!existsSync('cured')) process.exit(1)
createServer((_, response) => response.end('ok')).listen(process.env.PORT, process.env.HOST)`,
    )
    const app = await superviseIn(scene, {
      options: `{ script: ${JSON.stringify(needs)}, gateway: { port: 'auto' }, restart: { when: 'never' } }`,
    })
    const door = await doorOf(scene, app)
    await app.stateWhen(({ state }) => state === 'failed')
    expect((await ask(`${door}/`)).status).toBe(503)
    expect((await app.windows())[0]?.url).toBe(localPage)
    scene.file('app/cured', '')
    await app.invokeFrom({ url: localPage }, 'jarvis-supervise:retry')
    expect(await app.shown()).toBe(`${door}/`)
  })

  it('that was given up closes the door before it quits', async () => {
    await using scene = createScene()
    const app = await superviseIn(scene, {
      options: `{ script: ${script('exits-at-once')}, gateway: { port: 'auto' }, restart: { when: 'never' } }`,
    })
    const door = await doorOf(scene, app)
    await app.stateWhen(({ state }) => state === 'failed')
    const stateDir = join(await app.path('userData'), 'jarvis-supervise')
    await app.quit()
    expect(await app.exited).toEqual({ code: 0, signal: null })
    expect(isListenedOn(Number(new URL(door).port))).toBe(false)
    // as after any stop, and not left to the next start
    expect(readdirSync(stateDir).filter((name) => name.endsWith('.json'))).toEqual([])
  })

  it('with a socket needs no scheme of its own', async () => {
    await using scene = createScene()
    const app = await superviseIn(scene, {
      options: `{ script: ${script('listens-on-its-socket')}, transport: 'socket', gateway: { port: 'auto' } }`,
    })
    const door = await doorOf(scene, app)
    expect(await app.shown()).toBe(`${door}/`)
  })

  it.skipIf(!existsSync(chromium))('shows the door its token, which the page does not get to see', async () => {
    await using scene = createScene()
    const page = scene.file(
      'page.mjs',
      `import { createServer } from 'node:http'
createServer(({ url }, response) => response.setHeader('content-type', 'text/html').end('<title>There</title><p>' + url)).listen(process.env.PORT, process.env.HOST)`,
    )
    const app = await superviseIn(scene, {
      options: `{ script: ${JSON.stringify(page)}, gateway: { port: 'auto', token: true }, page: '/start?x=1' }`,
      start: { chromium },
    })
    const door = await doorOf(scene, app)
    const { id } = await app.window(({ url, title }) => url === `${door}/start?x=1` && title === 'There')
    expect(await app.eval(id, 'document.body.innerText + location.hash')).toBe('/start?x=1')
    expect(await app.eval(id, `fetch('/again').then(({ status }) => status)`)).toBe(200)
    expect((await ask(`${door}/start`)).status, 'nobody else').toBe(401)
    const state = await app.eval<{ state: string }>(id, 'jarvisSupervise.state()')
    expect(state).toMatchObject({ state: 'ready', url: door })
  })
})
