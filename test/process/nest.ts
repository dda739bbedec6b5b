import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { expect } from 'vitest'
import { certificate } from '../../src/process/group.ts'
import { describePids, isAlive, pidsMarked, until } from '../helpers/processes.ts'

export interface RunOptions {
  readonly args?: readonly string[]
  readonly detached?: boolean
  readonly uid?: number
  /** Started with the certificate of this nest; true where nothing is said. */
  readonly certified?: boolean
  readonly env?: Record<string, string>
  /** A pipe on which nothing is ever said, where a silent one is not to find its input at an end. */
  readonly stdin?: 'pipe'
}

export interface Run<Told> {
  readonly child: ChildProcess
  readonly pid: number
  /** The first line of its output. */
  readonly told: Told
  /** The lines after it. */
  line(): Promise<string>
}

/** Real processes of one test: all marked, all ended with it. */
export interface Nest extends AsyncDisposable {
  readonly instanceId: string
  /** Runs JavaScript; resolves when it has printed a line of JSON. */
  node<Told = unknown>(source: string, options?: RunOptions): Promise<Run<Told>>
  /** Runs a program that says nothing; resolves when the kernel shows it with its environment. */
  silent(command: string, args: readonly string[], options?: RunOptions): Promise<ChildProcess & { readonly pid: number }>
  /** All that lives here. */
  pids(): number[]
}

export const createNest = (): Nest => {
  const mark = randomUUID()
  const instanceId = `nest.${mark}`
  const children: ChildProcess[] = []
  const start = (
    command: string,
    args: readonly string[],
    stdin: 'ignore' | 'pipe',
    stdout: 'ignore' | 'pipe',
    options: RunOptions,
  ): ChildProcess => {
    const { detached = false, uid, certified = true, env } = options
    const child = spawn(command, [...args], {
      detached,
      stdio: [stdin, stdout, 'ignore'],
      env: { PATH: process.env.PATH, TEST_NEST: mark, ...(certified && { [certificate]: instanceId }), ...env },
      ...(uid !== undefined && { uid, cwd: '/' }),
    })
    children.push(child)
    return child
  }
  const pids = (): number[] => pidsMarked(`TEST_NEST=${mark}`)
  return {
    instanceId,
    pids,
    node: async <Told>(source: string, options: RunOptions = {}) => {
      const child = start(process.execPath, ['-e', source, ...(options.args ?? [])], 'pipe', 'pipe', options)
      const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
      const line = async (): Promise<string> => {
        const { value, done } = await lines.next()
        if (done === true) throw new Error(`It has nothing more to say: ${source}`)
        return value
      }
      return { child, pid: child.pid!, told: JSON.parse(await line()) as Told, line }
    },
    silent: async (command, args, options = {}) => {
      const child = start(command, args, options.stdin ?? 'ignore', 'ignore', options)
      await once(child, 'spawn')
      // the kernel says that it has started before it shows what with
      await until('it has its environment', () => readFileSync(`/proc/${child.pid}/environ`).length > 0)
      return child as ChildProcess & { readonly pid: number }
    },
    [Symbol.asyncDispose]: async () => {
      const own = children.flatMap(({ pid }) => pid ?? [])
      const end = (): boolean => {
        const left = [...pids(), ...children.filter((child) => !hasEnded(child)).flatMap(({ pid }) => pid ?? [])]
        for (const pid of new Set(left)) killQuietly(pid)
        return left.length === 0
      }
      await until('nothing of this test lives', end).catch(() => {})
      expect(describePids([...pids(), ...own.filter(isAlive)]), 'processes left behind').toEqual([])
    },
  }
}

/** Ends a child of ours, and waits until it has been waited for: not even a zombie is left. */
export const endChild = async (child: ChildProcess): Promise<void> => {
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null

const killQuietly = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // gone meanwhile
  }
}
