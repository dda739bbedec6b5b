import { describe, expect, it } from 'vitest'
import type { LaunchSpec } from '../../src/launch/launcher.ts'
import { spawnLauncher } from '../../src/launch/spawn.ts'

const printing = (megabytes: number): LaunchSpec => ({
  command: process.execPath,
  execArgv: ['-e', `process.stdout.write('x'.repeat(${megabytes} * 1024 * 1024)); process.stderr.write('done')`],
  script: undefined,
  args: [],
  cwd: process.cwd(),
  env: {},
  instanceId: 'test',
})
const launch = (spec: LaunchSpec) => spawnLauncher(process.platform).launch(spec)
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('the output of a child', () => {
  it('waits for a listener that is slow, and loses nothing', async () => {
    const child = await launch(printing(20))
    let [bytes, waiting, most] = [0, 0, 0]
    child.onOutput((stream, chunk) => {
      if (stream === 'stderr') return undefined
      bytes += chunk.length
      waiting += 1
      most = Math.max(most, waiting)
      return turn()
        .then(turn)
        .then(turn)
        .then(() => {
          waiting -= 1
        })
    })
    await child.drained
    expect(bytes).toBe(20 * 1024 * 1024)
    // one chunk may be on its way when the stream is stopped
    expect(most).toBeLessThanOrEqual(2)
    expect(await child.exited).toEqual({ code: 0, signal: null })
  })

  it('goes on though a listener fails to take it', async () => {
    const child = await launch(printing(1))
    let bytes = 0
    child.onOutput(async (stream, chunk) => {
      if (stream === 'stdout') bytes += chunk.length
      throw new Error('no room')
    })
    await child.drained
    expect(bytes).toBe(1024 * 1024)
  })

  it('is drained though nobody listens', async () => {
    const child = await launch(printing(1))
    expect(await child.exited).toEqual({ code: 0, signal: null })
    await child.drained
  })
})
