import { execFile } from 'node:child_process'
import { errnoOf } from '../errors.ts'
import type { Probe } from './probe.ts'

export interface CommandProbeOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

/** A command exits with 0. It is killed at its deadline. */
export const commandProbe =
  ({ command, args, cwd, env }: CommandProbeOptions): Probe =>
  (_target, signal) =>
    new Promise((resolve) => {
      execFile(command, [...args], { cwd, env, signal, killSignal: 'SIGKILL', windowsHide: true }, (error) => {
        if (error === null) return resolve({ ok: true })
        const code = errnoOf(error) ?? `exit ${error.code ?? error.signal ?? 'unknown'}`
        resolve({ ok: false, stage: 'other', reason: `${command} failed (${code})` })
      })
    })
