import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createScene, fixture, type Scene } from '../helpers/supervised.ts'

/** The command as it is installed, for this test alone. */
const install = (scene: Scene) => {
  const dist = join(scene.dir, 'dist')
  cpSync('dist', dist, { recursive: true, filter: (path) => !path.endsWith('.cache') })
  const cache = join(dist, '.cache')
  const run = (...args: string[]): string =>
    execFileSync(process.execPath, [join(dist, 'cli.js'), ...args], {
      env: scene.env,
      cwd: scene.dir,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  const serveOnce = (): void => void run('start', '--detach', fixture('listens'), '--name', 'api')
  return { cache, run, serveOnce, kept: (): string[] => (existsSync(cache) ? readdirSync(cache) : []) }
}

test('compiled code is kept from the first service that was ready, for this user to write alone', async () => {
  await using scene = createScene()
  const { cache, run, serveOnce, kept } = install(scene)
  run('--version')
  expect(kept()).toEqual([])
  serveOnce()
  run('stop')
  const [name = '', another] = kept()
  expect(another).toBeUndefined()
  expect(name).toContain(process.version)
  const { size, mtimeMs, mode } = statSync(join(cache, name))
  expect(size).toBeGreaterThan(100_000)
  expect(mode & 0o022).toBe(0)
  // used, and not written again
  serveOnce()
  run('stop')
  expect(statSync(join(cache, name)).mtimeMs).toBe(mtimeMs)
})

test('what was kept and is damaged, or that others may write to, is made anew', async () => {
  await using scene = createScene()
  const { cache, run, serveOnce, kept } = install(scene)
  serveOnce()
  run('stop')
  const path = join(cache, kept()[0]!)
  writeFileSync(path, 'not what V8 wrote')
  expect(run('--version')).toMatch(/^\d/)
  serveOnce()
  run('stop')
  expect(statSync(path).size).toBeGreaterThan(100_000)
  chmodSync(path, 0o666)
  serveOnce()
  run('stop')
  expect(statSync(path).mode & 0o022).toBe(0)
})

test('where nothing can be kept it runs all the same', async () => {
  await using scene = createScene()
  const { cache, run, serveOnce } = install(scene)
  writeFileSync(cache, 'in the way')
  serveOnce()
  run('stop')
  expect(run('which', 'node', '--json')).toContain(process.execPath)
})

test('a config of its own is imported from kept code, too', async () => {
  await using scene = createScene()
  const { run, serveOnce } = install(scene)
  serveOnce()
  run('stop')
  const folder = join(scene.dir, 'project')
  mkdirSync(folder)
  const config = scene.file(
    'project/jarvis.config.mjs',
    `export default { name: 'configured', script: ${JSON.stringify(fixture('listens'))} }`,
  )
  run('start', '--detach', '--config', config)
  expect(run('status', '--json')).toContain('"configured"')
  run('stop')
})
