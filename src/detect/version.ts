/** Runs `--version` of a candidate that nobody vouches for: it may hang, print without end, leave processes, or not start at all. */
import { type ChildProcess, spawn } from 'node:child_process'
import { parse } from 'node:path'
import { messageOf } from '../errors.ts'
import type { Surroundings } from './surroundings.ts'

export const deadlineMs = 10_000
export const mostOutputBytes = 64 * 1024
/** How long output may still arrive once the process is gone and its group killed; only a process that left the group can hold it open. */
const drainMs = 250

export type Printed = { readonly ok: true; readonly output: string } | { readonly ok: false; readonly reason: string }

type Overlay = Readonly<Record<string, string | null>>

const environment = (base: Surroundings['env'], overlay: Overlay): Record<string, string> => {
  const merged = Object.entries({ ...base, ...overlay })
  return Object.fromEntries(merged.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

const start = (
  [command, ...args]: readonly [string, ...string[]],
  env: Overlay,
  { env: base, execPath, platform }: Surroundings,
): ChildProcess =>
  spawn(command, [...args, '--version'], {
    // A folder that is always there and in which nothing lies that a version manager would follow.
    cwd: parse(execPath).root,
    env: environment(base, env),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: platform !== 'win32',
    windowsHide: true,
  })

/** Kills the group that the candidate leads. Its id belongs to nobody else until the candidate is reaped. */
const killGroup = (child: ChildProcess, platform: NodeJS.Platform): void => {
  try {
    if (platform === 'win32' || child.pid === undefined) child.kill('SIGKILL')
    else process.kill(-child.pid, 'SIGKILL')
  } catch {
    // The group is empty.
  }
}

interface Ending {
  readonly code: number | null
  readonly signal: string | null
  readonly error?: Error
}

/** When the candidate has ended and what it left in its group is killed. Its output has arrived by then, unless somebody outside the group holds it. */
const ended = (child: ChildProcess, platform: NodeJS.Platform): Promise<Ending> =>
  new Promise((resolve) => {
    child.once('error', (error) => child.pid === undefined && resolve({ code: null, signal: null, error }))
    child.once('exit', (code, signal) => {
      // In the very turn of the loop in which it was reaped: too soon for its id to be given away.
      killGroup(child, platform)
      const drained = setTimeout(resolve, drainMs, { code, signal })
      child.once('close', () => {
        clearTimeout(drained)
        resolve({ code, signal })
      })
    })
  })

type Output = Record<'stdout' | 'stderr', Buffer[]>

/** Keeps what is printed, up to the limit; what comes after it is dropped. */
const collect = (child: ChildProcess, onTooMuch: () => void): Output => {
  const output: Output = { stdout: [], stderr: [] }
  let bytes = 0
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > mostOutputBytes) onTooMuch()
      else output[stream].push(chunk)
    })
  }
  return output
}

const badEnding = ({ code, signal, error }: Ending, errors: string): string => {
  if (error !== undefined) return `cannot be started: ${error.message}`
  const how = signal === null ? `ends --version with code ${code}` : `dies of ${signal} at --version`
  const line = errors.trim().split('\n')[0]!.slice(0, 200)
  return line === '' ? how : `${how} and says ${JSON.stringify(line)}`
}

const watch = async (child: ChildProcess, platform: NodeJS.Platform, limitMs: number): Promise<Printed> => {
  let reason: string | undefined
  const giveUp = (why: string): void => {
    reason ??= why
    if (child.exitCode === null && child.signalCode === null) killGroup(child, platform)
  }
  const output = collect(child, () => giveUp(`prints more than ${mostOutputBytes / 1024} KiB for --version`))
  const deadline = setTimeout(giveUp, limitMs, `does not answer --version within ${limitMs / 1000} s`)
  const ending = await ended(child, platform)
  clearTimeout(deadline)
  child.stdout?.destroy()
  child.stderr?.destroy()
  if (reason === undefined && ending.code !== 0) reason = badEnding(ending, Buffer.concat(output.stderr).toString())
  return reason === undefined ? { ok: true, output: Buffer.concat(output.stdout).toString() } : { ok: false, reason }
}

export const printVersion = async (
  run: readonly [string, ...string[]],
  env: Overlay,
  surroundings: Surroundings,
  limitMs: number = deadlineMs,
): Promise<Printed> => {
  try {
    return await watch(start(run, env, surroundings), surroundings.platform, limitMs)
  } catch (error) {
    return { ok: false, reason: `cannot be started: ${messageOf(error)}` }
  }
}
