import { describe, expect, it } from 'vitest'
import type { OwnedListener, PortOwners } from '../../src/ports/owners.ts'
import { describePorts } from '../../src/ports/table.ts'
import type { ProcessRow } from '../../src/process/table.ts'

const owner = (pid: number, name = 'node'): ProcessRow => ({ pid, startTime: '5', bootId: 'b', ppid: 1, pgid: pid, state: 'S', name })
const listener = (port: number, address: string, who: ProcessRow | undefined): OwnedListener => ({
  port,
  address,
  family: address.includes(':') ? 'ipv6' : 'ipv4',
  socket: `${port}${address}${who?.pid}`,
  acceptQueue: 0,
  owner: who,
})
const ownersOf = (all: readonly OwnedListener[]): PortOwners => ({
  cost: 'cheap',
  listeners: async () => [...all],
  heldBy: async () => [],
  ownersOf: async (asked) => {
    const listeners = await asked
    return all.filter((one) => listeners.includes(one))
  },
  listenersAt: null,
  canTell: async () => true,
})
const worldOf = (all: readonly OwnedListener[]) => ({
  owners: ownersOf(all),
  table: { commandOf: (pid: number) => (pid === 9 ? '' : `serve --token=${pid}`) },
  facts: { startedAt: () => Date.UTC(2025, 0, 31), userOf: () => 'ada' },
  isOurs: ({ pid }: ProcessRow) => pid === 7,
  redact: (text: string) => text.replace(/=.*/, '=…'),
})

describe('the listeners of a machine', () => {
  it('have all the fields of the contract, and no secrets', async () => {
    expect(await describePorts(worldOf([listener(3000, '127.0.0.1', owner(7))]))).toEqual([
      {
        port: 3000,
        address: '127.0.0.1',
        family: 'IPv4',
        pid: 7,
        command: 'serve --token=…',
        user: 'ada',
        ours: true,
        startedAt: '2025-01-31T00:00:00.000Z',
      },
    ])
  })

  it('are told without what is not known of them', async () => {
    expect(await describePorts(worldOf([listener(3000, '::1', undefined)]))).toEqual([
      { port: 3000, address: '::1', family: 'IPv6', pid: null, command: null, user: null, ours: false, startedAt: null },
    ])
    const unknown = { ...worldOf([listener(1, '::', owner(9, 'kernel-name'))]), facts: { startedAt: () => null, userOf: () => null } }
    expect(await describePorts(unknown)).toMatchObject([{ pid: 9, command: 'kernel-name', user: null, startedAt: null }])
  })

  it('come by port, as a number, then by address, then by process', async () => {
    const all = [
      listener(10_000, '0.0.0.0', owner(1)),
      listener(9000, '::', owner(3)),
      listener(9000, '127.0.0.1', owner(9)),
      listener(9000, '127.0.0.1', owner(3)),
    ]
    const rows = await describePorts(worldOf(all))
    expect(rows.map(({ port, address, pid }) => `${port} ${address} ${pid}`)).toEqual([
      '9000 127.0.0.1 3',
      '9000 127.0.0.1 9',
      '9000 :: 3',
      '10000 0.0.0.0 1',
    ])
  })

  it('are those of one port where one is asked for', async () => {
    const all = [listener(80, '0.0.0.0', owner(1)), listener(8080, '0.0.0.0', owner(1))]
    expect((await describePorts(worldOf(all), 80)).map(({ port }) => port)).toEqual([80])
  })
})
