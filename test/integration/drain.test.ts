import type { IncomingMessage } from 'node:http'
import { describe, expect, test } from 'vitest'
import { ask, open } from '../helpers/ports.ts'
import { isAlive, until } from '../helpers/processes.ts'
import { createScene, type Scene, type Supervised } from '../helpers/supervised.ts'

interface Served extends Supervised {
  readonly pid: number
  readonly url: string
  /** Whom the hook was asked for. */
  readonly asked: { readonly pid: number; readonly signal: AbortSignal }[]
  /** An answer that is still to come: whole, or how it failed. */
  readonly answer: Promise<string>
}

const read = (response: Promise<IncomingMessage>): Promise<string> =>
  response.then(
    async (stream) => Buffer.concat(await stream.toArray()).toString(),
    (error: NodeJS.ErrnoException) => String(error.code),
  )

/** A backend in the middle of an answer, and somebody who waits for that before it may end. */
const busy = async (scene: Scene, more: object = {}): Promise<Served> => {
  const supervised = scene.supervise('answers-when-told', more)
  const { supervisor } = supervised
  const { pid, url } = await supervisor.start()
  const answer = read(open(`${url}/slow`))
  // the one before has arrived when one after it is answered
  await ask(`${url}/`)
  const asked: { pid: number; signal: AbortSignal }[] = []
  supervisor.onDrain(async (of, signal) => {
    asked.push({ pid: of, signal })
    if (of === pid) await answer
  })
  return Object.assign(supervised, { pid: pid!, url: url!, asked, answer })
}

describe('an answer under way', () => {
  test('is whole before a restart ends who gives it, and the next one serves after that', async () => {
    await using scene = createScene()
    const { supervisor, next, answer, asked, pid, order } = await busy(scene)
    const restarting = supervisor.restart()
    await next('state', ({ to }) => to === 'stopping')
    await until('it is asked for', () => asked.length === 1)
    expect([asked[0]?.pid, isAlive(pid), supervisor.state.state]).toEqual([pid, true, 'stopping'])
    process.kill(pid, 'SIGUSR2')
    expect(await answer).toBe('late')
    expect((await restarting).pid).not.toBe(pid)
    expect(await next('exit')).toMatchObject({ pid, signal: 'SIGTERM', requested: true })
    expect(order('state', 'exit')).toEqual(['starting', 'ready', 'stopping', 'exit', 'starting', 'ready'])
  })

  test('is whole though another process serves already', async () => {
    await using scene = createScene()
    const { supervisor, next, answer, pid } = await busy(scene, { overlap: true })
    const restarted = await supervisor.restart()
    expect(restarted.pid).not.toBe(pid)
    expect(await ask(`${restarted.url}/`)).toMatchObject({ body: String(restarted.pid) })
    expect(isAlive(pid)).toBe(true)
    process.kill(pid, 'SIGUSR2')
    expect(await answer).toBe('late')
    expect(await next('exit')).toMatchObject({ pid, signal: 'SIGTERM' })
    expect(supervisor.pids).toEqual([restarted.pid])
  })

  test('is cut by a stop', async () => {
    await using scene = createScene()
    const { supervisor, answer, asked, pid, order } = await busy(scene)
    const refused = expect(supervisor.restart()).rejects.toMatchObject({ code: 'ERR_STOPPED' })
    await until('it is asked for', () => asked.length === 1)
    expect(await supervisor.stop()).toEqual({ reaped: [pid], survivors: [] })
    await refused
    expect([asked[0]?.signal.aborted, await answer]).toEqual([true, 'ECONNRESET'])
    expect(order('state')).toEqual(['starting', 'ready', 'stopping', 'stopped'])
  })

  test('is cut by force', async () => {
    await using scene = createScene()
    const { supervisor, next, answer, asked, pid } = await busy(scene)
    const refused = expect(supervisor.restart()).rejects.toMatchObject({ code: 'ERR_STOPPED' })
    await until('it is asked for', () => asked.length === 1)
    await supervisor.stop({ force: true })
    await refused
    expect(await next('exit')).toMatchObject({ pid, signal: 'SIGKILL' })
    expect([asked[0]?.signal.aborted, await answer]).toEqual([true, 'ECONNRESET'])
  })

  test('of one that was replaced is cut by a stop, which reports that one, too', async () => {
    await using scene = createScene()
    const { supervisor, answer, pid } = await busy(scene, { overlap: true })
    const restarted = await supervisor.restart()
    const { reaped, survivors } = await supervisor.stop()
    expect([[...reaped].sort(), survivors, await answer]).toEqual([[pid, restarted.pid].sort(), [], 'ECONNRESET'])
  })

  test('is no reason to wait once its process has died', async () => {
    await using scene = createScene()
    const { supervisor, answer, asked, pid } = await busy(scene)
    supervisor.onDrain(() => new Promise(() => {}))
    const restarting = supervisor.restart()
    await until('it is asked for', () => asked.length === 1)
    process.kill(pid, 'SIGKILL')
    expect((await restarting).pid).not.toBe(pid)
    expect([asked[0]?.signal.aborted, await answer]).toEqual([true, 'ECONNRESET'])
  })

  test('is not waited for by a stop', async () => {
    await using scene = createScene()
    const { supervisor, answer, asked } = await busy(scene)
    await supervisor.stop()
    expect([asked, await answer]).toEqual([[], 'ECONNRESET'])
  })

  test('is not waited for where the process hangs', async () => {
    await using scene = createScene()
    const { next, asked, answer, pid } = await busy(scene, { liveness: { periodMs: 200, timeoutMs: 200, failureThreshold: 3 } })
    process.kill(pid, 'SIGSTOP')
    expect(await next('exit')).toMatchObject({ pid, requested: true })
    expect([asked, await answer]).toEqual([[], 'ECONNRESET'])
    await next('ready', (ready) => ready.pid !== pid)
  })
})

test('a hook that fails, at once or later, ends no restart', async () => {
  await using scene = createScene()
  const { supervisor } = scene.supervise('listens')
  const { pid } = await supervisor.start()
  supervisor.onDrain(() => Promise.reject(new Error('later')))
  supervisor.onDrain(() => {
    throw new Error('at once')
  })
  expect((await supervisor.restart()).pid).not.toBe(pid)
})
