import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { expect, it, vi } from 'vitest'
import type { UtilityChild, UtilityForkOptions } from '../../src/launch/electron-processes.ts'
import { electronDouble } from '../helpers/electron/double.ts'
import { commandOf, isAlive, until } from '../helpers/processes.ts'
import { createTemp } from '../helpers/temp.ts'

const open = async () => {
  const temp = createTemp()
  const electron = electronDouble()
  await electron.app.whenReady()
  const children: { child: UtilityChild; over: Promise<number> }[] = []
  const gone: object[] = []
  electron.app.on('child-process-gone', (_event, details) => gone.push(details))
  return {
    temp,
    gone,
    electron,
    fork: (source: string, options: UtilityForkOptions & { args?: string[]; name?: string } = {}) => {
      const { args = [], name = 'child.cjs', ...rest } = options
      const child = electron.utilityProcess.fork(temp.file(name, source), args, { stdio: ['ignore', 'pipe', 'pipe'], ...rest })
      const over = new Promise<number>((resolve) => child.on('exit', resolve))
      children.push({ child, over })
      return { child, over, message: () => new Promise<unknown>((resolve) => child.on('message', resolve)) }
    },
    [Symbol.asyncDispose]: async () => {
      for (const { child, over } of children) {
        const { pid } = child
        if (pid === undefined) continue
        process.kill(pid, 'SIGKILL')
        await over
        expect(isAlive(pid)).toBe(false)
      }
      temp[Symbol.dispose]()
    },
  }
}

const tell = (expression: string): string => `process.parentPort.postMessage(${expression})`

it.each([
  ['process.exit(3)', 3, 'abnormal-exit'],
  ['process.exit()', 0, 'clean-exit'],
  ['throw new Error("x")', 1, 'abnormal-exit'],
  ['process.kill(process.pid, "SIGSEGV")', 11, 'crashed'],
  ['process.kill(process.pid, "SIGKILL")', 9, 'killed'],
  ['process.abort()', 6, 'crashed'],
])('after %s tells %i, and the app of its end', async (source, code, reason) => {
  await using scene = await open()
  const { over } = scene.fork(source, { serviceName: 'mine' })
  expect(await over).toBe(code)
  expect(scene.gone).toEqual([{ type: 'Utility', reason, exitCode: code, serviceName: 'node.mojom.NodeService', name: 'mine' }])
})

it('tells 0 where its own kill ended it, and the code where the child had its own way', async () => {
  await using scene = await open()
  const killed = scene.fork(tell('1'))
  await killed.message()
  expect(killed.child.kill()).toBe(true)
  expect(await killed.over).toBe(0)
  expect(killed.child.kill()).toBe(false)
  const handled = scene.fork(`process.on('SIGTERM', () => process.exit(4)); ${tell('1')}`)
  await handled.message()
  handled.child.kill()
  expect(await handled.over).toBe(4)
})

it('ends by force, two seconds after a kill, what does not mind it', async () => {
  await using scene = await open()
  const { child, over, message } = scene.fork(`process.on('SIGTERM', () => {}); ${tell('1')}`)
  await message()
  const before = performance.now()
  child.kill()
  expect(await over).toBe(0)
  expect(performance.now() - before).toBeGreaterThan(1900)
})

it('has a pid from its spawn to its exit', async () => {
  await using scene = await open()
  const { child, over } = scene.fork('process.exit()')
  expect(child.pid).toBeUndefined()
  await new Promise<void>((resolve) => child.on('spawn', resolve))
  expect(child.pid).toBeGreaterThan(0)
  child.on('exit', () => expect(child.pid).toBeUndefined())
  await over
})

it('runs the script as the main module, with its arguments, a parent port and no channel of Node', async () => {
  await using scene = await open()
  const { message } = scene.fork(
    tell('[process.argv.slice(2), require.main === module, typeof process.send, process.type, process.execArgv]'),
    {
      args: ['a', '--b'],
      execArgv: ['--max-old-space-size=64', '--no-warnings'],
    },
  )
  expect(await message()).toEqual([['a', '--b'], true, 'undefined', 'utility', ['--no-warnings']])
})

