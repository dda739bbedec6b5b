import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Listener } from '../../src/ports/owners.ts'
import { answering, elsewhere, ownershipOf } from '../../src/ports/ownership.ts'

const listener = (address: string, port = 80, socket = `${address} ${port}`): Listener => ({
  family: address.includes(':') ? 'ipv6' : 'ipv4',
  address,
  port,
  socket,
  acceptQueue: 0,
})

const verdict = (host: string, ours: readonly string[], others: readonly string[]) => {
  const own = ours.map((address) => listener(address, 80, `ours ${address}`))
  return ownershipOf({ host, port: 80 }, [...others.map((address) => listener(address)), ...own], own)
}

describe('who would answer at a socket', () => {
  const target = { host: 'localhost', port: 0, socketPath: '/run/api.sock' }
  const at = (address: string, socket: string): Listener => ({ family: 'unix', address, port: 0, socket, acceptQueue: 0 })
  const [ours, others, elsewhereOnTcp] = [at('/run/api.sock', '1'), at('/run/api.sock', '2'), listener('127.0.0.1', 80)]

  it.each([
    ['nobody', [], [], 'nobody'],
    ['somebody at another path', [at('/run/api.sock.old', '3')], [], 'nobody'],
    ['ours', [ours], [ours], 'ours'],
    ['a stranger', [others], [], 'foreign'],
    // a file leads to the one that was bound last, and the table does not say which that is
    ['ours and a stranger', [ours, others], [ours], 'unknown'],
    ['ours on a port only', [elsewhereOnTcp], [elsewhereOnTcp], 'nobody'],
  ])('%s', (_what, listeners, own, expected) => {
    expect(ownershipOf(target, listeners, own)).toBe(expected)
  })

  it('a port of ours is elsewhere, as long as nobody of ours is at the path', () => {
    expect(elsewhere(target, [elsewhereOnTcp])).toEqual([elsewhereOnTcp])
    expect(elsewhere(target, [ours, elsewhereOnTcp])).toEqual([])
  })
})

describe('who would answer', () => {
  it.each<[host: string, ours: string[], others: string[], expected: string]>([
    // nobody there
    ['127.0.0.1', [], [], 'nobody'],
    ['127.0.0.1', [], ['::1'], 'nobody'],
    ['127.0.0.1', ['::1'], [], 'nobody'],
    ['127.0.0.1', ['127.0.0.2'], ['192.168.0.5'], 'nobody'],
    ['::1', ['127.0.0.1'], [], 'nobody'],
    ['::1', ['0.0.0.0'], [], 'nobody'],
    ['::1', ['::ffff:127.0.0.1'], [], 'nobody'],
    ['localhost', [], ['192.168.0.5'], 'nobody'],
    // one listener
    ['127.0.0.1', ['127.0.0.1'], [], 'ours'],
    ['127.0.0.1', ['0.0.0.0'], [], 'ours'],
    ['127.0.0.1', ['::'], [], 'ours'],
    ['127.0.0.1', ['::ffff:127.0.0.1'], [], 'ours'],
    ['127.0.0.1', ['::ffff:0.0.0.0'], [], 'ours'],
    ['127.0.0.1', [], ['0.0.0.0'], 'foreign'],
    ['127.0.0.1', [], ['::'], 'foreign'],
    ['127.0.0.2', ['0.0.0.0'], [], 'ours'],
    ['::1', ['::1'], [], 'ours'],
    ['::1', ['::'], [], 'ours'],
    ['::1', [], ['::'], 'foreign'],
    // the exact address before the wildcard, that before the dual-stack one
    ['127.0.0.1', ['127.0.0.1'], ['0.0.0.0'], 'ours'],
    ['127.0.0.1', ['0.0.0.0'], ['127.0.0.1'], 'foreign'],
    ['127.0.0.1', ['0.0.0.0'], ['::'], 'ours'],
    ['127.0.0.1', ['::'], ['0.0.0.0'], 'foreign'],
    ['127.0.0.1', ['127.0.0.1'], ['::', '::1'], 'ours'],
    ['127.0.0.1', ['::'], ['127.0.0.1'], 'foreign'],
    ['::1', ['::1'], ['::', '0.0.0.0', '127.0.0.1'], 'ours'],
    ['::1', ['::'], ['::1'], 'foreign'],
    // localhost may be either
    ['localhost', ['127.0.0.1'], [], 'ours'],
    ['localhost', ['::1'], [], 'ours'],
    ['localhost', ['127.0.0.1', '::1'], [], 'ours'],
    ['localhost', ['::'], [], 'ours'],
    ['localhost', ['127.0.0.1'], ['::1'], 'foreign'],
    ['localhost', ['::1'], ['0.0.0.0'], 'foreign'],
    // the same address is written in many ways
    ['0:0:0:0:0:0:0:1', ['::1'], [], 'ours'],
    ['FE80::A%eth0', ['fe80::a'], [], 'ours'],
    ['::ffff:127.0.0.1', ['127.0.0.1'], [], 'ours'],
    ['::ffff:7f00:1', [], ['127.0.0.1'], 'foreign'],
    // a connection to a wildcard goes to the loopback
    ['0.0.0.0', ['127.0.0.1'], [], 'ours'],
    ['0.0.0.0', ['0.0.0.0'], ['::1'], 'ours'],
    ['::', ['::1'], ['127.0.0.1'], 'ours'],
    // a name that is not resolved
    ['my.machine', ['192.168.0.5'], [], 'ours'],
    ['my.machine', [], ['192.168.0.5'], 'foreign'],
    ['my.machine', ['127.0.0.1'], ['192.168.0.5'], 'unknown'],
    ['my.machine', [], [], 'nobody'],
  ])('on %s, where ours are on %j and others on %j: %4$s', (host, ours, others, expected) => {
    expect(verdict(host, ours, others)).toBe(expected)
  })

  it('another port is none of it', () => {
    expect(ownershipOf({ host: '127.0.0.1', port: 80 }, [listener('127.0.0.1', 81)], [listener('127.0.0.1', 81)])).toBe('nobody')
  })

  it('is foreign where one of several on the same address is not ours (SO_REUSEPORT)', () => {
    const [a, b] = [listener('127.0.0.1', 80, 'a'), listener('127.0.0.1', 80, 'b')]
    expect(ownershipOf({ host: '127.0.0.1', port: 80 }, [a, b], [a])).toBe('foreign')
    expect(ownershipOf({ host: '127.0.0.1', port: 80 }, [a, b], [a, b])).toBe('ours')
  })
})

