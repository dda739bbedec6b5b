import { expect, test } from 'vitest'
import { ask } from '../helpers/ports.ts'
import { until } from '../helpers/processes.ts'
import { createScene } from '../helpers/supervised.ts'

test('lines of both streams are told, with stream and pid', async () => {
  await using scene = createScene()
  const { supervisor, all, next } = scene.supervise('writes-request-bodies')
  const { url, pid } = await supervisor.start()
  await ask(`${url}/stdout`, 'POST', 'to stdout\n')
  await ask(`${url}/stderr`, 'POST', 'to stderr\n\n')
  await next('log', ({ line }) => line === '')
  expect(all('log')).toEqual([
    { stream: 'stdout', line: 'to stdout', pid },
    { stream: 'stderr', line: 'to stderr', pid },
    { stream: 'stderr', line: '', pid },
  ])
})

test('what is torn across chunks is put together: UTF-8, CRLF, the streams apart', async () => {
  await using scene = createScene()
  const { supervisor, all, next } = scene.supervise('writes-request-bodies')
  const { url } = await supervisor.start()
  const text = Buffer.from('grüße €uro 🙂\r\nnext\r\n')
  for (let at = 0; at < text.length; at += 1) {
    await ask(`${url}/stdout`, 'POST', text.subarray(at, at + 1))
    if (at === 10) await ask(`${url}/stderr`, 'POST', 'between\n')
  }
  await next('log', ({ line }) => line === 'next')
  expect(all('log').map(({ stream, line }) => [stream, line])).toEqual([
    ['stderr', 'between'],
    ['stdout', 'grüße €uro 🙂'],
    ['stdout', 'next'],
  ])
})

test('a line of 50 000 characters is cut at 10 000, and the next one is whole', async () => {
  await using scene = createScene()
  const { supervisor, all, next } = scene.supervise('writes-request-bodies')
  const { url } = await supervisor.start()
  await ask(`${url}/stdout`, 'POST', `${'é'.repeat(50_000)}\n${'b'.repeat(10_000)}\nend\n`)
  await next('log', ({ line }) => line === 'end')
  const [long, full, end] = all('log')
  expect(long).toMatchObject({ line: 'é'.repeat(10_000), cut: true })
  expect(full!.line).toBe('b'.repeat(10_000))
  expect(full).not.toHaveProperty('cut')
  expect(end!.line).toBe('end')
})

test('a line without its end is cut while it still grows, and costs no more', async () => {
  await using scene = createScene()
  const { supervisor, all, next } = scene.supervise('writes-request-bodies')
  const { url } = await supervisor.start()
  const before = process.memoryUsage().heapUsed
  for (let megabyte = 0; megabyte < 20; megabyte += 1) await ask(`${url}/stdout`, 'POST', Buffer.alloc(1_000_000, 'x'))
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(60_000_000)
  await ask(`${url}/stdout`, 'POST', '\nend\n')
  await next('log', ({ line }) => line === 'end')
  expect(all('log').map(({ line, cut }) => [line.length, cut])).toEqual([
    [10_000, true],
    [3, undefined],
  ])
})

test('the last line without a newline is told, before the exit', async () => {
  await using scene = createScene()
  const { supervisor, all, next, order } = scene.supervise('prints-without-newline', { port: false, restart: { when: 'on-failure' } })
  await supervisor.start()
  const { tail } = await next('exit')
  expect([...tail].sort()).toEqual(['first', 'last complaint', 'last words'])
  expect(
    all('log')
      .map(({ line }) => line)
      .sort(),
  ).toEqual(['first', 'last complaint', 'last words'])
  expect(order('log', 'exit').at(-1)).toBe('exit')
})

test('20 MB at once come without loss, though a reader of the logs does not read', async () => {
  await using scene = createScene()
  const { supervisor, all, next } = scene.supervise('prints-flood', { port: false, restart: { when: 'on-failure' } })
  const end = new AbortController()
  const reader = supervisor.logs({ follow: true, signal: end.signal })[Symbol.asyncIterator]()
  const first = reader.next()
  await supervisor.start()
  await next('state', ({ to }) => to === 'stopped')
  const lines = all('log')
  expect(lines).toHaveLength(200_000)
  const wrong = lines.findIndex(({ line }, index) => line !== `${index}`.padEnd(99, '.'))
  expect(wrong).toBe(-1)
  expect((await first).value).toMatchObject({ line: expect.stringMatching(/^0\.+$/) })
  end.abort()
  await reader.return!()
})

test('logs() gives the last lines, oldest first, and ends', async () => {
  await using scene = createScene()
  const { supervisor, next } = scene.supervise('writes-request-bodies')
  const { url, pid } = await supervisor.start()
  await ask(`${url}/stdout`, 'POST', 'one\ntwo\nthree\n')
  await next('log', ({ line }) => line === 'three')
  const lines = []
  for await (const line of supervisor.logs({ tail: 2 })) lines.push(line)
  expect(lines).toEqual([
    { stream: 'stdout', line: 'two', cut: false, pid, time: expect.any(Number) },
    { stream: 'stdout', line: 'three', cut: false, pid, time: expect.any(Number) },
  ])
  const none = []
  for await (const line of supervisor.logs({ tail: 0 })) none.push(line)
  expect(none).toEqual([])
})

test('logs({ follow }) goes on over a restart, and ends with its signal', async () => {
  await using scene = createScene()
  const { supervisor, next } = scene.supervise('writes-request-bodies')
  const { url, pid } = await supervisor.start()
  await next('ready')
  await ask(`${url}/stdout`, 'POST', 'before\n')
  await next('log')
  const end = new AbortController()
  const lines: string[] = []
  const reading = (async () => {
    for await (const { line } of supervisor.logs({ tail: 1, follow: true, signal: end.signal })) lines.push(line)
  })()
  await until('the kept line was read', () => lines.length === 1)
  process.kill(pid!, 'SIGKILL')
  await next('ready')
  await ask(`${url}/stdout`, 'POST', 'after\n')
  await until('the new line was read', () => lines.length === 2)
  expect(lines).toEqual(['before', 'after'])
  end.abort()
  await reading
})

test('a listener that dawdles over every line delays, and spoils nothing', async () => {
  await using scene = createScene()
  const { supervisor, next } = scene.supervise('prints-ready', { port: false, readiness: { kind: 'log', pattern: 'is ready' } })
  supervisor.on('log', () => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50)
  })
  await supervisor.start()
  await next('ready')
  await supervisor.stop()
  expect(supervisor.state.state).toBe('stopped')
})
