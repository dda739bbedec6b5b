import { fork, type StdioOptions } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Launcher } from './launcher.ts'
import { startedChild } from './node-child.ts'

/** What a forked child loads before its script. It lies beside this file, as written and as built; a bundler leaves it behind. */
export const preload = (): string => fileURLToPath(new URL('./preload.cjs', import.meta.url))

/** A script under Node, with a channel for messages. */
export const forkLauncher = (platform: NodeJS.Platform, stdin: 'pipe' | 'ignore' = 'pipe'): Launcher => ({
  kind: 'fork',
  launch: async ({ command, execArgv, script, args, cwd, env }) => {
    if (script === undefined) throw new TypeError('fork runs scripts; for a command use spawn')
    // a variable, since the types of fork() do not know windowsHide, which it passes on to spawn()
    const options = {
      execPath: command,
      execArgv: [...execArgv],
      cwd,
      env,
      stdio: [stdin, 'pipe', 'pipe', 'ipc'] as StdioOptions,
      // POSIX: a process group of its own, so that what it starts can be found again.
      // Windows: not detached, so that libuv's job ends it with us.
      detached: platform !== 'win32',
      windowsHide: true,
    }
    return startedChild(fork(script, args, options))
  },
})
