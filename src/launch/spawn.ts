import { spawn } from 'node:child_process'
import type { Launcher } from './launcher.ts'
import { startedChild } from './node-child.ts'

/** Any executable, or a script under Node without a channel. */
export const spawnLauncher = (platform: NodeJS.Platform, stdin: 'pipe' | 'ignore' = 'pipe'): Launcher => ({
  kind: 'spawn',
  launch: async ({ command, execArgv, script, args, cwd, env }) => {
    const child = spawn(command, [...execArgv, ...(script === undefined ? [] : [script]), ...args], {
      cwd,
      env,
      stdio: [stdin, 'pipe', 'pipe'],
      detached: platform !== 'win32',
      windowsHide: true,
    })
    return startedChild(child)
  },
})
