import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { stateOf } from '../helpers/abandoned.ts'
import { runCli } from '../helpers/cli.ts'
import { ask } from '../helpers/ports.ts'
import { until } from '../helpers/processes.ts'
import { createScene, fixture, type Scene } from '../helpers/supervised.ts'

const logFolder = (scene: Scene): string => join(stateOf(scene), 'logs')
/** All that was logged, the oldest first. */
const logged = (folder: string): string => {
  const ageOf = (name: string): number => Number(/\.(\d+)$/.exec(name)?.[1] ?? 0)
  const names = readdirSync(folder).sort((a, b) => ageOf(b) - ageOf(a))
  return names.map((name) => readFileSync(join(folder, name), 'utf8')).join('')
}
/** Without time and pid. */
const linesOf = (log: string): string[] => log.split('\n').map((line) => line.replace(/^\S+ \d+ /, ''))

test('output is on disk, line by line, with what the supervisor has to say, for this user alone', async () => {
  await using scene = createScene()
  const { supervisor } = scene.supervise('writes-request-bodies')
  const { url, pid } = await supervisor.start()
  await ask(`${url}/stdout`, 'POST', 'to stdout\nunfinished')
  await ask(`${url}/stderr`, 'POST', 'to stderr\r\n')
  await supervisor[Symbol.asyncDispose]()
  const lines = linesOf(logged(logFolder(scene)))
  expect(lines).toEqual(expect.arrayContaining(['out | to stdout', 'err | to stderr', 'out | unfinished']))
  expect(lines[0]).toMatch(new RegExp(`^sup \\| ready at ${url} \\(pid ${pid}, \\d+ ms\\)$`))
  expect(lines.at(-2)).toBe('sup | stopped')
  const [name = ''] = readdirSync(logFolder(scene))
  expect(statSync(join(logFolder(scene), name)).mode & 0o777).toBe(0o600)
  expect(statSync(logFolder(scene)).mode & 0o777).toBe(0o700)
})

test('tokens are taken out on disk, and names and queries too in what is shown', async () => {
  await using scene = createScene()
  const { supervisor, next, all } = scene.supervise('writes-request-bodies')
  const { url } = await supervisor.start()
  const token = `sk-ant-api03-${'a1B2'.repeat(20)}`
  await ask(`${url}/stdout`, 'POST', `key ${token}\nDATABASE_PASSWORD=hunter2hunter2 GET /x?session=s3cr3ts3cr3t\n`)
  await next('log', ({ line }) => line.includes('GET'))
  expect(all('log')[0]?.line, 'what the app itself reads is untouched').toBe(`key ${token}`)
  const shown = await runCli(scene, ['logs'])
  await supervisor[Symbol.asyncDispose]()
  const [{ tail } = { tail: [] }] = all('exit')
  for (const text of [logged(logFolder(scene)), tail.join('\n')]) {
    expect(text).toContain('key sk-ant-')
    expect(text).not.toContain(token)
  }
  expect(tail.join('\n')).not.toMatch(/hunter2|s3cr3t/)
  expect(shown.stdout.toString()).not.toMatch(/hunter2|s3cr3t|a1B2a1B2/)
})

test('files are put aside when they are full, and the oldest are removed', async () => {
  await using scene = createScene()
  const logs = { maxBytes: 1_000_000, maxFiles: 3, dir: join(scene.dir, 'elsewhere') }
  const { supervisor, next } = scene.supervise('prints-flood', { port: false, restart: { when: 'never' }, logs })
  await supervisor.start()
  await next('state', ({ to }) => to === 'stopped')
  await supervisor[Symbol.asyncDispose]()
  const names = readdirSync(logs.dir)
  expect(names).toHaveLength(3)
  for (const name of names) expect(statSync(join(logs.dir, name)).size).toBeLessThanOrEqual(1_000_000)
  const numbers = linesOf(logged(logs.dir)).flatMap((line) => /^out \| (\d+)\./.exec(line)?.[1] ?? [])
  expect(numbers.at(-1)).toBe('199999')
  expect(numbers.length).toBeGreaterThan(10_000)
  expect(
    numbers.findIndex((n, i) => i > 0 && Number(n) !== Number(numbers[i - 1]) + 1),
    'none is missing',
  ).toBe(-1)
})

