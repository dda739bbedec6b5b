import { describe, expect, it } from 'vitest'
import { forkLauncher } from '../../src/launch/fork.ts'
import type { Child, Exit, Launcher, LaunchSpec, OutputStream } from '../../src/launch/launcher.ts'
import { spawnLauncher } from '../../src/launch/spawn.ts'
import { utilityProcessLauncher } from '../../src/launch/utility-process.ts'
import { processTableFor } from '../../src/process/process-table.ts'
import { electronDouble } from '../helpers/electron/double.ts'
import { isAlive, until } from '../helpers/processes.ts'
import { createTemp } from '../helpers/temp.ts'

const { platform } = process

/** What every launcher keeps to, and in which points they may differ. */
const launchers: [string, { launcher: () => Launcher; hasChannel: boolean }][] = [
  ['fork', { launcher: () => forkLauncher(platform), hasChannel: true }],
  ['spawn', { launcher: () => spawnLauncher(platform), hasChannel: false }],
  [
    'utilityProcess',
    { launcher: () => utilityProcessLauncher(electronDouble(), { platform, table: processTableFor(platform) }), hasChannel: true },
  ],
]

/** Sends to its parent and hears from it, by whichever channel it has. */
const channel = `
  const port = process.parentPort
  const send = (message) => (port ? port.postMessage(message) : process.send(message))
  const hear = (listener) => (port ? port.on('message', ({ data }) => listener(data)) : process.on('message', listener))`

