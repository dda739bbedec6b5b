import { expect, test } from 'vitest'
import type { DoctorReport } from '../../src/doctor.ts'
import { runCli, startJsonCli } from '../helpers/cli.ts'
import { freePort, isListenedOn } from '../helpers/ports.ts'
import { createScene, fixture, type Scene } from '../helpers/supervised.ts'

const listens = fixture('listens')

const examined = async (scene: Scene, ...args: string[]): Promise<DoctorReport> => {
  const { stdout, stderr } = await runCli(scene, ['doctor', '--json', ...args])
  expect(stderr).not.toMatch(/nvalid option/)
  return JSON.parse(stdout.toString()) as DoctorReport
}

const behindDoor = (scene: Scene, port: number): string =>
  scene.file('jarvis.config.json', JSON.stringify({ script: listens, gateway: { port, token: true }, standby: true }))

test('a door that is dialled is no stranger: what is behind it is examined', async () => {
  await using scene = createScene()
  const port = scene.watchPort(await freePort())
  const cli = startJsonCli(scene, [listens, '--gateway', String(port)])
  const { url } = await cli.lines.next('ready')
  const places = [
    ['--port', String(port)],
    ['--url', `http://localhost:${port}/some/path`],
  ]
  for (const args of places) {
    const { verdict } = await examined(scene, ...args)
    expect(verdict).toMatchObject({ code: 'HEALTHY' })
    expect(verdict.title + verdict.explanation).toContain(String(url))
  }
  cli.child.kill('SIGINT')
  expect((await cli.ended).code).toBe(0)
})

test('a backend that was given up behind its door is examined by the door as well', async () => {
  await using scene = createScene()
  const port = scene.watchPort(await freePort())
  const cli = startJsonCli(scene, [fixture('exits-at-once'), '--gateway', String(port), '--no-restart'])
  await cli.lines.next('failed')
  const [named, dialled] = [await examined(scene), await examined(scene, '--port', String(port))]
  expect(dialled.ok).toBe(false)
  expect(dialled.verdict.code).toBe(named.verdict.code)
  cli.child.kill('SIGINT')
  expect((await cli.ended).code).toBe(3)
})

test.each([
  ['alone', () => []],
  ['with the address of the door', (port: number) => ['--config', 'jarvis.config.json', '--url', `http://127.0.0.1:${port}/some/path`]],
])('a trial opens no door, and starts one process: %s', async (_how, args) => {
  await using scene = createScene()
  const port = await freePort()
  behindDoor(scene, port)
  const report = await examined(scene, ...args(port))
  expect(report.verdict, JSON.stringify(report.verdict)).toMatchObject({ code: 'HEALTHY' })
  expect(isListenedOn(port)).toBe(false)
})

test('a trial on another port does without the door and the standby of the config', async () => {
  await using scene = createScene()
  const port = await freePort()
  behindDoor(scene, port)
  for (const asked of [await freePort(), port]) {
    const { verdict } = await examined(scene, '--config', 'jarvis.config.json', '--port', String(asked))
    expect(verdict, JSON.stringify(verdict)).toMatchObject({ code: 'HEALTHY' })
  }
})
