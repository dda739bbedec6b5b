/** A packaged app without any port: its window, and its chats, go through its own scheme. */
import { readFileSync } from 'node:fs'
import { readdir, readlink } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { type ChatLine, chatLines } from '../helpers/claude-http.ts'
import { claudeEnv } from '../helpers/claude-world.ts'
import { startMessagesApi } from '../helpers/messages-api.ts'
import { createScene, type Scene } from '../helpers/supervised.ts'
import { explained } from './chats.ts'
import { openApp, quitApp } from './desktop.ts'
import { packageWebui, unpackedByUs } from './webui.ts'

/** Inodes of the sockets that listen on a port. */
const listening = (): Set<string> =>
  new Set(
    ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) =>
      readFileSync(file, 'latin1')
        .split('\n')
        .map((row) => row.trim().split(/\s+/))
        .filter(([, , , state]) => state === '0A')
        .map((fields) => fields[9] ?? ''),
    ),
  )

const listenersIn = async (scene: Scene): Promise<string[]> => {
  const inodes = listening()
  const found: string[] = []
  for (const pid of scene.pids())
    for (const descriptor of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '')
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1]
      if (inode !== undefined && inodes.has(inode)) found.push(`${pid} ${descriptor}`)
    }
  return found
}

describe.skipIf(process.platform !== 'linux')('a packaged app whose backend has a socket', () => {
  it('shows its page and streams a chat, and nothing of it listens on a port', async () => {
    const executable = await packageWebui({ name: 'socket', version: 'socket', main: 'launches.mjs', unpacked: unpackedByUs })
    await using api = await startMessagesApi()
    await using scene = createScene()
    const options = { script: 'dist/cli/node.js', transport: 'socket', args: ['--claude-path', '{claudePath}'] }
    const app = await openApp(scene, executable, { ...claudeEnv(api.url), WEBUI_OPTIONS: JSON.stringify(options) })
    await explained(app, () => app.window(({ url, loading }) => !loading && url === 'app://webui/api/projects'))
    expect(await (await app.protocolFetch('app://webui/api/projects')).json()).toEqual({ projects: [] })

    api.hold()
    const body = JSON.stringify({ message: 'hello', requestId: 'one' })
    const lines = chatLines(
      await app.protocolFetch('app://webui/api/chat', { method: 'POST', headers: { 'content-type': 'application/json' }, body }),
    )
    expect((await lines.next()).value).toMatchObject({ type: 'claude_json', data: { type: 'system', subtype: 'init' } })
    await api.held()
    expect(await listenersIn(scene)).toEqual([])
    api.release()
    const rest: ChatLine[] = []
    for await (const line of lines) rest.push(line)
    expect(rest.map(({ type, data }) => data?.type ?? type)).toEqual(['assistant', 'result', 'done'])
    expect(await quitApp(scene, app)).toBe(0)
  })
})