describe('of any listeners', () => {
  const address = fc.constantFrom('127.0.0.1', '127.0.0.2', '0.0.0.0', '::1', '::', '::ffff:127.0.0.1', '::ffff:0.0.0.0')
  const host = fc.constantFrom('127.0.0.1', '127.0.0.2', '::1', 'localhost', '0.0.0.0', '::', '::ffff:127.0.0.1', 'my.machine')
  const each = fc.record({ address, port: fc.constantFrom(80, 81), own: fc.boolean() })
  const scene = fc.array(each, { maxLength: 8 }).map((all) => {
    const listeners = all.map(({ address: at, port }, i) => listener(at, port, String(i)))
    return { listeners, ours: listeners.filter((_, i) => all[i]?.own), others: listeners.filter((_, i) => !all[i]?.own) }
  })

  it('none is ours while somebody else is on the very address', () => {
    fc.assert(
      fc.property(scene, fc.constantFrom('127.0.0.1', '127.0.0.2', '::1'), ({ listeners, ours, others }, literal) => {
        fc.pre(others.some((other) => other.address === literal && other.port === 80))
        expect(ownershipOf({ host: literal, port: 80 }, listeners, ours)).toBe('foreign')
      }),
    )
  })

  it('ours means that all who may answer are ours, foreign that one may who is not', () => {
    fc.assert(
      fc.property(scene, host, ({ listeners, ours, others }, at) => {
        const target = { host: at, port: 80 }
        const found = answering(target, listeners)
        const verdict = ownershipOf(target, listeners, ours)
        if (verdict === 'ours') expect(found.every((one) => ours.includes(one))).toBe(true)
        if (verdict === 'foreign' || verdict === 'unknown') expect(found.some((one) => others.includes(one))).toBe(true)
        if (verdict === 'nobody') expect(found).toEqual([])
        expect(found.every((one) => one.port === 80)).toBe(true)
      }),
    )
  })

  it('nothing is ours where we hold nothing', () => {
    fc.assert(
      fc.property(scene, host, ({ listeners }, at) => {
        expect(ownershipOf({ host: at, port: 80 }, listeners, [])).not.toBe('ours')
      }),
    )
  })

  it('we are elsewhere only where none of ours serves the address', () => {
    fc.assert(
      fc.property(scene, host, ({ ours }, at) => {
        const target = { host: at, port: 80 }
        expect(elsewhere(target, ours)).toEqual(ownershipOf(target, ours, ours) === 'ours' ? [] : ours)
      }),
    )
  })
})

describe('we listen elsewhere', () => {
  const target = { host: '127.0.0.1', port: 80 }

  it.each([
    ['on another port', [listener('127.0.0.1', 81)]],
    ['on another address', [listener('127.0.0.2')]],
    ['in another family', [listener('::1')]],
  ])('%s', (_where, ours) => {
    expect(elsewhere(target, ours)).toEqual(ours)
  })

  it('but not with a debugger beside the port that is served', () => {
    expect(elsewhere(target, [listener('0.0.0.0'), listener('127.0.0.1', 9229)])).toEqual([])
  })
})
