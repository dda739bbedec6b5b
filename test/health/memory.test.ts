import { describe, expect, it } from 'vitest'
import { watchMemory } from '../../src/health/memory.ts'
import { FakeClock } from '../helpers/fake-clock.ts'

const mb = 1024 * 1024

const watching = (used: (lookedAt: number) => number) => {
  const clock = new FakeClock()
  const run = new AbortController()
  const looks: number[] = []
  let said: string | undefined
  const usedBytes = async (): Promise<number> => {
    looks.push(clock.now())
    return used(clock.now())
  }
  void watchMemory({ limitBytes: 512 * mb, usedBytes, clock, signal: run.signal }).then((message) => {
    said = message
  })
  return { clock, run, looks, said: () => said }
}

describe('a limit of memory', () => {
  it('is looked at every five seconds, and not reached by what is within it', async () => {
    const { clock, looks, said } = watching(() => 512 * mb)
    await clock.advance(60_000)
    expect(looks).toEqual(Array.from({ length: 12 }, (_, i) => 5000 * (i + 1)))
    expect(said()).toBeUndefined()
  })

  it('is exceeded by what is above it twice, a second apart, and says so with both figures', async () => {
    const { clock, looks, said } = watching((at) => (at > 12_000 ? 612 : 100) * mb)
    await clock.advance(15_000)
    expect(said()).toBeUndefined()
    await clock.advance(1000)
    expect(looks).toEqual([5000, 10_000, 15_000, 16_000])
    expect(said()).toBe('uses 612 MB of memory, limits.maxMemoryMb is 512')
  })

  it('forgives a moment, in which a process that starts another counts twice', async () => {
    const { clock, looks, said } = watching((at) => (at === 5000 ? 900 : 400) * mb)
    await clock.advance(20_000)
    expect(looks).toEqual([5000, 6000, 11_000, 16_000])
    expect(said()).toBeUndefined()
  })

  it('is nothing any more when the run has ended', async () => {
    const { clock, run, looks, said } = watching(() => 900 * mb)
    await clock.advance(5000)
    run.abort()
    await clock.advance(60_000)
    expect(looks).toEqual([5000])
    expect(said()).toBeUndefined()
    expect(clock.pending).toBe(0)
  })
})
