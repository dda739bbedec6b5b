import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { fusesOf } from '../../src/detect/read-fuses.ts'
import { openArchive } from '../../src/doctor/archive/read-asar.ts'
import { startApp } from '../helpers/electron/app.ts'
import { packageApp } from '../helpers/electron/archive.ts'
import { createScene } from '../helpers/supervised.ts'

const report = (expression: string): string => `const told = ${expression}
if (process.parentPort) process.parentPort.postMessage(told)
else { process.send(told); process.disconnect() }`

/** An app in an archive, in CommonJS or ESM. */
const files = (main: string): Record<string, string | { text: string; unpacked: true }> => ({
  'package.json': JSON.stringify({ name: 'packed', version: '3.0.0', main }),
  'main.cjs': `const { app } = require('electron'); const { word } = require('lib'); require('./report.cjs').report(app, word)`,
  'main.mjs': `import { app } from 'electron'; import word, { word as named } from 'lib'; import { report } from './report.cjs'; report(app, word + named)`,
  'report.cjs': `exports.report = (app, word) => console.log(JSON.stringify([word, app.getName(), app.isPackaged, app.getAppPath(), process.resourcesPath]))`,
  'data.txt': 'packed text',
  'node_modules/lib/package.json': JSON.stringify({ name: 'lib', exports: { import: './lib.mjs', require: './lib.cjs' } }),
  'node_modules/lib/lib.mjs': `export default 'es'; export const word = 'm'`,
  'node_modules/lib/lib.cjs': `exports.word = 'common'`,
  'child.cjs': report(`[require('lib').word, require.main === module]`),
  'child.mjs': `import word from 'lib'; ${report('[word, import.meta.url.slice(-9)]')}`,
  'outside.cjs': { unpacked: true, text: report(`[__filename.includes('.unpacked')]`) },
})

it.each([
  ['main.cjs', 'common'],
  ['main.mjs', 'esm'],
])('runs %s out of the archive beside the executable', async (main, word) => {
  await using scene = createScene()
  const folder = join(scene.dir, 'out')
  const app = await startApp(scene, { app: packageApp(folder, files(main)), cwd: '/' })
  await app.ready()
  const resources = join(folder, 'resources')
  expect(JSON.parse(app.said())).toEqual([word, 'packed', true, join(resources, 'app.asar'), resources])
})

it('reads files in it by every way of fs, and writes none', async () => {
  await using scene = createScene()
  const app = await startApp(scene, { app: packageApp(join(scene.dir, 'out'), files('main.cjs')) })
  await app.ready()
  const inApp = (expression: string): Promise<unknown> =>
    app.main(`(async (fs, at, { text }) => (${expression}))(require('fs'), electron.app.getAppPath() + '/', require('stream/consumers'))`)
  const whole = 'packed text'
  expect(await inApp(`fs.readFileSync(at + 'data.txt', 'utf8')`)).toBe(whole)
  expect(await inApp(`fs.promises.readFile(at + 'data.txt', 'utf8')`)).toBe(whole)
  expect(await inApp(`new Promise((done) => fs.readFile(at + 'data.txt', 'utf8', (_e, text) => done(text)))`)).toBe(whole)
  expect(await inApp(`text(fs.createReadStream(at + 'data.txt', { start: 7 }))`)).toBe('text')
  expect(
    await inApp(
      `[fs.existsSync(at), fs.existsSync(at + 'no'), fs.statSync(at + 'data.txt').size, fs.statSync(at + 'node_modules').isDirectory()]`,
    ),
  ).toEqual([true, false, 11, true])
  expect(
    await inApp(
      `[fs.realpathSync(at + 'data.txt') === at + 'data.txt', fs.readdirSync(at + 'node_modules'), fs.accessSync(at + 'data.txt')]`,
    ),
  ).toEqual([true, ['lib'], null])
  expect(await inApp(`fs.readFileSync(at + 'outside.cjs', 'utf8').length > 0`)).toBe(true)
  await expect(inApp(`fs.openSync(at + 'data.txt', 'w')`)).rejects.toMatchObject({ code: 'EACCES' })
  await expect(inApp(`fs.promises.readFile(at + 'no')`)).rejects.toMatchObject({ code: 'ENOENT' })
  expect(await inApp(`(process.noAsar = true, fs.existsSync(at + 'data.txt'))`)).toBe(false)
})

