import { expect, test } from 'vitest'
import { type ChaosOptions, type ChaosReport, chaos } from '../../bench/lib/chaos.mjs'
import { cliPath } from '../helpers/cli.ts'
import { createScene } from '../helpers/supervised.ts'

/** Seconds of what `gateway.test.ts` does for minutes. */
const briefly = async (options: Partial<ChaosOptions>): Promise<ChaosReport> => {
  await using scene = createScene()
  const report = await chaos({
    ...{ command: cliPath, dir: scene.dir, env: scene.env },
    ...{ seconds: 2, everyMs: 600, bootMs: 150, boots: 1, ...options },
  })
  scene.watchPort(report.port)
  return report
}

const nothing = { failed: 0, failures: {} }

test('while the backend is killed again and again no GET fails, and no POST runs twice', async () => {
  const { gets, posts, kills, ...report } = await briefly({ streams: 2, sockets: 2 })
  expect(kills, report.said).toBeGreaterThan(1)
  expect(gets).toMatchObject(nothing)
  // what was being done cannot be done again
  expect(Object.keys(posts.failures).filter((is) => !is.startsWith('502'))).toEqual([])
  expect(report).toMatchObject({ ranTwice: 0, neverRan: 0, code: 0 })
  // each stream is whole, or says that it is not
  expect(Object.keys(report.streams ?? {}).sort()).toEqual(['broken', 'complete'])
  expect(report.sockets).toMatchObject({ notOpened: {}, wrong: 0 })
  expect(report.sockets?.longestCloseMs).toBeLessThan(1000)
  expect(report.sockets?.opened).toBeGreaterThan(2)
})

test('planned restarts fail nobody', async () => {
  const { gets, posts, restarts, ...report } = await briefly({ evil: 'restart' })
  expect(restarts, report.said).toBeGreaterThan(0)
  expect(gets).toMatchObject(nothing)
  expect(posts).toMatchObject(nothing)
  expect(report).toMatchObject({ ranTwice: 0, neverRan: 0, failedRestarts: 0, code: 0 })
})

test('planned restarts that overlap fail nobody, and nobody waits for the boot', async () => {
  const { gets, posts, restarts, ...report } = await briefly({ evil: 'restart', bootMs: 400, options: ['--overlap'] })
  expect(restarts, report.said).toBeGreaterThan(0)
  expect(gets).toMatchObject(nothing)
  expect(posts).toMatchObject(nothing)
  expect(gets.longestMs).toBeLessThan(report.boot.medianMs)
  expect(report).toMatchObject({ ranTwice: 0, neverRan: 0, failedRestarts: 0, code: 0 })
})

test('with a standby a kill fails no GET, and nobody waits for the boot', async () => {
  const { gets, posts, kills, ...report } = await briefly({ options: ['--standby'], bootMs: 400, patient: true })
  expect(kills, report.said).toBeGreaterThan(0)
  expect(gets).toMatchObject(nothing)
  expect(Object.keys(posts.failures).filter((is) => !is.startsWith('502'))).toEqual([])
  expect(gets.longestMs).toBeLessThan(report.boot.medianMs)
  expect(report).toMatchObject({ ranTwice: 0, neverRan: 0, code: 0 })
})
