import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Listener } from '../../src/ports/owners.ts'
import { ownershipOf } from '../../src/ports/ownership.ts'

/**
 * To whom Linux may give a connection (inet_lookup_listener), told in another way than the code tells it: by points,
 * the highest win, several may have them. Whether [::] takes IPv4 is not known: it may.
 */
const mayAnswer = (ipv6: boolean, literal: string, { address }: Listener): number => {
  if (ipv6) return address === literal ? 3 : address === '::' ? 2 : 0
  if (address === literal || address === `::ffff:${literal}`) return 3
  if (address === '0.0.0.0' || address === '::ffff:0.0.0.0') return 2
  return address === '::' ? 1 : 0
}

const winners = (literal: string, listeners: readonly Listener[]): Listener[] => {
  const points = listeners.map((listener) => mayAnswer(literal.includes(':'), literal, listener))
  const best = Math.max(1, ...points)
  return listeners.filter((_, i) => points[i] === best)
}

const meant: Record<string, string[]> = {
  '127.0.0.1': ['127.0.0.1'],
  '127.0.0.2': ['127.0.0.2'],
  '::1': ['::1'],
  '0:0:0:0:0:0:0:1': ['::1'],
  '::ffff:127.0.0.1': ['127.0.0.1'],
  '0.0.0.0': ['127.0.0.1'],
  '::': ['::1'],
  localhost: ['127.0.0.1', '::1'],
  // not a literal that is compared: whoever listens may be meant
  '127.1': ['127.0.0.1', '127.0.0.2', '::1'],
  'my-machine': ['127.0.0.1', '127.0.0.2', '::1'],
}

const port = 8080
const listeners = fc
  .array(
    fc.record({
      address: fc.constantFrom('127.0.0.1', '127.0.0.2', '0.0.0.0', '::1', '::', '::ffff:127.0.0.1', '::ffff:0.0.0.0'),
      isOurs: fc.boolean(),
      port: fc.constantFrom(port, port, port, 8081),
    }),
    { maxLength: 6 },
  )
  .map((rows) =>
    rows.map((row, i) => ({ ...row, family: row.address.includes(':') ? 'ipv6' : 'ipv4', socket: String(i), acceptQueue: 0 }) as const),
  )

it('a listener is never taken for ours while somebody else may get the connection', () => {
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(meant)), listeners, (host, all) => {
      const ours = all.filter(({ isOurs }) => isOurs)
      const own = new Set(ours.map(({ socket }) => socket))
      const onPort = all.filter((listener) => listener.port === port)
      const verdict = ownershipOf({ host, port }, all, ours)
      const found = meant[host]!.flatMap((literal) => winners(literal, onPort))
      if (found.some(({ socket }) => !own.has(socket))) expect(verdict).not.toBe('ours')
      if (verdict === 'ours') expect(onPort.length).toBeGreaterThan(0)
    }),
    { numRuns: 2000 },
  )
})

it('what is ours alone on its literal address is ours, whoever listens on another port', () => {
  fc.assert(
    fc.property(fc.constantFrom('127.0.0.1', '127.0.0.2', '::1'), listeners, (host, all) => {
      const ours = all.filter(({ isOurs }) => isOurs)
      const found = winners(
        host,
        all.filter((listener) => listener.port === port),
      )
      fc.pre(found.length > 0)
      const expected = found.every(({ socket }) => ours.some((listener) => listener.socket === socket)) ? 'ours' : 'foreign'
      expect(ownershipOf({ host, port }, all, ours)).toBe(expected)
    }),
    { numRuns: 2000 },
  )
})