it('is no folder to other programs: what they are to read or run must lie beside it', async () => {
  await using scene = createScene()
  const app = await startApp(scene, { app: packageApp(join(scene.dir, 'out'), files('main.cjs')) })
  await app.ready()
  const code = (call: string): Promise<unknown> => app.main(`((child, at) => ${call})(require('child_process'), electron.app.getAppPath())`)
  expect(await code(`child.spawnSync('cat', [at + '/data.txt']).status`)).toBe(1)
  expect(await code(`child.spawnSync('true', { cwd: at }).error.code`)).toBe('ENOTDIR')
  expect(await code(`child.spawnSync(at + '/data.txt').error.code`)).toBe('ENOTDIR')
})

it.each([
  ['child.cjs', ['common', true]],
  ['child.mjs', ['es', 'child.mjs']],
  ['outside.cjs', [false]],
])('runs %s of the archive, forked and as a utility process', async (name, told) => {
  await using scene = createScene()
  const app = await startApp(scene, { app: packageApp(join(scene.dir, 'out'), files('main.cjs')) })
  await app.ready()
  const at = join(scene.dir, 'out', 'resources', 'app.asar', name)
  const saidBy = (start: string, last: string): Promise<unknown> =>
    app.main(`new Promise((resolve) => {
  let told
  const child = ${start}('${at}')
  child.on('message', (message) => { told = message; if ('${last}' === 'message') resolve(told) })
  child.on('exit', () => resolve(told))
})`)
  expect(await saidBy(`require('child_process').fork`, 'exit')).toEqual(told)
  expect(await saidBy('electron.utilityProcess.fork', 'message')).toEqual(told)
})

it('is a Node with ELECTRON_RUN_AS_NODE, whatever it is called and without any Node about', async () => {
  await using scene = createScene()
  const executable = packageApp(join(scene.dir, 'out'), files('main.cjs'))
  const script = `console.log([process.execPath, process.versions.electron, process.type, process.execArgv.length, require('fs').readFileSync(process.resourcesPath + '/app.asar/data.txt', 'utf8')].join())`
  const said = execFileSync(executable, [scene.file('script.cjs', script)], { env: { ELECTRON_RUN_AS_NODE: '1' } })
  expect(`${said}`).toBe(`${executable},45.4.1,,0,packed text\n`)
})

it('is the app all the same where that fuse is off, which is in the file for who reads it', async () => {
  await using scene = createScene()
  const [on, off] = [true, false].map((runAsNode) =>
    packageApp(join(scene.dir, `${runAsNode}`), files('main.cjs'), { fuses: { runAsNode } }),
  ) as [string, string]
  expect(await fusesOf(on, 'linux')).toMatchObject({ runAsNode: true, wasmTrapHandlers: true, cookieEncryption: false })
  expect(await fusesOf(off, 'linux')).toMatchObject({ runAsNode: false })
  const app = await startApp(scene, { app: off, env: { ELECTRON_RUN_AS_NODE: '1' } })
  await app.ready()
  await expect(app.main(`require('child_process').fork('x.js')`)).rejects.toThrow('RunAsNode')
})

it('is an archive to other readers', async () => {
  await using scene = createScene()
  packageApp(join(scene.dir, 'out'), files('main.cjs'))
  const archive = openArchive(join(scene.dir, 'out', 'resources', 'app.asar'))
  if ('unreadable' in archive) throw new Error(archive.unreadable)
  const { entries } = archive.index
  expect([archive.whole, archive.faults, entries.get('outside.cjs')?.unpacked]).toEqual([true, [], true])
  expect(`${archive.read(entries.get('data.txt')!, 0, 100)}`).toBe('packed text')
  archive.close()
})

it('ends with 1 where there is no app', async () => {
  await using scene = createScene()
  const { status, stderr } = spawnSync(packageApp(join(scene.dir, 'out'), {}), [], { env: scene.env, encoding: 'utf8' })
  expect([status, stderr]).toEqual([1, expect.stringContaining('No app')])
})
