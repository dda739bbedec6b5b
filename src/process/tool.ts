import { execFile, spawnSync } from 'node:child_process'

/** What a tool of the system had to say. */
export interface Said {
  /** Exit code. */
  readonly code: number
  readonly text: string
  /** What it wrote to stderr. */
  readonly complaint: string
}

/**
 * Runs tools of the system, by their absolute paths. undefined: it is not there, was too slow, said too much or was
 * killed, and so nothing is known.
 */
export interface Tools {
  run(command: string, args: readonly string[]): Promise<Said | undefined>
  /** The same while everything else waits: for what must be true in this moment. */
  runNow(command: string, args: readonly string[]): Said | undefined
}

/** A tool that takes longer is of no use to anybody who waits for an answer. */
const longestMs = 2000
/** Thousands of processes with their environments. */
const maxBuffer = 16 * 1024 * 1024

export const systemTools = (env: NodeJS.ProcessEnv, timeoutMs = longestMs): Tools => {
  const limits = { env, timeout: timeoutMs, maxBuffer, killSignal: 'SIGKILL', windowsHide: true, encoding: 'utf8' } as const
  return {
    run: (command, args) =>
      new Promise((resolve) => {
        try {
          const child = execFile(command, args, limits, (error, text, complaint) => {
            if (error === null) resolve({ code: 0, text, complaint })
            // a text is an error of the system's, and what was killed has none
            else resolve(typeof error.code === 'number' ? { code: error.code, text, complaint } : undefined)
          })
          // PowerShell may wait for it to end
          child.stdin?.end()
        } catch {
          resolve(undefined)
        }
      }),
    runNow: (command, args) => {
      const { error, status, stdout, stderr } = spawnSync(command, args, { ...limits, stdio: ['ignore', 'pipe', 'pipe'] })
      return error === undefined && status !== null ? { code: status, text: stdout, complaint: stderr } : undefined
    },
  }
}
