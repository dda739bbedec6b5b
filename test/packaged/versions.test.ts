/**
 * What the makers of the original app tried, version by version, packaged and started as a user starts it: with their main
 * process it fails as their users saw it, and with ours the same backend answers, and chats with the real Claude.
 */
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { allLines, ask } from '../helpers/claude-http.ts'
import { claudeEnv, realClaude } from '../helpers/claude-world.ts'
import type { App } from '../helpers/electron/app.ts'
import { type MessagesApi, startMessagesApi } from '../helpers/messages-api.ts'
import { freePort, isListenedOn, occupy } from '../helpers/ports.ts'
import { isAlive, until } from '../helpers/processes.ts'
import { createScene, type Scene } from '../helpers/supervised.ts'
import { chatStreams, explained, startChat, windowShows } from './chats.ts'
import { openApp, quitApp } from './desktop.ts'
import { packageWebui, unpackedByUs } from './webui.ts'

interface World {
  readonly scene: Scene
  readonly api: MessagesApi
  readonly port: number
  readonly env: Record<string, string>
  /** Starts the app that runs, or ran, once more. */
  readonly open: () => Promise<App>
}

interface Row {
  readonly name: string
  /** Folder in `fixtures`. */
  readonly folder: string
  /** What that version left outside of the archive, beside Claude. */
  readonly unpacked?: readonly string[]
  /** Until it is over: their app runs. */
  readonly fails: (app: App, world: World) => Promise<void>
  /** Before either app starts. */
  readonly arrange?: (world: World) => Promise<void> | void
  /** Of the variables that fixtures read. */
  readonly env?: Record<string, string>
  /** After the chat: our app runs. Gives the one that runs then. */
  readonly recovers?: (app: App, world: World) => Promise<App>
}

const urlAt = (port: number, path: string): string => `http://127.0.0.1:${port}${path}`
const isRefused = async (port: number): Promise<boolean> => {
  const answer = await ask(urlAt(port, '/api/projects')).catch((error: NodeJS.ErrnoException) => error.code)
  return answer === 'ECONNREFUSED'
}

const windowRefused = async (app: App, { port }: World): Promise<void> => {
  expect(await app.log.next('did-fail-load')).toMatchObject({ code: 'ERR_CONNECTION_REFUSED', url: urlAt(port, '/api/projects') })
  expect(await isRefused(port)).toBe(true)
}

/** The first request is answered, and with it the server is gone. */
const endsAfterFirst = async (app: App, world: World): Promise<void> => {
  const url = await windowShows(app, '/api/projects')
  await app.saying(/Claude CLI not found in PATH/)
  await app.saying(/The server ended with 1/)
  expect(await isRefused(world.port)).toBe(true)
  await app.reload()
  expect(await app.log.next('did-fail-load')).toMatchObject({ code: 'ERR_CONNECTION_REFUSED', url })
}

const answers = async (url: string): Promise<boolean> => {
  const answer = fetch(url, { signal: AbortSignal.timeout(500), headers: { connection: 'close' } })
  return answer.then(
    async (response) => (await response.text()) !== '' && response.ok,
    () => false,
  )
}

/** From then on nothing is answered. Gives the processes that run, the one that hangs first. */
const hang = async (url: string, { scene, port }: World): Promise<number[]> => {
  await answers(new URL('/api/histories', url).href)
  expect(await answers(url)).toBe(false)
  expect(isListenedOn(port)).toBe(true)
  return scene.pids().sort((first, second) => cpuTicks(second) - cpuTicks(first))
}

const cpuTicks = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? []
  return Number(fields[11])
}