const mounts = process.getuid?.() === 0 && spawnSync('mount', ['--version']).status === 0

test.skipIf(!mounts)('a full disk stops nobody, and what was dropped is said when there is room again', async () => {
  await using scene = createScene()
  const dir = join(scene.dir, 'small')
  mkdirSync(dir)
  expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', dir]).status).toBe(0)
  scene.atEnd(() => expect(spawnSync('umount', ['-l', dir]).status).toBe(0))
  const filler = join(dir, 'filler')
  writeFileSync(filler, Buffer.alloc(240_000))
  const { supervisor, all, next } = scene.supervise('writes-request-bodies', { logs: { dir, maxBytes: 50_000, maxFiles: 2 } })
  const { url, pid } = await supervisor.start()
  for (let i = 0; i < 60; i += 1) await ask(`${url}/stdout`, 'POST', `${`${i}`.padEnd(99, 'x')}\n`.repeat(1000))
  expect(await ask(`${url}/`)).toMatchObject({ status: 200 })
  expect(all('log').length, 'nothing is lost for those who listen').toBe(60_000)
  writeFileSync(filler, '')
  const said = (): string => logged(dir).replaceAll('\0', '')
  let asked = 0
  await until('it says what was dropped', async () => {
    asked += 1
    await ask(`${url}/stdout`, 'POST', `again ${asked}\n`)
    return /sup \| \d+ lines \(\d+ bytes\) dropped here: ENOSPC/.test(said())
  })
  expect((await supervisor.status()).pid).toBe(pid)
  await supervisor.stop()
  await next('exit')
  await supervisor[Symbol.asyncDispose]()
})

test('a line of 50 MB without its end costs no more memory than others', async () => {
  await using scene = createScene()
  const script =
    "const piece = Buffer.alloc(1e6, 'x'); let left = 50; const more = () => { if (left-- > 0) process.stdout.write(piece, more); else process.stdout.write('\\nend\\n') }; more()"
  const { supervisor, next } = scene.supervise({
    name: 'long',
    command: process.execPath,
    args: ['-e', script],
    port: false,
    restart: { when: 'never' },
  })
  const before = process.memoryUsage.rss()
  await supervisor.start()
  await next('state', ({ to }) => to === 'stopped')
  await supervisor[Symbol.asyncDispose]()
  expect(process.memoryUsage.rss() - before).toBeLessThan(100_000_000)
  expect(linesOf(logged(logFolder(scene)))).toContain('out | end')
})

test('a link in the place of the log is not followed, and nobody is stopped by it', async () => {
  await using scene = createScene()
  const canary = scene.file('canary', 'alive')
  const first = scene.supervise('listens').supervisor
  await first.start()
  await first[Symbol.asyncDispose]()
  const [name = ''] = readdirSync(logFolder(scene))
  const dir = join(scene.dir, 'other')
  mkdirSync(dir)
  symlinkSync(canary, join(dir, name))
  const { supervisor } = scene.supervise('listens', { logs: { dir } })
  expect(await supervisor.start()).toMatchObject({ state: 'ready' })
  await supervisor[Symbol.asyncDispose]()
  expect(readFileSync(canary, 'utf8')).toBe('alive')
})

test('logs: false keeps nothing on disk', async () => {
  await using scene = createScene()
  const { supervisor } = scene.supervise({ name: 'quiet', script: fixture('listens'), logs: false })
  await supervisor.start()
  await supervisor[Symbol.asyncDispose]()
  expect(readdirSync(stateOf(scene))).toEqual([])
})
