import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { DoctorReport } from '../../src/doctor.ts'
import { type Cli, runCli, startCli } from '../helpers/cli.ts'
import { createScene, type Scene } from '../helpers/supervised.ts'

/** Serves, and throws a second after its first answer, for as many runs as it is told: then it stays. */
const fragile = `
import { appendFileSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
appendFileSync('runs', '.')
const isLast = readFileSync('runs', 'utf8').length > Number(process.env.CRASHES)
let hasAnswered = false
createServer((_request, response) => {
  response.end('fine')
  if (hasAnswered || isLast) return
  hasAnswered = true
  setTimeout(() => { throw new TypeError('boom') }, 1000)
}).listen(process.env.PORT, process.env.HOST)
`

const supervise = (scene: Scene, source: string, more: object = {}): Cli => {
  scene.file('server.mjs', source)
  const restart = { backoff: { initialMs: 50, maxMs: 100 }, intensity: { maxRestarts: 1000 } }
  scene.file('jarvis.config.json', JSON.stringify({ name: 'api', script: 'server.mjs', restart, ...more }))
  return startCli(scene, ['start'])
}

const ready = (times: number): RegExp => new RegExp(String.raw`(?:ready at[\s\S]*){${times}}`)

const reportOf = async (scene: Scene, ...args: string[]): Promise<DoctorReport> => {
  const { stdout } = await runCli(scene, ['doctor', '--json', ...args])
  return JSON.parse(String(stdout)) as DoctorReport
}

const supervisorIn = ({ checks }: DoctorReport) => checks.find(({ id }) => id === 'supervisor')

describe('a service that crashes again and again', () => {
  it('is told so where it answers at this moment, with how it ended last and where to read more', async () => {
    await using scene = createScene()
    await supervise(scene, fragile, { env: { CRASHES: '3' } }).saying(ready(4))
    const { stdout, code } = await runCli(scene, ['doctor'])
    const [first, ...rest] = String(stdout).trimEnd().split('\n')
    expect(first).toMatch(/^✔ api answers at http:\S+ \(200 in \d+ ms, ours\)\.$/)
    const words = rest.join(' ').replace(/\s+/g, ' ')
    expect(words).toMatch(
      /^! 3 restarts in the last minute; the last exit \d+ m?s ago: exit code 1 after [\d.]+ s \(TypeError: boom\) → See what it said: jarvis-supervise logs api --tail 50$/,
    )
    expect(code).toBe(0)
    const logs = await runCli(scene, ['logs', 'api', '--tail', '50'])
    expect(String(logs.stdout)).toContain('TypeError: boom')
  })

  it('is judged alike by what was kept of the look', async () => {
    await using scene = createScene()
    await supervise(scene, fragile, { env: { CRASHES: '2' } }).saying(ready(3))
    const seen = await reportOf(scene, '--bundle', join(scene.dir, 'seen.json'))
    const again = await reportOf(scene, '--replay', join(scene.dir, 'seen.json'))
    expect(seen.verdict.code).toBe('HEALTHY')
    expect(supervisorIn(seen)).toMatchObject({ status: 'warn', title: expect.stringMatching(/^2 restarts in the last minute; /) })
    expect(supervisorIn(again)).toEqual(supervisorIn(seen))
  })

  it('is never called healthy without a word, whenever one looks, nor its next run a stranger', async () => {
    await using scene = createScene()
    await supervise(scene, fragile, { env: { CRASHES: '1000' } }).saying(ready(3))
    for (let looks = 0; looks < 3; looks += 1) {
      const report = await reportOf(scene)
      expect(supervisorIn(report)?.status).toMatch(/^(?:warn|fail)$/)
      expect(['HEALTHY', 'CRASHED_ON_REQUEST', 'UNKNOWN']).toContain(report.verdict.code)
      if (!report.ok) expect(report.verdict.confidence).not.toBe('certain')
      expect(report.checks.filter(({ title }) => /not of the service|not ours/.test(title)).map(({ title }) => title)).toEqual([])
    }
  })

  it('is not healthy while its supervisor waits before the next run', async () => {
    await using scene = createScene()
    const restart = { backoff: { initialMs: 60_000, maxMs: 60_000 } }
    await supervise(scene, "throw new TypeError('boom')", { restart }).saying(/starting again in \d+ ms/)
    const report = await reportOf(scene)
    expect(report.ok).toBe(false)
    expect(supervisorIn(report)).toMatchObject({
      status: 'fail',
      title: expect.stringMatching(/^backoff, 1 restart: it waits .*; the last exit .*: exit code 1 after .* \(TypeError: boom\)$/),
    })
  })
})

describe('a service that is well', () => {
  it('is one calm line though it has crashed once', async () => {
    await using scene = createScene()
    await supervise(scene, fragile, { env: { CRASHES: '1' } }).saying(ready(2))
    const { stdout } = await runCli(scene, ['doctor'])
    expect(String(stdout)).toMatch(/^✔ api answers at [^\n]*\n$/)
  })

  it('is one calm line though somebody has asked for restarts', async () => {
    await using scene = createScene()
    const service = supervise(scene, fragile, { env: { CRASHES: '0' } })
    await service.saying(ready(1))
    for (let times = 0; times < 3; times += 1) expect((await runCli(scene, ['restart', 'api'])).code).toBe(0)
    const { stdout } = await runCli(scene, ['doctor'])
    expect(String(stdout)).toMatch(/^✔ api answers at [^\n]*\n$/)
  })
})
