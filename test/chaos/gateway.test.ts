import { describe, expect, test } from 'vitest'
import { type ChaosOptions, type ChaosReport, chaos } from '../../bench/lib/chaos.mjs'
import { cliPath } from '../helpers/cli.ts'
import { createScene } from '../helpers/supervised.ts'

/** Half a minute each; `SECONDS=300` for a long night. */
const seconds = Number(process.env.SECONDS ?? 30)
/** What a busy machine may add to a wait. How quick it is on a quiet one is measured in `bench/`. */
const slackMs = 1000

const storm = async (options: Partial<ChaosOptions>): Promise<ChaosReport> => {
  await using scene = createScene()
  const report = await chaos({ command: cliPath, dir: scene.dir, env: scene.env, seconds, ...options })
  scene.watchPort(report.port)
  expect(report, report.said).toMatchObject({ ranTwice: 0, neverRan: 0, code: 0, gets: { failed: 0, failures: {} } })
  return report
}

describe.sequential('ten clients, half of them GET, half POST, each asking again at once', { timeout: (seconds + 30) * 1000 }, () => {
  test('a backend that is killed every 1.5 s: no GET fails, no POST runs twice, nobody waits longer than for its boot', async () => {
    const { gets, posts, boot, kills } = await storm({})
    expect(kills).toBeGreaterThan(0.6 * (seconds / 1.5))
    expect(Math.max(gets.longestMs, posts.longestMs)).toBeLessThan(boot.longestMs + slackMs)
    // a POST that was being done is lost, and said to be: five clients, one each. A busy machine tells a death late: half as many more
    expect(posts.failed).toBeLessThanOrEqual(7.5 * (kills ?? 0))
    expect(Object.keys(posts.failures).filter((is) => !is.startsWith('502'))).toEqual([])
  })

  test.each([
    ['one after the other', []],
    ['overlapping', ['--overlap']],
  ])('planned restarts every 2 s, %s: nothing fails', async (_how, options) => {
    const { posts, restarts, failedRestarts } = await storm({ evil: 'restart', options })
    expect(restarts).toBeGreaterThan(0.5 * (seconds / 2))
    expect(failedRestarts).toBe(0)
    expect(posts).toMatchObject({ failed: 0, failures: {} })
  })

  test('the backend that drains by itself is not waited for longer than its requests take', async () => {
    const { posts, gets, boot } = await storm({ evil: 'restart', backendArgs: ['--graceful'] })
    expect(posts).toMatchObject({ failed: 0, failures: {} })
    expect(Math.max(gets.longestMs, posts.longestMs)).toBeLessThan(boot.longestMs + slackMs)
  })

  test('a standby takes over: no GET fails, nobody waits for a boot', async () => {
    const { gets, boot, kills } = await storm({ options: ['--standby'], patient: true })
    expect(kills).toBeGreaterThan(0.6 * (seconds / 1.5))
    expect(gets.longestMs).toBeLessThan(boot.medianMs)
  })

  test('every stream is whole or ends in an error, every WebSocket is closed within a second and can be opened again', async () => {
    const { streams, sockets } = await storm({ streams: 5, sockets: 5 })
    expect(Object.keys(streams ?? {}).sort()).toEqual(['broken', 'complete'])
    expect(sockets).toMatchObject({ notOpened: {}, wrong: 0 })
    expect(sockets?.longestCloseMs).toBeLessThan(1000)
  })
})