it('runs ESM, and stays when there is nothing left to do', async () => {
  await using scene = await open()
  const { child, message } = scene.fork(`${tell('import.meta.url')}`, { name: 'child.mjs' })
  expect(await message()).toMatch(/^file:.*child\.mjs$/)
  expect(isAlive(child.pid ?? 0)).toBe(true)
})

it('gets its environment whole, and shows neither that nor its script to the system', async () => {
  await using scene = await open()
  const { child, message } = scene.fork(tell('{ ...process.env }'), { env: { SECRET: 'one' } })
  expect(await message()).toEqual({ SECRET: 'one' })
  expect(readFileSync(`/proc/${child.pid}/environ`, 'utf8')).not.toContain('SECRET')
  expect(commandOf(child.pid ?? 0)).not.toContain('child.cjs')
})

it('inherits the environment where none, or an empty one, is given', async () => {
  await using scene = await open()
  for (const options of [{}, { env: {} }]) expect(await scene.fork(tell('process.env.PATH'), options).message()).toBe(process.env.PATH)
})

it('keeps messages until somebody listens, on both sides', async () => {
  await using scene = await open()
  const { child, message } = scene.fork(
    `setTimeout(() => process.parentPort.on('message', ({ data }) => ${tell('[data, new Map([[1, 2]])]')}), 50)`,
  )
  child.postMessage({ early: true })
  expect(await message()).toEqual([{ early: true }, new Map([[1, 2]])])
})

it('has no stdin, and streams only where they are piped', async () => {
  await using scene = await open()
  expect(() => scene.fork('', { stdio: ['pipe', 'pipe', 'pipe'] })).toThrow('stdin value other than ignore is not supported.')
  const { child } = scene.fork('', { stdio: ['ignore', 'ignore', 'pipe'] })
  expect([child.stdout, child.stderr === null]).toEqual([null, false])
})

it('drops its streams, and who listens to them, once it has ended', async () => {
  await using scene = await open()
  const { child, over } = scene.fork(`console.log('said'); process.exit()`)
  const { stdout } = child
  ;(stdout as NodeJS.ReadableStream).on('data', () => {})
  await over
  expect(child.stdout).toBeNull()
  expect((stdout as NodeJS.ReadableStream).listenerCount('data')).toBe(0)
})

it('only warns of a rejection that nobody handles', async () => {
  await using scene = await open()
  const { child, message } = scene.fork(`Promise.reject(new Error('unhandled')); setTimeout(() => ${tell('1')}, 50)`)
  const warned = once(child.stderr as NodeJS.ReadableStream, 'data')
  expect(await message()).toBe(1)
  expect(String(await warned)).toContain('unhandled')
})

it('tells of a fatal error of V8 before it ends', async () => {
  await using scene = await open()
  // what the main process has in its environment counts for the child's Node, as it does not in Electron: for a small heap
  vi.stubEnv('NODE_OPTIONS', '--max-old-space-size=10')
  const { child, over } = scene.fork('const all = []; for (;;) all.push({ all })')
  vi.unstubAllEnvs()
  const told: string[] = []
  child.on('error', (type, _location, report) => told.push(type, (JSON.parse(report) as { header: { trigger: string } }).header.trigger))
  expect(await over).toBe(11)
  expect(told).toEqual(['FatalError', 'OOMError'])
})

it('cannot be before the app is ready, nor where its folder is none', async () => {
  await using scene = await open()
  const early = electronDouble(new Promise(() => {}))
  expect(() => early.utilityProcess.fork('x.js')).toThrow('before app is ready')
  const { over } = scene.fork('', { cwd: '/nowhere' })
  expect(await over).not.toBe(0)
  expect(scene.gone).toMatchObject([{ reason: 'launch-failed' }])
})

it('ends when a script is not there', async () => {
  await using scene = await open()
  const child = scene.electron.utilityProcess.fork('/nowhere/x.cjs', [], { stdio: ['ignore', 'ignore', 'ignore'] })
  expect(await new Promise((resolve) => child.on('exit', resolve))).toBe(1)
  await until('it is gone', () => child.pid === undefined)
})
