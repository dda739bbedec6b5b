import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { describePids, isAlive, pidsMarked, until } from '../helpers/processes.ts'

export interface Started {
  readonly child: ChildProcess
  readonly pid: number
  /** The line that it printed when it was as far as the test wants it. */
  readonly said: string
}

export interface World extends AsyncDisposable {
  /** A command that prints a line when it is ready. */
  run(command: string, args: readonly string[], options?: { env?: NodeJS.ProcessEnv; detached?: boolean }): Promise<Started>
  /** A script of a few lines for Node. */
  node(script: string, options?: { env?: NodeJS.ProcessEnv; detached?: boolean }): Promise<Started>
  /** Ends one of them, and waits until it is gone. */
  end(started: Started): Promise<void>
}

/** Real processes of one test. At its end they are ended by pid, with whatever they have started, and nothing may be left. */
export const createWorld = (): World => {
  const mark = `JARVIS_TEST_WORLD=${randomUUID()}`
  const env = { ...process.env, JARVIS_TEST_WORLD: mark.slice(mark.indexOf('=') + 1) }
  const strays = new Set<number>()
  const run: World['run'] = async (command, args, options = {}) => {
    const child = spawn(command, args, { ...options, env: { ...env, ...options.env }, stdio: ['ignore', 'pipe', 'inherit'] })
    const [said] = await once(createInterface({ input: child.stdout! }), 'line')
    for (const pid of pidsIn(said)) strays.add(pid)
    return { child, pid: child.pid!, said }
  }
  const end: World['end'] = async ({ child, pid }) => {
    const exited = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined
    if (isAlive(pid)) process.kill(pid, 'SIGKILL')
    await exited
  }
  return {
    run,
    node: (script, options) => run(process.execPath, ['-e', script], options),
    end,
    [Symbol.asyncDispose]: async () => {
      // with the mark each of them is surely ours, whoever its parent is by now
      for (let left = pidsMarked(mark); left.length > 0; left = pidsMarked(mark)) {
        for (const pid of left) process.kill(pid, 'SIGKILL')
        await until(`${describePids(left)} are gone`, () => !left.some(isAlive))
      }
      await until(`${describePids([...strays])} are gone`, () => ![...strays].some(isAlive))
    },
  }
}

/** Those of a line like `{"child":4711,"port":80}`. */
const pidsIn = (said: string): number[] => {
  const { port: _port, ...pids } = said.startsWith('{') ? (JSON.parse(said) as Record<string, number>) : {}
  return Object.values(pids)
}

/** Runs `work` as a user who may not look into other people's processes: root borrows such a user's rights. */
export const asNobody = async <T>(work: () => Promise<T>): Promise<T> => {
  const own = process.geteuid!()
  if (own === 0) process.seteuid!(65_534)
  try {
    return await work()
  } finally {
    process.seteuid!(own)
  }
}