const rows: readonly Row[] = [
  {
    name: '1.2.4: ready is said, the port is in lsof, and every connection is refused',
    folder: '1.2.4',
    unpacked: ['dist/**', 'electron-node.cjs'],
    // a stranger, on an address that nobody dials
    arrange: async ({ port, scene }) => {
      const stranger = await occupy(port, '127.0.0.2')
      scene.atEnd(() => stranger[Symbol.asyncDispose]())
    },
    fails: async (app, world) => {
      await app.saying(/Server is ready at/)
      expect(isListenedOn(world.port)).toBe(true)
      await windowRefused(app, world)
      await app.saying(/EADDRINUSE/)
      await app.reload()
      await windowRefused(app, world)
    },
  },
  {
    name: '1.2.5: the modules that the main process imports are TypeScript, which development alone understood',
    folder: '1.2.5',
    unpacked: ['src/**'],
    fails: async (app, world) => {
      await app.saying(/The server could not be imported: (ERR_UNKNOWN_FILE_EXTENSION|ERR_MODULE_NOT_FOUND)/)
      await windowRefused(app, world)
    },
  },
  {
    name: '1.2.6: there is no tsx in the package',
    folder: '1.2.6',
    unpacked: ['src/**'],
    fails: async (app, world) => {
      await app.saying(/Cannot find package 'tsx'/)
      await windowRefused(app, world)
    },
  },
  {
    name: '1.2.7: the first request is answered, and then the server is gone, because Claude is not on the PATH of a desktop',
    folder: '1.2.7',
    fails: endsAfterFirst,
  },
  {
    name: '1.2.8: the server is told where Claude is, and looks for itself',
    folder: '1.2.8',
    fails: async (app, world) => {
      await app.saying(/Claude path: .+claude-code\/cli\.js/)
      await endsAfterFirst(app, world)
    },
  },
  {
    name: '1.2.9: no line of the server, because there never was one',
    folder: '1.2.9',
    fails: async (app, world) => {
      await app.saying(/spawn .*(ENOTDIR|ENOENT)/)
      await windowRefused(app, world)
      expect(app.said()).not.toMatch(/spawned|Listening/)
    },
  },
  {
    name: '1.3.0: the server stays, and a chat fails because the SDK starts a `node` that no folder on the PATH has',
    folder: '1.3.0',
    fails: async (app) => {
      const url = await windowShows(app, '/api/projects')
      expect(await allLines(await startChat(url))).toEqual([{ type: 'error', error: expect.stringContaining('spawn node ENOENT') }])
      expect((await ask(url)).status).toBe(200)
    },
  },
  {
    name: '1.3.0, later: the history is loaded, the server answers no more, and starting the app again does not help',
    folder: '1.3.0-hang',
    fails: async (app, world) => {
      const url = await windowShows(app, '/api/projects')
      const [orphan] = await hang(url, world)
      await app.quit()
      await app.exited
      expect(isAlive(orphan!)).toBe(true)
      const again = await world.open()
      await again.saying(/EADDRINUSE/)
      await again.saying(/The server ended with 1/)
      expect(await answers(url)).toBe(false)
      await again.quit()
      await again.exited
      process.kill(orphan!, 'SIGKILL')
      await windowShows(await world.open(), '/api/projects')
    },
    recovers: async (app, world) => {
      const url = await windowShows(app, '/api/projects')
      await hang(url, world)
      await until('it answers again', () => answers(url), 20_000)
      await windowShows(app, '/api/projects')
      await hang(url, world)
      expect(await quitApp(world.scene, app)).toBe(0)
      const again = await world.open()
      expect(await windowShows(again, '/api/projects')).toBe(url)
      return again
    },
  },
  {
    name: '1.4.0: a health check without patience ends every server before it listens',
    folder: '1.4.0',
    env: { WEBUI_SLOW_MS: '1500', WEBUI_PERIOD_MS: '500' },
    fails: async (app, world) => {
      await windowRefused(app, world)
      await app.saying(/(?:The health check failed[\s\S]*){3}/)
      await app.saying(/(?:ended with SIGTERM[\s\S]*){2}/)
      expect(app.said()).not.toMatch(/Listening/)
      await app.reload()
      await windowRefused(app, world)
    },
  },
]

describe.skipIf(process.platform !== 'linux')('the packaged app', { timeout: 120_000 }, () => {
  const inWorld = async (row: Row, executable: string, run: (world: World) => Promise<void>): Promise<void> => {
    await using api = await startMessagesApi()
    await using scene = createScene()
    const port = scene.watchPort(await freePort())
    // their terminals have Claude; their desktops do not know
    mkdirSync(join(scene.dir, '.npm-global/bin'), { recursive: true })
    symlinkSync(realClaude, join(scene.dir, '.npm-global/bin/claude'))
    scene.file('.bash_profile', 'export PATH="$HOME/.npm-global/bin:$PATH"\n')
    const env = { ...(claudeEnv(api.url) as Record<string, string>), WEBUI_PORT: String(port), ...row.env }
    const world = { scene, api, port, env, open: () => openApp(scene, executable, env) }
    await row.arrange?.(world)
    await run(world)
  }

  describe.each(rows)('$name', (row) => {
    it('fails so with their main process', async () => {
      const executable = await packageWebui({ ...row, name: `${row.folder} theirs`, version: row.folder })
      await inWorld(row, executable, async (world) => {
        const app = await world.open()
        try {
          await explained(app, () => row.fails(app, world))
        } finally {
          await app.quit().catch(() => {})
          await app.exited
          // what they leave behind is part of the story, and ours to clear away
          for (const pid of world.scene.pids()) process.kill(pid, 'SIGKILL')
          await until('what they left is gone', () => world.scene.pids().length === 0)
        }
      })
    })

    it('answers and chats with ours', async () => {
      const executable = await packageWebui({ name: `${row.folder} ours`, version: row.folder, main: 'ours.mjs', unpacked: unpackedByUs })
      await inWorld(row, executable, async (world) => {
        const app = await world.open()
        const url = await explained(app, () => windowShows(app, '/api/projects'))
        world.scene.watchPort(Number(new URL(url).port))
        expect(JSON.parse((await ask(url)).text)).toEqual({ projects: [] })
        await chatStreams(url, world.api)
        expect((await ask(url)).status).toBe(200)
        const last = (await row.recovers?.(app, world)) ?? app
        expect(await quitApp(world.scene, last)).toBe(0)
        expect(await isRefused(Number(new URL(url).port))).toBe(true)
      })
    })
  })
})
