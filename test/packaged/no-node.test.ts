/** The example, packaged, on a machine that has no Node but the one inside of it. */
import { existsSync, mkdirSync, readlinkSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { allLines, ask } from '../helpers/claude-http.ts'
import { claudeEnv } from '../helpers/claude-world.ts'
import { startMessagesApi } from '../helpers/messages-api.ts'
import { createScene, type Scene } from '../helpers/supervised.ts'
import { chatStreams, explained, startChat, windowShows } from './chats.ts'
import { openApp, quitApp } from './desktop.ts'
import { copyTree } from './distribution.ts'
import { canHideNodes, hidingNodes } from './hide-nodes.ts'
import { packageApp } from './package-app.ts'
import { makeRunnable } from './runnable.ts'

/** What Claude starts beside itself, and what a shell has. */
const tools = ['sh', 'bash', 'env', 'cat', 'ls', 'uname', 'git', 'grep', 'ps', 'which', 'dirname', 'basename']

/** A folder like `/usr/bin`, of such a machine; whoever asks the login shell is told of no other. */
const binWithoutNode = (scene: Scene): string => {
  const bin = join(scene.dir, 'bin')
  mkdirSync(bin)
  for (const name of tools) if (existsSync(join('/usr/bin', name))) symlinkSync(join('/usr/bin', name), join(bin, name))
  for (const profile of ['.bash_profile', '.profile', '.bashrc']) scene.file(profile, `export PATH='${bin}'\n`)
  return bin
}

const programOf = (pid: number): string => {
  try {
    return readlinkSync(`/proc/${pid}/exe`)
  } catch {
    return ''
  }
}

const chatsBy = async (start: (scene: Scene, executable: string) => { readonly executable: string; readonly PATH: string | undefined }) => {
  await using api = await startMessagesApi()
  await using scene = createScene()
  const dir = copyTree(inject('packages').example, join(scene.dir, 'app'))
  const packaged = await makeRunnable(dir, 'my-jarvis')
  const { executable, PATH } = start(scene, packaged)
  const app = await openApp(scene, executable, { ...claudeEnv(api.url), ...(PATH !== undefined && { PATH }) })
  const url = await explained(app, () => windowShows(app, '/'))
  scene.watchPort(Number(new URL(url).port))
  const claude = join(dir, 'resources/node_modules/@anthropic-ai/claude-code/cli.js')
  expect(JSON.parse((await ask(new URL('/api/health', url).href)).text)).toMatchObject({ ok: true, claude: { path: claude } })
  expect((await ask(new URL('/api/projects', url).href)).status).toBe(200)
  await chatStreams(url, api, () => {
    const programs = scene.pids().map(programOf)
    // the main process, the backend, Claude
    expect(programs.filter((program) => program === join(dir, 'stand-in/node')).length).toBeGreaterThanOrEqual(3)
    expect(programs.filter((program) => /node$/.test(program) && !program.startsWith(dir))).toEqual([])
  })
  expect(await quitApp(scene, app)).toBe(0)
}

describe.skipIf(process.platform !== 'linux')('a packaged app where there is no Node', () => {
  it('chats with the real Claude where no folder on the PATH has one', async () => {
    await chatsBy((scene, executable) => ({ executable, PATH: binWithoutNode(scene) }))
  })

  it.skipIf(!canHideNodes)('chats with the real Claude where there is none on the whole disk', async () => {
    await chatsBy((scene, executable) => ({ executable: hidingNodes(scene, executable), PATH: '/usr/bin:/bin' }))
  })

  // why the example leaves the fuse on: docs/electron.md
  it.skipIf(!canHideNodes)('runs without the fuse, too, and says that there is no Claude: a script needs a Node', async () => {
    const { dir, electron } = inject('packages')
    const config = ['electronFuses.runAsNode=false']
    const app = await packageApp({ project: resolve('examples/electron'), out: join(dir, 'fuse-off'), electron, config })
    const packaged = await makeRunnable(app, 'my-jarvis')
    await using api = await startMessagesApi()
    await using scene = createScene()
    const opened = await openApp(scene, hidingNodes(scene, packaged), { ...claudeEnv(api.url), PATH: '/usr/bin:/bin' })
    const url = await explained(opened, () => windowShows(opened, '/'))
    scene.watchPort(Number(new URL(url).port))
    expect((await ask(new URL('/api/projects', url).href)).status).toBe(200)
    expect(await allLines(await startChat(url))).toEqual([{ type: 'error', error: expect.stringContaining('Claude Code was not found') }])
    expect(await quitApp(scene, opened)).toBe(0)
  })
})
