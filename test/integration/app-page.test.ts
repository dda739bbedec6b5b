import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { localPage, type SupervisedApp, superviseIn } from '../helpers/app-under-supervision.ts'
import { until } from '../helpers/processes.ts'
import { createScene, type Scene } from '../helpers/supervised.ts'

const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path))

/** What a person sees: hidden parts have no text. */
const seen = (app: SupervisedApp): Promise<string> => app.eval<string>(undefined, 'document.body?.innerText ?? ""')
const click = (app: SupervisedApp, id: string): Promise<void> => app.eval(undefined, `document.getElementById('${id}').click()`)

const seeing = async (app: SupervisedApp, pattern: RegExp, deadlineMs = 20_000): Promise<string> => {
  let text = ''
  await until(
    `the page says ${pattern}`,
    async () => {
      // between two pages there is none
      text = await seen(app).catch(() => '')
      return pattern.test(text)
    },
    deadlineMs,
  ).catch((error: unknown) => {
    throw new Error(`${error} It says:\n${text}`)
  })
  return text
}

/** Needs a file to start; then it serves a page. */
const needsAFile = (scene: Scene): string =>
  scene.file(
    'app/backend.mjs',
    `import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
console.log('opening the database')
if (!existsSync('cured')) {
  console.error("Error: Cannot find package 'better-sqlite3' imported from backend.mjs")
  process.exit(1)
}
createServer((_, response) => response.end('<!doctype html><title>There</title><h1>Hello from the backend</h1>')).listen(process.env.PORT, process.env.HOST)`,
  )

describe.skipIf(chromium === undefined)('the page in Chromium', () => {
  const start = { chromium: chromium ?? '' }

  it('waits: says for what, for how long and, when it takes long, what the backend says', async () => {
    await using scene = createScene()
    const slow = scene.file('slow.mjs', "console.log('reading the history')\nsetInterval(() => {}, 1000)")
    const app = await superviseIn(scene, { start, options: `{ script: ${JSON.stringify(slow)}, name: 'My Jarvis' }` })
    const early = await seeing(app, /Waiting for an answer at http:\/\/127\.0\.0\.1:\d+/)
    expect(early).toContain('Starting My Jarvis')
    expect(early).not.toContain('reading the history')
    const late = await seeing(app, /reading the history/)
    expect(late).toMatch(/\d+ s\. So far: .*refused/)
    expect(await app.eval(undefined, 'document.querySelector("[role=status] h1").textContent')).toBe('Starting My Jarvis')
  })

  it('explains with what the doctor says, and recovers when it is asked to try again', async () => {
    await using scene = createScene()
    const app = await superviseIn(scene, {
      start,
      options: `{ script: ${JSON.stringify(needsAFile(scene))}, name: 'My Jarvis', restart: { when: 'never' } }`,
    })
    const text = await seeing(app, /A dependency is missing/)
    expect(text).toContain('My Jarvis could not be started')
    expect(text).toContain("Cannot find package 'better-sqlite3'")
    expect(text).toMatch(/What to do\s+Install better-sqlite3/)
    expect(text).toMatch(/Last lines of output\s+opening the database/)
    expect(await app.eval(undefined, 'document.activeElement.id')).toBe('failure-title')
    await click(app, 'copy-report')
    await seeing(app, /Copied\./)
    expect(await app.clipboard()).toContain('DEPENDENCY_MISSING')
    scene.file('app/cured', '')
    await click(app, 'retry')
    await seeing(app, /Hello from the backend/)
  })

  it('gives way to the backend when that comes back by itself', async () => {
    await using scene = createScene()
    scene.file('app/cured', '')
    const app = await superviseIn(scene, { start, options: `{ script: ${JSON.stringify(needsAFile(scene))} }` })
    await seeing(app, /Hello from the backend/)
    const { pid } = await app.backend()
    await app.main(`(process.kill(${pid}, 'SIGKILL'), electron.BrowserWindow.getAllWindows()[0].reload())`)
    await app.log.next('did-fail-load')
    await seeing(app, /Hello from the backend/)
    expect((await app.backend()).pid).not.toBe(pid)
  })

  it('reaches no network, and runs nothing but its own script', async () => {
    await using scene = createScene()
    const app = await superviseIn(scene, { start, options: "{ script: 'not-there.js' }" })
    await seeing(app, /entry script is not there|not there/i)
    expect((await app.windows())[0]?.url).toBe(localPage)
    const refusal =
      'new Promise((done) => { addEventListener("securitypolicyviolation", (event) => done(event.effectiveDirective)); fetch("http://127.0.0.1:4321/").then(() => done("fetched"), () => {}) })'
    expect(await app.eval(undefined, refusal)).toBe('connect-src')
    const ran =
      'new Promise((done) => { const s = document.createElement("script"); s.textContent = "window.ran = 1"; document.head.append(s); setTimeout(() => done(window.ran ?? 0), 50) })'
    expect(await app.eval(undefined, ran)).toBe(0)
    expect(app.log.all('console').filter(({ level, text }) => level === 'error' && !/Content Security Policy|Refused/i.test(text))).toEqual(
      [],
    )
  })

  it('of a backend finds the bridge, and nothing of the output in it', async () => {
    await using scene = createScene()
    scene.file('app/cured', '')
    const app = await superviseIn(scene, { start, options: `{ script: ${JSON.stringify(needsAFile(scene))} }` })
    await seeing(app, /Hello from the backend/)
    expect(await app.eval(undefined, 'Object.keys(window.jarvisSupervise).sort().join()')).toBe('copyReport,onState,retry,state')
    const state = await app.eval<object>(undefined, 'window.jarvisSupervise.state()')
    expect(state).toMatchObject({ state: 'ready' })
    expect(JSON.stringify(state)).not.toContain('opening the database')
  })
})
