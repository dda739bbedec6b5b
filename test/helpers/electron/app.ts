/** Starts an app on the stand-in, and drives it as its user and the system would. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { commandOf, isAlive, until } from '../processes.ts'
import { Recorder, type Scene } from '../supervised.ts'
import { type Fuses, writeDistribution } from './executable.ts'
import { openWire, type Wire } from './wire.ts'

export interface AppStart {
  /** A folder with a package.json, a main.js, or the executable of a packaged app. */
  readonly app: string
  readonly args?: readonly string[]
  /** Over the scene's. */
  readonly env?: Readonly<Record<string, string>>
  /** Of an app that is not packaged; `/` for what the desktop starts. */
  readonly cwd?: string
  /** Pages are really shown: the path of a Chromium, or true for /usr/bin/chromium. */
  readonly chromium?: string | boolean
  /** Of the executable that runs a folder or a file; a packaged app has its own. */
  readonly fuses?: Fuses
}

export interface WindowFacts {
  readonly id: number
  readonly url: string
  readonly title: string
  readonly visible: boolean
  readonly focused: boolean
  readonly loading: boolean
}

export interface AppExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** What happened in the app, by type. */
export interface AppNotes {
  readonly ready: object
  readonly 'before-quit': object
  readonly 'window-all-closed': object
  readonly 'will-quit': object
  readonly quit: object
  readonly activate: object
  readonly 'will-finish-launching': object
  readonly 'browser-window-created': object
  readonly 'second-instance': { readonly argv: string[] }
  readonly 'child-process-gone': { readonly type: string; readonly reason: string; readonly exitCode: number; readonly name: string }
  readonly 'window-closed': { readonly window: number }
  readonly 'did-fail-load': { readonly window: number; readonly errno: number; readonly code: string; readonly url: string }
  /** A message to a page. */
  readonly sent: { readonly window: number; readonly channel: string; readonly args: readonly unknown[] }
  /** A utility process was started. */
  readonly utility: { readonly pid: number }
  readonly clipboard: { readonly text: string }
  readonly dialog: { readonly kind: 'error' | 'message'; readonly title?: string; readonly content?: string; readonly message?: string }
  readonly shell: { readonly action: string; readonly target: string }
  readonly notification: { readonly title?: string; readonly body?: string }
  readonly relaunch: { readonly args: readonly string[] }
  /** In Chromium, of a page's console. */
  readonly browser: { readonly pid: number }
  readonly console: { readonly window: number; readonly level: string; readonly text: string }
  /** The last one. */
  readonly end: { readonly code: number }
}

export interface From {
  /** The first one, if not said. */
  readonly window?: number
  /** Of the frame that asks; what the window shows, if not said. */
  readonly url?: string
}

export interface App {
  readonly pid: number
  readonly executable: string
  readonly exited: Promise<AppExit>
  /** What happened, in order: `await app.log.next('quit')`, `app.log.all('sent')`. */
  readonly log: Recorder<AppNotes>
  /** stdout and stderr until now. */
  said(): string
  /** Waits for words on either. */
  saying(pattern: RegExp): Promise<RegExpExecArray>
  /** The app is ready, and its own code has run. */
  ready(): Promise<void>
  /** `target` is a name in `electron` (`app`, `powerMonitor`), or `window:1`. A listener on `app` gets its event first. */
  emit(target: string, event: string, ...args: unknown[]): Promise<void>
  windows(): Promise<WindowFacts[]>
  /** Waits for a window like this one. */
  window(fits?: (window: WindowFacts) => boolean, deadlineMs?: number): Promise<WindowFacts>
  /** As by its button: the app may keep it open. */
  closeWindow(id?: number): Promise<void>
  reload(id?: number): Promise<void>
  /** In the page; needs Chromium. */
  eval<T = unknown>(id: number | undefined, code: string): Promise<T>
  screenshot(id: number | undefined, file: string): Promise<void>
  /** An expression in the main process; `electron` and `require` are known. What it promises is waited for. */
  main<T = unknown>(code: string): Promise<T>
  quit(): Promise<void>
  /** As from a page. */
  invoke<T = unknown>(channel: string, ...args: unknown[]): Promise<T>
  invokeFrom<T = unknown>(from: From, channel: string, ...args: unknown[]): Promise<T>
  send(channel: string, ...args: unknown[]): Promise<void>
  /** Through the handlers of `protocol.handle`, the body as it streams. */
  protocolFetch(url: string, init?: { method?: string; headers?: Record<string, string>; body?: string | Uint8Array }): Promise<Response>
  clipboard(): Promise<string>
  path(name: string): Promise<string>
  kill(signal?: NodeJS.Signals): void
}

const isExecutable = (path: string): boolean => {
  if (/\.[cm]?js$/.test(path) || statSync(path).isDirectory()) return false
  accessSync(path, constants.X_OK)
  return true
}

