/** A small app whose main process supervises a backend, run on the stand-in for Electron. */
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { AppState } from '../../src/electron.ts'
import { type App, type AppStart, startApp } from './electron/app.ts'
import { isAlive, until } from './processes.ts'
import { fixture, type Scene } from './supervised.ts'

export interface Supervising {
  /** The options of `superviseApp`, as code. Default: a backend that listens. */
  readonly options?: string
  /** Code before and after it; `electron` and `app` (what superviseApp gives) are known. */
  readonly before?: string
  readonly after?: string
  readonly start?: Partial<AppStart>
}

export interface SupervisedApp extends App {
  /** Of the service, as our own page is told. */
  state(): Promise<AppState>
  stateWhen(fits: (state: AppState) => boolean): Promise<AppState>
  /** Of the backend; waits until it is ready. */
  backend(): Promise<{ readonly pid: number; readonly url: string }>
  /** Waits until the window shows the backend. */
  shown(): Promise<string>
}

export const localPage = pathToFileURL(resolve('dist/electron/page.html')).href
const door = JSON.stringify(resolve('dist/electron.js'))

/** With the name `userData` of its own in the scene: the same for every start there. */
export const superviseIn = async (scene: Scene, { options, before = '', after = '', start }: Supervising = {}): Promise<SupervisedApp> => {
  scene.file('app/package.json', JSON.stringify({ name: 'my-app', version: '1.2.3', main: 'main.cjs' }))
  scene.file(
    'app/main.cjs',
    `const electron = require('electron')
const { superviseApp } = require(${door})
${before}
const app = superviseApp(electron, ${options ?? `{ script: ${JSON.stringify(fixture('listens'))} }`})
globalThis.supervised = app
${after}
`,
  )
  const utilities: number[] = []
  // after the app has ended; the marks of the scene do not show them: their environment is nobody else's to read
  scene.atEnd(async () => {
    for (const pid of utilities) await until(`the utility process ${pid} is gone`, () => !isAlive(pid))
  })
  const app = await startApp(scene, { app: `${scene.dir}/app`, ...start, env: { XDG_CONFIG_HOME: `${scene.dir}/config`, ...start?.env } })
  scene.atEnd(() => utilities.push(...app.log.all('utility').map(({ pid }) => pid)))
  const state = (): Promise<AppState> => app.invokeFrom({ url: localPage }, 'jarvis-supervise:state')
  return {
    ...app,
    state,
    stateWhen: async (fits) => {
      let last: AppState | undefined
      await until('the backend is like that', async () => {
        last = await state().catch(() => undefined)
        return last !== undefined && fits(last)
      }).catch((error: unknown) => {
        throw new Error(`${error}; last: ${JSON.stringify(last)}; said: ${app.said()}`)
      })
      return last!
    },
    backend: () => app.main('supervised.supervisor.start().then(({ pid, url }) => ({ pid, url }))'),
    shown: async () => (await app.window(({ url, loading }) => url.startsWith('http://127.0.0.1') && !loading)).url,
  }
}
