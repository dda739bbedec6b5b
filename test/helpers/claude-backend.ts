import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { resolve } from 'node:path'
import { expect } from 'vitest'
import type { World } from './claude-world.ts'

export const backendEntry = resolve('examples/node/dist/cli/node.js')

export interface Exit {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

export interface Backend extends AsyncDisposable {
  pid: number
  url: string
  port: number
  output(): string
  kill(signal: NodeJS.Signals): void
  exited: Promise<Exit>
}

/** Runs the backend to its end: for options that it must refuse. */
export async function runBackend(world: World, args: string[], env: NodeJS.ProcessEnv = {}): Promise<Exit> {
  return watch(launch(world, args, env)).exited
}

/** Starts the backend on a free port and waits for its ready line. */
export async function startBackend(world: World, args: string[] = [], env: NodeJS.ProcessEnv = {}): Promise<Backend> {
  const child = launch(world, ['--port', '0', ...args], env)
  const { exited, stdout, stderr } = watch(child)
  const url = await Promise.race([
    lineWith(child, stdout, /listens on (http:\S+)/),
    exited.then((exit) => Promise.reject(new Error(`The backend ended with ${exit.code}: ${exit.stderr}`))),
  ])
  const port = Number(new URL(url).port)
  return {
    pid: child.pid!,
    url,
    port,
    output: () => stdout() + stderr(),
    kill: (signal) => void child.kill(signal),
    exited,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      const { code, signal } = await exited
      expect({ end: signal ?? code, refused: await isRefused(port) }, stderr()).toEqual({
        end: signal === 'SIGKILL' ? signal : 0,
        refused: true,
      })
    },
  }
}

export async function isRefused(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return false
  } catch {
    return true
  } finally {
    socket.destroy()
  }
}

function launch(world: World, args: string[], env: NodeJS.ProcessEnv): ChildProcess {
  return spawn(process.execPath, [backendEntry, ...args], { cwd: world.home, env: { ...world.env, ...env } })
}

function watch(child: ChildProcess) {
  let stdout = ''
  let stderr = ''
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const exited = once(child, 'close').then(([code, signal]): Exit => ({ code, signal, stdout, stderr }))
  return { exited, stdout: () => stdout, stderr: () => stderr }
}

async function lineWith(child: ChildProcess, text: () => string, pattern: RegExp): Promise<string> {
  for (;;) {
    const found = pattern.exec(text())
    if (found) return found[1]!
    await once(child.stdout!, 'data')
  }
}
