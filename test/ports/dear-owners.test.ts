import { describe, expect, it } from 'vitest'
import { type Question, whoAnswers } from '../../src/ports/answerer.ts'
import { portOwnersByLook } from '../../src/ports/by-look.ts'
import { tie } from '../../src/ports/holders.ts'
import type { Listener } from '../../src/ports/owners.ts'
import type { ProcessRow, ProcessTable } from '../../src/process/table.ts'

const row = (pid: number): ProcessRow => ({ pid, startTime: `${pid}`, bootId: '', ppid: 1, pgid: 0, state: '', name: `name-${pid}` })
const listener = (pid: number): Listener => ({
  ...{ family: 'ipv4', address: '127.0.0.1', port: 80, socket: tie([pid], '127.0.0.1 80'), acceptQueue: -1 },
})

/** A machine of which nothing is known without running a tool; 7 is our child, 8 is a stranger. */
const machine = (seen: Listener[] | undefined) => {
  const looks: string[] = []
  const table: ProcessTable = {
    identify: (pid) => row(pid),
    list: async () => [row(7), row(8)],
    tree: async (pid) => {
      looks.push('tree')
      return [row(pid)]
    },
    environmentOf: () => undefined,
    commandOf: () => 'a stranger',
    usageOf: () => undefined,
  }
  const see = async () => {
    looks.push('listeners')
    return seen
  }
  return { table, owners: portOwnersByLook({ see, seeUnix: null, shows: async () => true }, table), looks }
}

const reported = [{ address: '127.0.0.1', port: 80 }]
const ask = async (seen: Listener[] | undefined, more: Partial<Question>) => {
  const { owners, table, looks } = machine(seen)
  const question = { pid: 7, instanceId: '', target: { host: '127.0.0.1', port: 80 }, name: false, reported: [], ...more }
  return { ...(await whoAnswers(question, owners, table)), looks: looks.length }
}

describe('where asking is dear', () => {
  it.each([
    ['what the child has just said', { reported, believe: true }],
    ['what the child has said at any time', { reported }],
  ])('%s is believed without a look', async (_, more) => {
    expect(await ask([listener(8)], more)).toMatchObject({ verdict: 'ours', looks: 0 })
  })

  it('what was proved once is believed without a look, and is still there to be believed', async () => {
    const proved = [listener(7)]
    expect(await ask([listener(8)], { proved })).toMatchObject({ verdict: 'ours', serving: proved, looks: 0 })
    expect(await ask([listener(8)], { proved, reported })).toMatchObject({ verdict: 'ours', serving: proved, looks: 0 })
  })

  it('somebody is asked where nothing was said: whether what was spawned is ready', async () => {
    const { verdict, serving, looks } = await ask([listener(7)], {})
    expect({ verdict, serving }).toEqual({ verdict: 'ours', serving: [listener(7)] })
    expect(looks).toBeGreaterThan(0)
  })

  it.each([
    ['another port', [{ address: '127.0.0.1', port: 81 }]],
    ['another address', [{ address: '127.0.0.2', port: 80 }]],
  ])('what was said of %s says nothing', async (_, said) => {
    expect(await ask([listener(8)], { reported: said })).toMatchObject({ verdict: 'foreign', stranger: null })
  })

  it.each([
    ['the stranger is named', [listener(8)], { verdict: 'foreign', stranger: 'pid 8 (a stranger)' }],
    ['nobody is there', [], { verdict: 'nobody' }],
    ['it is still ours', [listener(7)], { verdict: 'ours' }],
  ])('a failure is looked into, whatever was said and proved before: %s', async (_, seen, expected) => {
    expect(await ask(seen, { name: true, reported, proved: [listener(7)] })).toMatchObject(expected)
  })

  it.each([
    ['unknown', []],
    ['ours, by what the child has said', reported],
  ])('it is %s where the tool fails', async (what, said) => {
    expect((await ask(undefined, { name: true, reported: said })).verdict).toBe(what.split(',')[0])
  })
})

describe('a socket that nothing of the system tells of (Windows)', () => {
  const target = { host: 'localhost', port: 0, socketPath: String.raw`\\.\pipe\api` }

  it('is unknown, and no look is wasted on it', async () => {
    expect(await ask([listener(7)], { target })).toMatchObject({ verdict: 'unknown', looks: 0 })
  })

  it('is ours where the child has said so', async () => {
    expect(await ask([], { target, reported: [{ address: target.socketPath, port: 0 }] })).toMatchObject({ verdict: 'ours', looks: 0 })
    expect(await ask([], { target, reported: [{ address: 'another', port: 0 }] })).toMatchObject({ verdict: 'unknown' })
  })
})
