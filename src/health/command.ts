import { type ChildProcess, spawn } from 'node:child_process'
import { errnoOf } from '../errors.ts'
import type { Probe } from './probe.ts'

export interface CommandProbeOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** Default: the one that runs. */
  readonly platform?: NodeJS.Platform
}

/** A command exits with 0. At its deadline it is killed, with what it started. Its output says nothing. */
export const commandProbe =
  ({ command, args, cwd, env, platform = process.platform }: CommandProbeOptions): Probe =>
  (_target, signal) =>
    new Promise((resolve) => {
      const ownGroup = platform !== 'win32'
      const child = spawn(command, args, { cwd, env, stdio: 'ignore', windowsHide: true, detached: ownGroup })
      const failed = (how: string): void => resolve({ ok: false, stage: 'other', reason: `${command} failed (${how})` })
      const kill = (): void => {
        endGroup(child, ownGroup)
        failed('no answer in time')
      }
      signal.addEventListener('abort', kill, { once: true })
      const over = (): void => signal.removeEventListener('abort', kill)
      child.once('error', (error) => {
        over()
        failed(errnoOf(error) ?? error.message)
      })
      child.once('exit', (code, ending) => {
        over()
        if (code === 0) resolve({ ok: true })
        else failed(`exit ${code ?? ending}`)
      })
    })

/** Called while the child is not known to have ended, so that the group is still its own. */
const endGroup = ({ pid }: ChildProcess, ownGroup: boolean): void => {
  if (pid === undefined) return
  try {
    process.kill(ownGroup ? -pid : pid, 'SIGKILL')
  } catch {
    // it ended in this moment
  }
}
