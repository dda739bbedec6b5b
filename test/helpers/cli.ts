import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { isAlive, until } from './processes.ts'
import { Recorder, type Scene } from './supervised.ts'

export const cliPath = resolve('dist/cli.js')

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: Buffer
  readonly stderr: string
}

export interface CliOptions {
  readonly cwd?: string
  readonly env?: Record<string, string>
}

export interface Cli {
  readonly child: ChildProcess
  /** What it has said on stderr until now. */
  said(): string
  /** Waits for words on stderr; gives the match. */
  saying(pattern: RegExp): Promise<RegExpExecArray>
  /** The address of its ready line, which may be one of many. */
  url(): Promise<string>
  readonly ended: Promise<Ended>
}

/** Starts the command; ended at the end of the scene, if nothing else did. */
export const startCli = (scene: Scene, args: readonly string[], { cwd = scene.dir, env }: CliOptions = {}): Cli => {
  const child = spawn(process.execPath, [cliPath, ...args], { cwd, env: { ...scene.env, ...env } })
  const stdout: Buffer[] = []
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const ended = once(child, 'close').then(([code, signal]): Ended => ({ code, signal, stdout: Buffer.concat(stdout), stderr }))
  let over = false
  void ended.then(() => {
    over = true
  })
  scene.atEnd(() => endChild(child))
  const saying = async (pattern: RegExp): Promise<RegExpExecArray> => {
    await until(`it said ${pattern} (${stderr})`, () => over || pattern.test(stderr))
    const match = pattern.exec(stderr)
    if (match === null) throw new Error(`It ended without having said ${pattern}: ${stderr}`)
    return match
  }
  return { child, said: () => stderr, saying, url: async () => (await saying(/ready at (http:\S+)/))[1] ?? '', ended }
}

/** Runs the command to its end. */
export const runCli = (scene: Scene, args: readonly string[], options?: CliOptions): Promise<Ended> => startCli(scene, args, options).ended

export type Line = { readonly time: string; readonly service: string; readonly type: string } & Record<string, unknown>

export interface JsonCli {
  readonly child: ChildProcess
  /** By type; what is not JSON is of type `garbage`. */
  readonly lines: Recorder<Record<string, Line>>
  readonly ended: Promise<{ readonly code: number | null; readonly stderr: string }>
}

/** Starts `start --json` and reads its lines. */
export const startJsonCli = (scene: Scene, args: readonly string[], options: CliOptions = {}): JsonCli => {
  const { child, ended } = startCli(scene, ['start', '--json', ...args], options)
  const lines = new Recorder<Record<string, Line>>()
  createInterface(child.stdout!).on('line', (text) => {
    const line = parse(text)
    lines.push(line.type, line)
  })
  void ended.then(({ stderr }) => lines.end(`the command ended: ${stderr}`))
  return { child, lines, ended }
}

const parse = (text: string): Line => {
  try {
    return JSON.parse(text) as Line
  } catch {
    return { type: 'garbage', service: '', time: '', text }
  }
}

const endChild = async (child: ChildProcess): Promise<void> => {
  const { pid } = child
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  await until(`the command ${pid} has ended`, () => !isAlive(pid)).catch(() => child.kill('SIGKILL'))
}
