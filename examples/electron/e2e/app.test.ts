/**
 * The example under a real Electron: its window, its backend, and what becomes of both. Skipped where no Electron is
 * installed; what of it can be seen without one, `test/packaged` shows on a stand-in.
 */
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ElectronApplication, Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { type MessagesApi, startMessagesApi } from '../../../test/helpers/messages-api.ts'
import { createWorld, realElectron, type World } from './real-electron.ts'

const found = realElectron()
const reason = 'missing' in found ? ` — skipped: ${found.missing}` : ''
const example = 'examples/electron'

const eventually = async (what: string, isTrue: () => boolean | Promise<boolean>, deadlineMs = 30_000): Promise<void> => {
  const deadline = Date.now() + deadlineMs
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error(`After ${deadlineMs} ms it is not true that ${what}.`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

const backendPage = async (app: ElectronApplication): Promise<Page> => {
  const page = await app.firstWindow()
  await page.waitForURL(/^http:\/\/127\.0\.0\.1:\d+\/$/, { timeout: 60_000 })
  await page.getByRole('textbox', { name: 'Message' }).waitFor()
  return page
}

const backendPid = async (page: Page): Promise<number> => {
  const health = await fetch(new URL('/api/health', page.url()))
  return ((await health.json()) as { pid: number }).pid
}

const inWorld = async (run: (world: World, api: MessagesApi) => Promise<void>): Promise<void> => {
  if ('missing' in found) throw new Error(found.missing)
  await using api = await startMessagesApi()
  await using world = createWorld(found.path, api.url)
  await run(world, api)
}

/** For whoever would take a skipped suite for a success. */
it.runIf(process.env.E2E_REQUIRED === '1')('has what it runs on', () => {
  expect(found).toHaveProperty('path')
  expect(process.env.PACKAGED_APP).toBeTruthy()
})

describe.skipIf('missing' in found)(`a real Electron${reason}`, () => {
  it('shows the page of the backend, which is a utility process, and nothing is left when it is closed', async () => {
    await inWorld(async (world) => {
      const app = await world.launch(example)
      const page = await backendPage(app)
      expect(await page.title()).toBe('My Jarvis')
      const pid = await backendPid(page)
      const metrics = await app.evaluate(({ app: { getAppMetrics } }) => getAppMetrics().map(({ type, pid: one }) => ({ type, pid: one })))
      expect(metrics).toContainEqual({ type: 'Utility', pid })
      const url = page.url()
      await app.close()
      await eventually('the backend is gone', () => !isAlive(pid))
      await expect(fetch(url)).rejects.toThrow()
    })
  })

  it('streams a chat into the page', async () => {
    await inWorld(async (world, api) => {
      const page = await backendPage(await world.launch(example))
      api.hold()
      await page.getByRole('textbox', { name: 'Message' }).fill('Hello there')
      await page.getByRole('button', { name: 'Send' }).click()
      await api.held()
      await page.getByRole('button', { name: 'Stop' }).and(page.locator(':enabled')).waitFor()
      api.release()
      await page.getByText('Hello from the stub.').waitFor()
    })
  })

  it('gives the page the bridge and nothing of Node', async () => {
    await inWorld(async (world) => {
      const page = await backendPage(await world.launch(example))
      const seen = await page.evaluate(() => {
        const all = globalThis as unknown as Record<string, object | undefined>
        return { bridge: Object.keys(all.jarvisSupervise ?? {}).sort(), node: [typeof all.require, typeof all.process] }
      })
      expect(seen).toEqual({ bridge: ['copyReport', 'onState', 'retry', 'state'], node: ['undefined', 'undefined'] })
    })
  })

  it('comes back by itself when the backend was killed under an open window', async () => {
    await inWorld(async (world) => {
      const page = await backendPage(await world.launch(example))
      const first = await backendPid(page)
      process.kill(first, 'SIGKILL')
      await eventually('another backend answers', async () => (await backendPid(page).catch(() => first)) !== first)
      await page.waitForURL(/^http:/)
      await page.getByRole('textbox', { name: 'Message' }).waitFor()
    })
  })

  it('explains a backend that cannot start, and loads it once it is mended and asked again', async () => {
    await inWorld(async (world) => {
      const app = await world.launch(`${example}/e2e/broken`)
      const page = await app.firstWindow()
      await page.getByRole('button', { name: 'Retry' }).waitFor({ timeout: 60_000 })
      await page.getByText('ENTRY_MISSING').waitFor()
      const folder = await app.evaluate(({ app: { getPath } }) => getPath('userData'))
      mkdirSync(folder, { recursive: true })
      const server =
        "import { createServer } from 'node:http'\ncreateServer((_, response) => response.end('mended')).listen(process.env.PORT, process.env.HOST)\n"
      writeFileSync(join(folder, 'server.mjs'), server)
      await page.getByRole('button', { name: 'Retry' }).click()
      await page.getByText('mended').waitFor()
    })
  })

  it('shows its window to whoever starts it a second time, and starts nothing', async () => {
    await inWorld(async (world) => {
      const app = await world.launch(example)
      const page = await backendPage(app)
      const pid = await backendPid(page)
      await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.minimize())
      if ('missing' in found) return
      const second = world.start(found.path, world.argsFor(example))
      const [code] = await once(second, 'exit')
      expect(code).toBe(0)
      await eventually('the window is back', () =>
        app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isMinimized() === false),
      )
      expect(app.windows()).toHaveLength(1)
      expect(await backendPid(page)).toBe(pid)
    })
  })

  it('asks before it judges when the machine wakes', async () => {
    await inWorld(async (world) => {
      const app = await world.launch(example)
      const page = await backendPage(app)
      const pid = await backendPid(page)
      await app.evaluate(({ powerMonitor }) => {
        powerMonitor.emit('suspend')
        powerMonitor.emit('resume')
      })
      expect(await backendPid(page)).toBe(pid)
      expect(page.url()).toMatch(/^http:/)
    })
  })
})

/** Of `npm run package:dir`; its fuses let no debugger in, so it is looked at from outside. */
const packaged = process.env.PACKAGED_APP

describe.skipIf('missing' in found || !packaged)(
  `the packaged app${packaged ? reason : ' — skipped: PACKAGED_APP does not name its executable'}`,
  () => {
    it('starts from next to nothing, answers, and leaves nothing', async () => {
      await inWorld(async (world) => {
        const { HOME, USERPROFILE, DISPLAY, SystemRoot, TEMP, APPDATA, LOCALAPPDATA } = world.env
        const bare = { PATH: '/usr/bin:/bin', HOME, USERPROFILE, DISPLAY, SystemRoot, TEMP, APPDATA, LOCALAPPDATA }
        const env = Object.fromEntries(Object.entries(bare).filter((entry): entry is [string, string] => entry[1] !== undefined))
        const data = join(world.dir, 'packaged-data')
        const app = world.start(packaged!, [`--user-data-dir=${data}`], { cwd: '/', env })
        const { connectControl } = await import('jarvis-supervise')
        let url = ''
        await eventually('the backend is ready', async () => {
          const status = await connectControl({ stateDir: join(data, 'jarvis-supervise') })
            .then((control) => control.status())
            .catch(() => undefined)
          url = (status?.state === 'ready' && status.url) || ''
          return url !== ''
        })
        expect((await fetch(new URL('/api/projects', url))).status).toBe(200)
        const { pid } = (await (await fetch(new URL('/api/health', url))).json()) as { pid: number }
        const exited = once(app, 'exit')
        app.kill('SIGTERM')
        await exited
        await eventually('the backend is gone', () => !isAlive(pid))
      })
    })
  },
)
