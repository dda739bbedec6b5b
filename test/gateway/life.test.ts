import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { Life, type LifeSigns, noSigns, tellAtLastMs } from '../../src/gateway/life.ts'

type Sign = ReturnType<LifeSigns['sign']>

/** A process 1 that serves by these; what the kernel tells of each can be changed. */
const lifeOf = async (servers: number[]) => {
  const signs: Record<number, Sign> = { 1: 'there' }
  for (const pid of servers) signs[pid] = 'there'
  let time = 0
  let looks = 0
  const look = async (): Promise<number[]> => {
    looks += 1
    return [...servers]
  }
  const life = new Life(1, 8001, { sign: (pid) => signs[pid], servers: look }, () => time)
  await turn()
  const pass = (ms: number): void => {
    time += ms
  }
  return { life, signs, servers, pass, looks: () => looks }
}

describe('what the kernel says of those who serve', () => {
  it.each<[string, number[], Record<number, Sign>, Sign]>([
    ['the process itself', [1], { 1: 'ending' }, 'ending'],
    ['the process itself, which is there', [1], {}, 'there'],
    ['the process itself, which is gone', [1], { 1: 'gone' }, 'gone'],
    ['the process itself, which nobody can read now', [1], { 1: undefined }, undefined],
    ['another one below it', [2], { 2: 'ending' }, 'ending'],
    ['another one below it, which is there', [2], {}, 'there'],
    ['several, who are there', [1, 2, 3], {}, 'there'],
    ['several, of whom one has begun to end', [1, 2, 3], { 2: 'ending' }, undefined],
    ['whoever it is', [], {}, undefined],
  ])('%s (%j, then %j) is %s', async (_who, servers, later, sign) => {
    const { life, signs } = await lifeOf(servers)
    expect(life.servers).toEqual(servers)
    Object.assign(signs, later)
    expect(life.signOf(life.servers)).toBe(sign)
  })

  it('is asked of nobody before they are known, and where nobody can tell', () => {
    const signs: LifeSigns = { sign: () => 'there', servers: async () => [1] }
    expect(new Life(1, 8001, signs, () => 0).servers).toEqual([])
    const never = (): never => expect.fail('they were looked for')
    const life = new Life(1, 8001, { sign: () => undefined, servers: never }, () => 0)
    expect(life.signOf(life.servers)).toBeUndefined()
  })

  it('is asked of those who have taken the place of others', async () => {
    const { life, signs, servers, pass } = await lifeOf([2])
    Object.assign(signs, { 2: 'gone', 3: 'there' })
    // the place is empty for a moment
    servers.length = 0
    expect(life.signOf(life.servers)).toBe('gone')
    await turn()
    expect(life.servers).toEqual([2])
    servers.push(3)
    pass(1000)
    life.signOf(life.servers)
    await turn()
    expect(life.servers).toEqual([3])
  })

  it('is not asked more than once in a second where they are not found', async () => {
    const { life, pass, looks } = await lifeOf([])
    for (let i = 0; i < 100; i += 1) {
      life.signOf(life.servers)
      await turn()
    }
    expect(looks()).toBe(1)
    pass(1000)
    life.signOf(life.servers)
    await turn()
    expect(looks()).toBe(2)
  })

  it('is asked of nobody where looking for them fails', async () => {
    const life = new Life(1, 8001, { sign: () => 'there', servers: () => Promise.reject(new Error('EMFILE')) }, () => 0)
    await turn()
    expect([life.servers, life.signOf(life.servers)]).toEqual([[], undefined])
  })
})

describe('a process', () => {
  it('was killed where it was the one that served, and that is how it has ended', async () => {
    const killed = { code: null, signal: 'SIGKILL' }
    const wasKilled = async (servers: number[], exit: { code: number | null; signal: string | null }): Promise<boolean> => {
      const { life } = await lifeOf(servers)
      life.end(exit)
      return life.wasKilled
    }
    expect(await wasKilled([1], killed)).toBe(true)
    expect(await wasKilled([2], killed)).toBe(false)
    expect(await wasKilled([1, 2], killed)).toBe(false)
    expect(await wasKilled([1], { code: 1, signal: null })).toBe(false)
    expect((await lifeOf([1])).life.wasKilled).toBe(false)
  })

  it('closes by habit what it has closed three times, and lived', async () => {
    const { life } = await lifeOf([1])
    life.outlive()
    life.outlive()
    expect(life.closesByHabit).toBe(false)
    life.outlive()
    expect(life.closesByHabit).toBe(true)
  })
})

describe('a doubt', () => {
  const leftAfter = (losses: readonly number[], now: number): number => {
    let time = 0
    const life = new Life(1, 8001, noSigns, () => time)
    for (time of losses) life.doubt()
    time = now
    return life.doubtedMs
  }

  it.each([
    ['is none before anything is lost', [], 0, 0],
    ['lasts until a death would have been told', [0], 1, tellAtLastMs - 1],
    ['is over then', [0], tellAtLastMs, 0],
    ['is not made longer by what is lost meanwhile', [0, 50], 60, tellAtLastMs - 60],
    ['does not return at once where it goes on losing connections and lives', [0, 200, 999], 999, 0],
    ['returns after a second', [0, 200, 1000], 1000, tellAtLastMs],
  ])('%s', (_name, losses, now, left) => {
    expect(leftAfter(losses, now)).toBe(left)
  })
})
