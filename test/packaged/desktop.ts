/** Starts packaged apps as a desktop does: the root for a folder, no terminal, and next to nothing in the environment. */
import { existsSync, mkdirSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { type App, startApp } from '../helpers/electron/app.ts'
import { until } from '../helpers/processes.ts'
import type { Scene } from '../helpers/supervised.ts'

/** What desktops put there, and no more; a machine may have its Node in one of the first two. */
const barePath = ['/usr/bin:/bin', '/usr/sbin:/sbin', '/usr/games'].find(
  (path) => !path.split(':').some((folder) => existsSync(join(folder, 'node'))),
)

export const bareEnv = (scene: Scene): Record<string, string> => {
  if (barePath === undefined) throw new Error('Each of the folders of a bare PATH has a node.')
  const { username } = userInfo()
  return { PATH: barePath, HOME: scene.dir, USER: username, LOGNAME: username, SHELL: '/bin/bash', TEST_SCENE: scene.dir }
}

/** Nothing of what surrounds the tests; `env` over what a desktop gives. */
export const openApp = (scene: Scene, executable: string, env: Readonly<Record<string, string | undefined>> = {}): Promise<App> => {
  mkdirSync(scene.dir, { recursive: true })
  const whole = Object.entries({ ...bareEnv(scene), ...env }).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return startApp({ dir: scene.dir, env: Object.fromEntries(whole), atEnd: scene.atEnd }, { app: executable, cwd: '/' })
}

/** As its user does; gives the exit code once nothing of it is left. */
export const quitApp = async (scene: Scene, app: App): Promise<number | null> => {
  await app.quit().catch(() => {})
  const { code } = await app.exited
  await until('nothing of the app is left', () => scene.pids().length === 0)
  return code
}
