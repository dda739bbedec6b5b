/** The example as it is developed: its main process unchanged, started by the command of the `electron` package. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ServiceStatus } from '../../src/supervisor/controller.ts'
import { ask } from '../helpers/claude-http.ts'
import { runCli } from '../helpers/cli.ts'
import { writeDistribution } from '../helpers/electron/executable.ts'
import { until } from '../helpers/processes.ts'
import { createScene, type Scene } from '../helpers/supervised.ts'

const parse = (text: string): ServiceStatus | undefined => {
  try {
    return (JSON.parse(text) as { readonly services: readonly ServiceStatus[] }).services[0]
  } catch {
    return undefined
  }
}

describe.skipIf(process.platform !== 'linux')('the example in development', () => {
  it('serves its page, tells any shell how it is, and leaves nothing after Ctrl-C', async () => {
    await using scene = createScene()
    const dist = join(scene.dir, 'dist')
    writeDistribution(dist)
    const { JARVIS_STATE_DIR: _ours, ...env } = scene.env
    const command = spawn(process.execPath, [resolve('node_modules/electron/cli.js'), '.'], {
      cwd: resolve('examples/electron'),
      env: { ...env, ELECTRON_OVERRIDE_DIST_PATH: dist },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const ended = once(command, 'close')
    const { url } = await statusOf(scene)
    scene.watchPort(Number(new URL(url!).port))
    expect((await ask(url!)).text).toContain('<title>My Jarvis</title>')
    expect(JSON.parse((await ask(`${url}/api/projects`)).text)).toEqual({ projects: [] })
    command.kill('SIGINT')
    await ended
    await until('nothing of it is left', () => scene.pids().length === 0)
  })
})

/** In the folder of the user's data; waits until it is ready. */
const statusOf = async (scene: Scene): Promise<ServiceStatus> => {
  const stateDir = join(scene.dir, '.config/My Jarvis/jarvis-supervise')
  let found: ServiceStatus | undefined
  await until('the backend is ready', async () => {
    const { stdout } = await runCli(scene, ['status', '--json', '--state-dir', stateDir])
    found = parse(String(stdout))
    return found?.state === 'ready'
  })
  return found!
}
