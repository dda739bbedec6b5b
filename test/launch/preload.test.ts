import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, it } from 'vitest'
import { preload } from '../../src/launch/fork.ts'
import { freePort, isListenedOn } from '../helpers/ports.ts'
import { describePids, isAlive, killPid, pidsMarked, until } from '../helpers/processes.ts'
import { createTemp } from '../helpers/temp.ts'

const fixture = (name: string): string => resolve('test/fixtures', `${name}.mjs`)

interface Family extends AsyncDisposable {
  readonly child: number
  /** Waits for a line of the child that begins like this; gives what follows. */
  says(beginning: string): Promise<string>
  has(line: string): boolean
  /** Sends a message to the child. */
  tell(message: string): void
  /** Kills the supervisor with SIGKILL; waits until it is gone, and nothing else. */
  orphan(): Promise<void>
  /** Until the child has ended, in ms from now. */
  childGone(deadlineMs: number): Promise<void>
}

interface Options {
  readonly env?: Record<string, string>
  readonly execArgv?: readonly string[]
}

/** A supervisor with one child, which runs a fixture by its name, or these lines. */
const createFamily = async (script: string, { env = {}, execArgv = [] }: Options = {}): Promise<Family> => {
  const temp = createTemp()
  const mark = `TEST_FAMILY=${randomUUID()}`
  const file = /^[\w-]+$/.test(script) ? fixture(script) : temp.file('script.mjs', script)
  const supervisor = spawn(process.execPath, [fixture('forks-until-killed'), JSON.stringify(['--require', preload(), ...execArgv]), file], {
    env: { PATH: process.env.PATH, TEST_FAMILY: mark.slice('TEST_FAMILY='.length), ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  createInterface({ input: supervisor.stdout }).on('line', (line) => lines.push(line))
  const says = async (beginning: string): Promise<string> => {
    const line = (): string | undefined => lines.find((one) => one.startsWith(beginning))
    await until(`"${beginning}" has been said`, () => line() !== undefined)
    return line()!.slice(beginning.length).trim()
  }
  const child = Number(await says('child'))
  return {
    child,
    says,
    has: (line) => lines.includes(line),
    tell: (message) => void supervisor.stdin.write(`${message}\n`),
    orphan: async () => {
      supervisor.kill('SIGKILL')
      await once(supervisor, 'exit')
    },
    childGone: (deadlineMs) => until(`the child ${child} has ended`, () => !isAlive(child), deadlineMs),
    [Symbol.asyncDispose]: async () => {
      if (supervisor.exitCode === null && supervisor.signalCode === null) {
        supervisor.kill('SIGKILL')
        await once(supervisor, 'exit')
      }
      await until('the children have gone', () => pidsMarked(mark).length === 0, 5000).catch(() => {})
      const left = pidsMarked(mark)
      const said = describePids(left)
      for (const pid of left) await killPid(pid)
      temp[Symbol.dispose]()
      expect(said, 'processes left behind').toEqual([])
    },
  }
}

/** Listens; `guarded` is called when its guard is there: a thread more than before. */
const listening = `
  import { readFileSync } from 'node:fs'
  import { createServer } from 'node:http'
  import { execSync, spawn } from 'node:child_process'
  import { Worker } from 'node:worker_threads'
  import { subscribe } from 'node:diagnostics_channel'
  const server = createServer((_request, response) => response.end('fine')).listen(0, '127.0.0.1')
  const threads = () => /^Threads:.*/m.exec(readFileSync('/proc/self/status', 'latin1'))[0]
  const unguarded = threads()
  const guarded = (next) => {
    const looking = setInterval(() => {
      if (threads() === unguarded) return
      clearInterval(looking)
      next()
    }, 10)
  }
`

describe.concurrent('when its supervisor is killed, a child', () => {
  it('leaves at once', async () => {
    await using family = await createFamily(`${listening} server.on('listening', () => console.log('up'))`)
    await family.says('up')
    await family.orphan()
    await family.childGone(2000)
  })

  it('leaves before it listens', async () => {
    await using family = await createFamily(`console.log('up'); setInterval(() => {}, 1000)`)
    await family.says('up')
    await family.orphan()
    await family.childGone(2000)
  })

  it('has the time to end gracefully', async () => {
    await using family = await createFamily(`${listening}
      process.on('SIGTERM', () => setTimeout(() => { console.log('bye'); process.exit() }, 500))
      server.on('listening', () => console.log('up'))`)
    await family.says('up')
    await family.orphan()
    await family.childGone(2000)
    await family.says('bye')
  })

  it('leaves, though it will not', async () => {
    await using family = await createFamily(`${listening}
      process.on('SIGTERM', () => console.log('no'))
      server.on('listening', () => console.log('up'))`)
    await family.says('up')
    await family.orphan()
    await family.says('no')
    await family.childGone(3000)
  })

  it.each([
    ['computes without an end', `for (;;);`],
    ['waits for another thread', `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)`],
    ['waits for a command', `execSync('sleep 300')`],
    ['is deaf to SIGTERM', `process.on('SIGTERM', () => {}); for (;;);`],
  ])('leaves within five seconds while it %s', async (_how, block) => {
    await using family = await createFamily(`${listening} guarded(() => { console.log('blocks'); ${block} })`)
    await family.says('blocks')
    await family.orphan()
    await family.childGone(5000)
  })

  it('that never listens leaves while it is blocked', { timeout: 25_000 }, async () => {
    await using family = await createFamily(`setTimeout(() => { console.log('blocks'); for (;;); }, 6500)`)
    await family.says('blocks')
    await family.orphan()
    await family.childGone(5000)
  })

  it('leaves though it had closed the channel, gracefully', async () => {
    await using family = await createFamily(`${listening}
      process.on('SIGTERM', () => { console.log('bye'); process.exit() })
      process.disconnect()
      // when it has long stopped to look on account of the channel
      setTimeout(() => console.log('up'), 3000)`)
    await family.says('up')
    await family.orphan()
    await family.childGone(5000)
    await family.says('bye')
  })

  it('takes its process group along: the port is free', async () => {
    const port = await freePort()
    await using family = await createFamily('ignores-sigterm-with-grandchild-on-port', { env: { PORT: `${port}`, HOST: '127.0.0.1' } })
    const grandchild = Number(await family.says('grandchild'))
    await until('the grandchild listens', () => isListenedOn(port))
    await family.orphan()
    await family.childGone(5000)
    await until('the grandchild has gone', () => !isAlive(grandchild), 500)
    expect(isListenedOn(port)).toBe(false)
  })

  it.each([
    ['at SIGTERM', `process.on('SIGTERM', () => process.exit(0))`],
    ['at the end of the channel', `process.on('disconnect', () => setTimeout(() => process.exit(0), 100))`],
  ])('takes its process group along though it ends by itself %s', async (_when, ends) => {
    await using family = await createFamily(`${listening} ${ends}
      console.log('grandchild ' + spawn('sleep', ['300'], { stdio: 'ignore' }).pid)`)
    const grandchild = Number(await family.says('grandchild'))
    await family.orphan()
    await family.childGone(3000)
    await until('the grandchild has gone', () => !isAlive(grandchild), 500)
  })

  it('leaves alone what has left its process group', async () => {
    await using family = await createFamily('survives-setsid-grandchild', { env: { PORT: '0', HOST: '127.0.0.1' } })
    const grandchild = Number(await family.says('grandchild'))
    await family.orphan()
    await family.childGone(2000)
    expect(isAlive(grandchild)).toBe(true)
    await killPid(grandchild)
  })

  it('leaves where threads are not permitted', async () => {
    const flags = process.allowedNodeEnvironmentFlags
    const permission = flags.has('--permission') ? '--permission' : '--experimental-permission'
    const network = flags.has('--allow-net') ? ['--allow-net'] : []
    const tried = `
      const isLoaded = () => Object.keys(createRequire(import.meta.url).cache).some((file) => file.endsWith('guard.cjs'))
      const looking = setInterval(() => {
        if (!isLoaded()) return
        clearInterval(looking)
        console.log('up')
      }, 10)`
    await using family = await createFamily(`${listening} import { createRequire } from 'node:module'; ${tried}`, {
      execArgv: [permission, '--allow-fs-read=*', ...network, '--no-warnings'],
    })
    await family.says('up')
    await family.orphan()
    await family.childGone(2000)
  })

  it('stays where it is to outlive it', async () => {
    const env = { JARVIS_DIE_WITH_PARENT: '0' }
    await using family = await createFamily(
      `${listening}
      process.on('disconnect', () => setTimeout(() => console.log('alone'), 1000))
      server.on('listening', () => console.log('up ' + process.env.JARVIS_DIE_WITH_PARENT))`,
      { env },
    )
    expect(await family.says('up')).toBe('undefined')
    await family.orphan()
    await family.says('alone')
    await killPid(family.child)
  })

  it('does not even start when that was before it could look', async () => {
    const before = spawn('true')
    await once(before, 'exit')
    await using family = await createFamily(`console.log('up')`, { env: { JARVIS_DIE_WITH_PARENT: `${before.pid}` } })
    await family.says('ended SIGKILL')
    expect(family.has('up')).toBe(false)
  })

  it('starts though there is somebody between it and its supervisor', async () => {
    await using family = await createFamily(`console.log('up')`, { env: { JARVIS_DIE_WITH_PARENT: `${process.pid}` } })
    await family.says('ended 0')
    expect(family.has('up')).toBe(true)
  })
})

describe.concurrent('while its supervisor lives, a child', () => {
  it('stays though it closes the channel', async () => {
    await using family = await createFamily(`${listening} process.disconnect(); guarded(() => console.log('stays'))`)
    await family.says('stays')
    expect(isAlive(family.child)).toBe(true)
  })

  it('ends when it has nothing left to do, with its own code', async () => {
    await using family = await createFamily(`process.exitCode = 7`)
    expect(await family.says('ended')).toBe('7')
  })

  it('ends when its server has closed, guarded or not', async () => {
    await using family = await createFamily(`${listening} guarded(() => server.close())`)
    expect(await family.says('ended')).toBe('0')
  })

  it.each([
    ['on', `process.on('message', answer)`],
    ['on, all listeners removed before', `process.removeAllListeners('disconnect'); process.on('message', answer)`],
  ])('is kept alive by a listener for messages: %s', async (_how, listens) => {
    await using family = await createFamily(`
      const answer = (message) => {
        console.log('got ' + message)
        process.removeAllListeners('message')
      }
      ${listens}
      // once there is nothing else to wait for
      setTimeout(() => process.send('waits'), 200).unref()
      setTimeout(() => {}, 100)`)
    await family.says('received waits')
    family.tell('hello')
    await family.says('got hello')
    expect(await family.says('ended')).toBe('0')
  })

  it('is not told of the thread that watches, and is told of its own', async () => {
    await using family = await createFamily(`${listening}
      let told = []
      process.on('worker', () => told.push('event'))
      subscribe('worker_threads', () => told.push('channel'))
      guarded(() => {
        const before = told
        told = []
        new Worker('', { eval: true }).on('exit', () => console.log('told ' + JSON.stringify([before, told])))
      })`)
    expect(JSON.parse(await family.says('told'))).toEqual([[], ['channel', 'event']])
  })

  it('starts threads and processes that know nothing of this', async () => {
    await using family = await createFamily(`
      import { fork } from 'node:child_process'
      import { Worker } from 'node:worker_threads'
      const facts = 'JSON.stringify([/preload[.]cjs/.test(process.execArgv), process.listenerCount("disconnect")])'
      new Worker('console.log("thread " + ' + facts + ')', { eval: true })
      fork('', [], { execArgv: [...process.execArgv, '-e', 'console.log("process " + ' + facts + ')'] })`)
    expect(JSON.parse(await family.says('thread'))).toEqual([false, 0])
    expect(JSON.parse(await family.says('process'))).toEqual([false, 0])
    expect(await family.says('ended')).toBe('0')
  })
})
