/** Finds a real Electron, and runs apps on it in a world of their own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { type ElectronApplication, _electron as playwright } from 'playwright-core'
import { claudeEnv } from '../../../test/helpers/claude-world.ts'

const folder = dirname(createRequire(import.meta.url).resolve('electron/package.json'))

/** The executable, or why there is none. `require('electron')` is not asked: it would download one. */
export const realElectron = (): { readonly path: string } | { readonly missing: string } => {
  if (process.env.ELECTRON_OVERRIDE_DIST_PATH)
    return { missing: 'ELECTRON_OVERRIDE_DIST_PATH names another distribution, which may be a stand-in' }
  const named = join(folder, 'path.txt')
  const path = existsSync(named) ? join(folder, 'dist', readFileSync(named, 'utf8')) : undefined
  return path !== undefined && existsSync(path) ? { path } : { missing: 'no binary is installed (npx install-electron brings it)' }
}

/** Hosted runners let nobody make a user namespace, which the sandbox needs. */
const switches = process.platform === 'linux' && process.env.CI ? ['--no-sandbox'] : []

export interface World extends AsyncDisposable {
  readonly dir: string
  readonly env: Record<string, string>
  /** With its user data in this world. */
  argsFor(app: string): string[]
  launch(app: string): Promise<ElectronApplication>
  /** Without Playwright in between. */
  start(
    executable: string,
    args: readonly string[],
    options?: { readonly cwd?: string; readonly env?: Record<string, string> },
  ): ChildProcess
}

const logs = process.env.E2E_LOGS

/** Where somebody asks for them: of a machine that nobody can look at they are all that is left. */
const keepLogs = (dir: string): void => {
  if (logs === undefined) return
  for (const folder of ['user-data/logs', 'packaged-data/logs', 'Library/Logs'])
    if (existsSync(join(dir, folder))) cpSync(join(dir, folder), join(logs, basename(dir), folder), { recursive: true })
}

/** @param executable A real Electron. */
export const createWorld = (executable: string, apiUrl: string): World => {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'my-jarvis-e2e-')))
  const own = { ...process.env, ...claudeEnv(apiUrl), HOME: dir, USERPROFILE: dir, JARVIS_STATE_DIR: undefined, NODE_OPTIONS: undefined }
  const env = Object.fromEntries(Object.entries(own).filter((entry): entry is [string, string] => entry[1] !== undefined))
  const apps: ElectronApplication[] = []
  const children: ChildProcess[] = []
  const world: World = {
    dir,
    env,
    argsFor: (app) => [...switches, `--user-data-dir=${join(dir, 'user-data')}`, resolve(app)],
    launch: async (app) => {
      const launched = await playwright.launch({ executablePath: executable, args: world.argsFor(app), env, timeout: 60_000 })
      apps.push(launched)
      return launched
    },
    start: (path, args, { cwd, env: more } = {}) => {
      const child = spawn(path, [...switches, ...args], { ...(cwd !== undefined && { cwd }), env: more ?? env, stdio: 'ignore' })
      children.push(child)
      return child
    },
    [Symbol.asyncDispose]: async () => {
      for (const app of apps) await app.close().catch(() => {})
      for (const child of children) {
        if (child.exitCode !== null || child.signalCode !== null) continue
        const ended = once(child, 'exit')
        child.kill('SIGKILL')
        await ended
      }
      keepLogs(dir)
      rmSync(dir, { recursive: true, force: true, maxRetries: 5 })
    },
  }
  return world
}
