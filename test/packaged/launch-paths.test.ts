/** From where a packaged app starts its backend, by each launcher, and what it says where that cannot be. */
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { ask } from '../helpers/claude-http.ts'
import { freePort } from '../helpers/ports.ts'
import { createScene, type Scene } from '../helpers/supervised.ts'
import { explained, windowShows } from './chats.ts'
import { openApp, quitApp } from './desktop.ts'
import { canHideNodes, hidingNodes } from './hide-nodes.ts'
import { packageWebui, unpackedByUs } from './webui.ts'

interface Started {
  /** The script that runs, as it sees itself. */
  readonly script: string
  readonly execArgv: readonly string[]
  readonly execPath: string
  readonly launchReason: string | undefined
}

type Said = { readonly event: string } & Readonly<Record<string, unknown>>

const saidOf = (text: string, event: string): Said | undefined =>
  text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Said)
    .find((one) => one.event === event)

describe.skipIf(process.platform !== 'linux')('the backend of a packaged app', () => {
  let usual: string
  let fused: string

  beforeAll(async () => {
    const app = { version: '1.3.0', main: 'launches.mjs' }
    usual = await packageWebui({ ...app, name: 'launches', unpacked: unpackedByUs })
    fused = await packageWebui({ ...app, name: 'launches fused', config: { electronFuses: { runAsNode: false } } })
  })

  const started = async (executable: string, options: object): Promise<Started> => {
    await using scene = createScene()
    const port = scene.watchPort(await freePort())
    const app = await openApp(scene, executable, { WEBUI_OPTIONS: JSON.stringify({ port, ...options }) })
    const url = await explained(app, () => windowShows(app, '/api/projects'))
    await app.saying(/"event":"status".*\n/)
    const { argv, ...self } = JSON.parse((await ask(new URL('/api/self', url).href)).text) as Started & { readonly argv: readonly string[] }
    const { launchReason } = saidOf(app.said(), 'status') as unknown as Started
    const found = { ...self, script: argv[1] ?? '', launchReason }
    expect(await quitApp(scene, app)).toBe(0)
    return found
  }

  const failed = async (executable: string, options: object, within = (_scene: Scene, path: string) => path): Promise<Said> => {
    await using scene = createScene()
    const app = await openApp(scene, within(scene, executable), { WEBUI_OPTIONS: JSON.stringify(options) })
    await app.saying(/"event":"failed".*\n/)
    await app.window(({ url }) => url.startsWith('file:') && url.includes('page.html'))
    const facts = saidOf(app.said(), 'failed')!
    expect(await quitApp(scene, app)).toBe(0)
    return facts
  }

  const archiveOf = (executable: string): string => join(dirname(executable), 'resources/app.asar')

  it('is a utility process of the file beside the archive, though its path is one in the archive', async () => {
    const { script, launchReason } = await started(usual, { script: 'dist/cli/node.js' })
    expect(script).toBe(`${archiveOf(usual)}.unpacked/dist/cli/node.js`)
    expect(launchReason).toBeUndefined()
  })

  it('is a utility process of a file in the archive, where it lies nowhere else', async () => {
    const { script } = await started(fused, { script: 'dist/cli/node.js' })
    expect(script).toBe(`${archiveOf(fused)}/dist/cli/node.js`)
  })

  it('is forked by the executable itself, and says why', async () => {
    const { script, execArgv, launchReason } = await started(usual, { script: 'dist/cli/node.js', node: { execArgv: ['--no-warnings'] } })
    expect(script).toBe(`${archiveOf(usual)}.unpacked/dist/cli/node.js`)
    expect(execArgv).toContain('--no-warnings')
    expect(launchReason).toMatch(/node\.execArgv/)
  })

  it('is forked by a Node that was named, which reads nothing in the archive', async () => {
    const options = { script: 'dist/cli/node.js', launch: 'fork', node: { path: process.execPath } }
    const { script, execPath, execArgv } = await started(usual, options)
    expect(execPath).toBe(process.execPath)
    expect(script).toBe(`${archiveOf(usual)}.unpacked/dist/cli/node.js`)
    expect(execArgv.filter((word) => word.includes('app.asar/'))).toEqual([])
  })

  it('is refused where a plain Node would have to read it in the archive', async () => {
    const facts = await failed(fused, { script: 'dist/cli/node.js', launch: 'fork', node: { path: process.execPath } })
    expect(facts).toMatchObject({ code: 'ERR_SCRIPT_MISSING', reason: 'PATH_INSIDE_ASAR', hint: expect.stringMatching(/asarUnpack/) })
  })

  it.skipIf(!canHideNodes)(
    'is no fork of an executable whose fuse forbids it, where there is no other Node, and that is said',
    async () => {
      const facts = await failed(fused, { script: 'dist/cli/node.js', launch: 'fork' }, hidingNodes)
      expect(facts).toMatchObject({ code: 'ERR_EXECUTABLE_NOT_FOUND', reason: 'RUN_AS_NODE_FUSE_OFF' })
    },
  )
})
