/**
 * Runs a command that nobody vouches for, for what it prints: it may hang, print without end, leave processes, or not
 * start at all. It runs outside of every project, without a terminal, and what it leaves in its group is killed.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { parse } from 'node:path'
import { messageOf } from '../errors.ts'
import { pathFolders, pathsOf } from './paths.ts'
import type { Surroundings } from './surroundings.ts'

export interface BriefRun {
  readonly run: readonly [string, ...string[]]
  /** Laid over the environment of the surroundings; null removes a variable. */
  readonly env?: Readonly<Record<string, string | null>> | undefined
  readonly deadlineMs: number
  /** Of both streams together; 64 KiB. */
  readonly mostBytes?: number | undefined
  /** What the command is expected to answer, for messages: `--version`. */
  readonly question: string
  /** Whether what it has printed to stdout is all that is wanted: it is not waited for any longer. */
  readonly isEnough?: ((output: string) => boolean) | undefined
}

export type Said = { readonly ok: true; readonly output: string } | { readonly ok: false; readonly reason: string }

export const mostOutputBytes = 64 * 1024
/** How long output may still arrive once the process is gone and its group killed; only a process that left the group can hold it open. */
const drainMs = 250

/** Without the folders of PATH that mean the working directory: from there nothing is run. */
const environment = (surroundings: Surroundings, overlay: BriefRun['env'] = {}): Record<string, string> => {
  const merged: Record<string, string | null | undefined> = { ...surroundings.env, ...overlay }
  for (const name of Object.keys(merged)) {
    const value = merged[name]
    if (/^path$/i.test(name) && typeof value === 'string') {
      const folders = pathFolders({ platform: surroundings.platform, env: { PATH: value } })
      merged[name] = folders.join(pathsOf(surroundings.platform).delimiter)
    }
  }
  return Object.fromEntries(Object.entries(merged).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

const start = ({ run: [command, ...args], env }: BriefRun, surroundings: Surroundings): ChildProcess =>
  spawn(command, args, {
    // A folder that is always there and in which nothing lies that a version manager would follow.
    cwd: parse(surroundings.execPath).root,
    env: environment(surroundings, env),
    stdio: ['ignore', 'pipe', 'pipe'],
    // A session of its own: no terminal to wait for, and one group to end.
    detached: surroundings.platform !== 'win32',
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

const textOf = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString()

/** Keeps what is printed, up to the limit; what comes after it is dropped. */
const collect = (child: ChildProcess, mostBytes: number, onTooMuch: () => void, onStdout: (output: Buffer[]) => void): Output => {
  const output: Output = { stdout: [], stderr: [] }
  let bytes = 0
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > mostBytes) return onTooMuch()
      output[stream].push(chunk)
      if (stream === 'stdout') onStdout(output.stdout)
    })
  }
  return output
}

const badEnding = ({ code, signal, error }: Ending, errors: string, question: string): string => {
  if (error !== undefined) return `cannot be started: ${error.message}`
  const how = signal === null ? `ends ${question} with code ${code}` : `dies of ${signal} at ${question}`
  const line = errors.trim().split('\n')[0]!.slice(0, 200)
  return line === '' ? how : `${how} and says ${JSON.stringify(line)}`
}

const watch = async (child: ChildProcess, brief: BriefRun, platform: NodeJS.Platform): Promise<Said> => {
  const { deadlineMs, question, isEnough, mostBytes = mostOutputBytes } = brief
  let stopped: Said | undefined
  const stop = (said: Said): void => {
    stopped ??= said
    if (child.exitCode === null && child.signalCode === null) killGroup(child, platform)
  }
  const giveUp = (reason: string): void => stop({ ok: false, reason })
  const output = collect(
    child,
    mostBytes,
    () => giveUp(`prints more than ${mostBytes / 1024} KiB for ${question}`),
    (chunks) => {
      const text = isEnough === undefined ? undefined : textOf(chunks)
      if (text !== undefined && isEnough?.(text)) stop({ ok: true, output: text })
    },
  )
  const deadline = setTimeout(giveUp, deadlineMs, `does not answer ${question} within ${deadlineMs / 1000} s`)
  const ending = await ended(child, platform)
  clearTimeout(deadline)
  child.stdout?.destroy()
  child.stderr?.destroy()
  if (stopped !== undefined) return stopped
  if (ending.code !== 0) return { ok: false, reason: badEnding(ending, textOf(output.stderr), question) }
  return { ok: true, output: textOf(output.stdout) }
}

export const runBriefly = async (brief: BriefRun, surroundings: Surroundings): Promise<Said> => {
  try {
    return await watch(start(brief, surroundings), brief, surroundings.platform)
  } catch (error) {
    return { ok: false, reason: `cannot be started: ${messageOf(error)}` }
  }
}
