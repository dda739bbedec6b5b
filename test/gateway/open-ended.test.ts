import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { Generation } from '../../src/gateway/gate.ts'
import { Life, type LifeSigns } from '../../src/gateway/life.ts'
import { watchOpenEnd } from '../../src/gateway/open-ended.ts'

type Sign = ReturnType<LifeSigns['sign']>

const killed = { code: null, signal: 'SIGKILL' }
const failed = { code: 1, signal: null }

interface Story {
  /** Who serves, of process 1; found before the head of the answer, or after it. */
  readonly servers?: readonly number[]
  readonly found?: 'before' | 'after'
  /** What the kernel says at the head, and at the end. */
  readonly head?: Sign
  readonly end?: Sign
  /** And when its death would have been told. Default: the same. */
  readonly late?: Sign
  readonly habit?: boolean
  /** How process 1 ends right after. */
  readonly exit?: typeof killed | typeof failed
}

const isWhole = async ({
  servers = [1],
  found = 'before',
  head = 'there',
  end = 'there',
  late = end,
  habit = false,
  exit,
}: Story): Promise<boolean> => {
  let sign: Sign = 'there'
  let find = (_servers: readonly number[]): void => {}
  const finding = new Promise<readonly number[]>((resolve) => {
    find = resolve
  })
  const life = new Life(1, 8001, { sign: () => sign, servers: () => finding }, () => 0)
  if (habit) for (let i = 0; i < 3; i += 1) life.outlive()
  const [ended, retired] = [new AbortController(), new AbortController()]
  const generation: Generation = {
    ...{ number: 1, pid: 1, address: { host: '127.0.0.1', port: 8001 }, life },
    ...{ retired: retired.signal, ended: ended.signal },
  }
  if (found === 'before') find(servers)
  await turn()
  sign = head
  const atEnd = watchOpenEnd(generation)
  find(servers)
  await turn()
  sign = end
  const whole = atEnd()
  sign = late
  if (exit !== undefined) {
    life.end(exit)
    ended.abort()
  }
  return whole
}

describe('an answer that ends with its connection', () => {
  it.each<[string, Story, boolean]>([
    ['is whole where its process lives on', {}, true],
    ['is whole where nobody can tell, and no death is told', { servers: [] }, true],
    ['is not where its process has begun to end', { end: 'ending' }, false],
    ['is not where it had begun to end before', { head: 'ending', end: 'ending' }, false],
    ['is not where its process is gone, whoever stood above it', { servers: [2], end: 'gone' }, false],
    ['is not where the one that was found meanwhile is gone', { servers: [2], found: 'after', end: 'gone' }, false],
    ['is whole where the one that served before was gone already', { servers: [2], head: 'gone', end: 'gone' }, true],
    ['is whole where one of several is gone', { servers: [1, 2], end: 'gone' }, true],
    ['is whole where nothing more can be read', { end: undefined }, true],
    ['is not where it is gone when more can be read', { servers: [2], end: undefined, late: 'gone' }, false],
    ['is not where it has begun to end a moment later', { servers: [2], late: 'ending' }, false],
    ['is not where its process fails right after', { exit: failed }, false],
    ['is not where nobody can tell, and its process dies right after', { servers: [], exit: killed }, false],
    ['is whole where its process is killed right after', { exit: killed }, true],
    ['is not where who stands above it is killed right after', { servers: [2], exit: killed }, false],
    ['is whole by habit, before anything more is told', { habit: true, exit: failed }, true],
    ['is not whole by habit where nobody can tell', { habit: true, servers: [], exit: failed }, false],
    ['is not whole by habit where its process has begun to end', { habit: true, end: 'ending' }, false],
  ])('%s', async (_what, story, whole) => {
    expect(await isWhole(story)).toBe(whole)
  })
})