/** Of the app's group: what Electron ends when the app is gone, however that came, but each in its own time. */
const helpersIn = (group: number): string[] =>
  readdirSync('/proc').filter((name) => {
    try {
      const [, comm, state, pgrp] = /\((.*)\) (\S) \d+ (\d+)/.exec(readFileSync(`/proc/${name}/stat`, 'latin1')) ?? []
      const isHelper = comm?.startsWith('chrom') === true || commandOf(Number(name)).includes(' --type=utility ')
      return isHelper && state !== 'Z' && Number(pgrp) === group
    } catch {
      return false
    }
  })

const bodiless = new Set([204, 205, 304])

export const startApp = async (scene: Pick<Scene, 'dir' | 'env' | 'atEnd'>, start: AppStart): Promise<App> => {
  const isPackaged = isExecutable(start.app)
  const executable = isPackaged ? start.app : writeDistribution(join(scene.dir, 'electron-dist'), start.fuses && { fuses: start.fuses })
  const wire = await openWire()
  const log = new Recorder<AppNotes>()
  wire.onNote((type, facts) => log.push(type as keyof AppNotes, facts as never))
  const chromium = start.chromium === true ? '/usr/bin/chromium' : start.chromium || undefined
  const child = spawn(executable, [...(isPackaged ? [] : [start.app]), ...(start.args ?? [])], {
    cwd: start.cwd ?? scene.dir,
    env: {
      ...scene.env,
      ...start.env,
      STAND_IN_CONTROL: wire.path,
      STAND_IN_SCRATCH: wire.scratch,
      ...(chromium && { STAND_IN_CHROMIUM: chromium }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    // as by a desktop: a group of its own, and a signal to it that goes astray does not end the test
    detached: true,
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
  let isOver = false
  const exited = once(child, 'exit').then(([code, signal]): AppExit => ({ code, signal }))
  const pid = child.pid ?? 0
  const gone = exited.then(async () => {
    isOver = true
    await until(`what belongs to the app ${pid} is gone`, () => helpersIn(pid).length === 0)
    log.end(`the app ended: ${text}`)
    await wire.close(`The app has ended: ${text}`)
  })
  await once(child, 'spawn')
  scene.atEnd(async () => {
    if (!isOver) child.kill('SIGKILL')
    await gone
    child.stdout.destroy()
    child.stderr.destroy()
    await until(`the app ${pid} is gone`, () => !isAlive(pid))
  })
  return {
    pid,
    executable,
    exited,
    log,
    ...words(
      () => text,
      () => isOver,
    ),
    ...driven(wire),
    kill: (signal = 'SIGKILL') => void child.kill(signal),
  }
}

const words = (said: () => string, isOver: () => boolean): Pick<App, 'said' | 'saying'> => ({
  said,
  saying: async (pattern) => {
    await until(`the app said ${pattern}`, () => isOver() || pattern.test(said()))
    const match = pattern.exec(said())
    if (match === null) throw new Error(`The app ended without having said ${pattern}: ${said()}`)
    return match
  },
})

type Driven = Omit<App, 'pid' | 'executable' | 'exited' | 'log' | 'said' | 'saying' | 'kill'>

let streams = 0

const driven = (wire: Wire): Driven => {
  const told = async (name: string, ...args: unknown[]): Promise<void> => void (await wire.call(name, ...args))
  const asked = async <T>(name: string, ...args: unknown[]): Promise<T> => (await wire.call(name, ...args)) as T
  const windows = (): Promise<WindowFacts[]> => asked('windows')
  return {
    windows,
    ready: () => told('ready'),
    emit: (target, event, ...args) => told('emit', target, event, ...args),
    window: async (fits = () => true, deadlineMs = 10_000) => {
      let found: WindowFacts | undefined
      await until(
        'there is such a window',
        async () => {
          found = (await windows()).find(fits)
          return found !== undefined
        },
        deadlineMs,
      )
      return found!
    },
    closeWindow: (id) => told('close', id),
    reload: (id) => told('reload', id),
    eval: (id, code) => asked('eval', id, code),
    screenshot: (id, file) => told('screenshot', id, file),
    main: (code) => asked('main', code),
    quit: () => told('quit'),
    invoke: (channel, ...args) => asked('invoke', {}, channel, ...args),
    invokeFrom: (from, channel, ...args) => asked('invoke', from, channel, ...args),
    send: (channel, ...args) => told('send', {}, channel, ...args),
    clipboard: () => asked('clipboard'),
    path: (name) => asked('path', name),
    protocolFetch: async (url, { body, ...init } = {}) => {
      streams += 1
      const id = `${streams}`
      const stream = wire.body(id, () => void told('abort', id).catch(() => {}))
      const bytes = body === undefined ? undefined : Buffer.from(body).toString('base64')
      const { status, statusText, headers } = await asked<{ status: number; statusText: string; headers: [string, string][] }>(
        ...(['fetch', id, url, { ...init, ...(bytes !== undefined && { body: bytes }) }] as const),
      )
      return new Response(bodiless.has(status) ? null : stream, { status, statusText, headers })
    },
  }
}