describe.each(launchers)('%s', (kind, { launcher, hasChannel }) => {
  const create = () => {
    const temp = createTemp()
    const children: Child[] = []
    let launches = 0
    return {
      temp,
      async launch(source: string, more: Partial<LaunchSpec> = {}): Promise<Child> {
        // one file each: another may be read while this one is written
        launches += 1
        const spec: LaunchSpec = {
          command: process.execPath,
          execArgv: [],
          script: temp.file(`child-${launches}.mjs`, source),
          args: [],
          cwd: temp.dir,
          env: { PATH: process.env.PATH ?? '' },
          instanceId: 'x.y',
          ...more,
        }
        const child = await launcher().launch(spec)
        children.push(child)
        return child
      },
      async [Symbol.asyncDispose]() {
        for (const child of children) {
          child.signal('SIGKILL')
          await child.exited
          expect(isAlive(child.pid)).toBe(false)
        }
        temp[Symbol.dispose]()
      },
    }
  }

  const textOf = (child: Child, stream: OutputStream): { text: string } => {
    const output = { text: '' }
    child.onOutput((name, chunk) => {
      if (name === stream) output.text += chunk.toString('utf8')
    })
    return output
  }

  const saying = (child: Child, words: string): Promise<void> =>
    new Promise((resolve) => {
      let text = ''
      child.onOutput((_stream, chunk) => {
        text += chunk.toString('utf8')
        if (text.includes(words)) resolve()
      })
    })

  it('says what it is', () => {
    expect(launcher().kind).toBe(kind)
  })

  it('starts the script where it is told to, with these arguments and this environment', async () => {
    await using scene = create()
    const child = await scene.launch(
      `console.log(JSON.stringify({ pid: process.pid, args: process.argv.slice(2), cwd: process.cwd(), one: process.env.ONE, home: process.env.HOME })); process.exit()`,
      { args: ['--port', '1', ''], env: { ONE: '1', PATH: process.env.PATH ?? '' } },
    )
    const output = textOf(child, 'stdout')
    await child.exited
    await child.drained
    expect(JSON.parse(output.text)).toEqual({ pid: child.pid, args: ['--port', '1', ''], cwd: scene.temp.dir, one: '1' })
  })

  it.each([
    ['well', 'process.exit(0)', { code: 0, signal: null }],
    ['with a code', 'process.exit(3)', { code: 3, signal: null }],
    ['of an exception', `throw new Error('lost')`, { code: 1, signal: null }],
    ['of a module that is not there', `import 'no-such-module'`, { code: 1, signal: null }],
    ['by a signal', `process.kill(process.pid, 'SIGKILL')`, { code: null, signal: 'SIGKILL' }],
    ['by an abort', `process.abort()`, { code: null, signal: 'SIGABRT' }],
  ] as [string, string, Exit][])('tells that it ended %s', async (_name, source, exit) => {
    await using scene = create()
    const child = await scene.launch(source)
    expect(await child.exited).toEqual(exit)
  })

  it.skipIf(kind === 'utilityProcess')('tells that it ended when nothing is left to do', async () => {
    await using scene = create()
    const child = await scene.launch('')
    expect(await child.exited).toEqual({ code: 0, signal: null })
  })

  it.skipIf(kind !== 'utilityProcess')('goes on with nothing left to do: Electron keeps it', async () => {
    await using scene = create()
    const child = await scene.launch(`process.once('beforeExit', () => {}); console.log('done')`)
    await saying(child, 'done')
    expect(isAlive(child.pid)).toBe(true)
  })

  it('keeps the last words, though they come with the end', async () => {
    await using scene = create()
    const child = await scene.launch(`
      import { writeSync } from 'node:fs'
      process.stdout.write('a'.repeat(50_000))
      writeSync(2, 'last words')
      process.exit(1)`)
    const [stdout, stderr] = [textOf(child, 'stdout'), textOf(child, 'stderr')]
    await child.exited
    await child.drained
    expect(stdout.text.length).toBe(50_000)
    expect(stderr.text).toBe('last words')
  })

  it('drains what nobody listens to', async () => {
    await using scene = create()
    const child = await scene.launch(`
      import { writeSync } from 'node:fs'
      for (let line = 0; line < 100; line += 1) writeSync(1, 'x'.repeat(10_000))
      process.exit(4)`)
    expect(await child.exited).toEqual({ code: 4, signal: null })
  })

  it('has no stdin that it could wait for, or one that stays open', async () => {
    await using scene = create()
    const child = await scene.launch(`process.stdin.on('data', () => {}); console.log('up'); setInterval(() => {}, 1000)`)
    await saying(child, 'up')
    expect(isAlive(child.pid)).toBe(true)
  })

  it('ends at SIGTERM, in its own way', async () => {
    await using scene = create()
    const child = await scene.launch(`process.on('SIGTERM', () => process.exit(7)); setInterval(() => {}, 1000); console.log('up')`)
    await saying(child, 'up')
    expect(child.signal('SIGTERM')).toBe(true)
    expect(await child.exited).toEqual({ code: 7, signal: null })
  })

  it('ends by SIGTERM where it has no way of its own', async () => {
    await using scene = create()
    const child = await scene.launch(`setInterval(() => {}, 1000); console.log('up')`)
    await saying(child, 'up')
    child.signal('SIGTERM')
    expect(await child.exited).toEqual({ code: null, signal: 'SIGTERM' })
  })

  it('ends by SIGKILL, though it will not and its event loop is blocked', async () => {
    await using scene = create()
    const child = await scene.launch(`
      import { writeSync } from 'node:fs'
      process.on('SIGTERM', () => {})
      writeSync(1, 'up')
      for (;;);`)
    await saying(child, 'up')
    child.signal('SIGTERM')
    child.signal('SIGKILL')
    expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' })
  })

  it('signals nobody once it has ended', async () => {
    await using scene = create()
    const child = await scene.launch('process.exit()')
    await child.exited
    expect(child.signal('SIGTERM')).toBe(false)
    expect(child.send('anything')).toBe(false)
  })

  it.skipIf(!hasChannel)('passes messages both ways', async () => {
    await using scene = create()
    const child = await scene.launch(`${channel}
      hear((message) => send({ heard: message }))
      send({ type: 'ready' })
      setInterval(() => {}, 1000)`)
    const messages: unknown[] = []
    const unsubscribe = child.onMessage((message) => void messages.push(message))
    await until('it is ready', () => messages.length === 1)
    expect(child.send({ type: 'shutdown', list: [1] })).toBe(true)
    await until('it has heard', () => messages.length === 2)
    expect(messages).toEqual([{ type: 'ready' }, { heard: { type: 'shutdown', list: [1] } }])
    unsubscribe()
  })

  it.skipIf(hasChannel)('has no channel', async () => {
    await using scene = create()
    const child = await scene.launch('setInterval(() => {}, 1000)')
    expect(child.send('anything')).toBe(false)
  })

  it('starts many side by side, each with its own end', async () => {
    await using scene = create()
    const children = await Promise.all(
      [5, 6, 7].map((code) => scene.launch(`process.exit(Number(process.argv[2]))`, { args: [String(code)] })),
    )
    expect(await Promise.all(children.map(({ exited }) => exited))).toEqual([5, 6, 7].map((code) => ({ code, signal: null })))
    expect(new Set(children.map(({ pid }) => pid)).size).toBe(3)
  })
})
