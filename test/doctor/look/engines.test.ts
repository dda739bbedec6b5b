import fc from 'fast-check'
import { expect, it } from 'vitest'
import { meetsEngines } from '../../../src/doctor/look/engines.ts'

it.each<[version: string, range: string, met: boolean | null]>([
  ['20.20.0', '>=18', true],
  ['16.20.2', '>=18', false],
  ['18.0.0', '>= 18.0.0', true],
  ['v20.20.0', '>=20.19', true],
  ['20.18.3', '>=20.19', false],
  ['20.19.0', '^20.19.0 || >=22.12.0', true],
  ['21.7.3', '^20.19.0 || >=22.12.0', false],
  ['22.12.0', '^20.19.0||>=22.12.0', true],
  ['20.9.0', '^20.9.0 || >=22', true],
  ['18.20.4', '18.x', true],
  ['19.0.0', '18.x', false],
  ['18.5.1', '18.5.x', true],
  ['18.6.0', '18.5', false],
  ['22.9.0', '>=18 <23', true],
  ['23.0.0', '>=18 <23', false],
  ['18.0.0', '>18', false],
  ['19.0.0', '>18', true],
  ['20.20.9', '<=20.20', true],
  ['20.21.0', '<=20.20', false],
  ['20.0.0', '*', true],
  ['20.0.0', '', true],
  ['20.0.0', 'x', true],
  ['20.5.0', '20', true],
  ['21.0.0', '20', false],
  ['20.5.0', 'v20', true],
  ['20.5.0', '=20.5.0', true],
  ['20.5.1', '20.5.0', false],
  ['20.5.9', '~20.5.1', true],
  ['20.5.0', '~20.5.1', false],
  ['20.6.0', '~20.5', false],
  ['20.6.0', '~20', true],
  ['19.9.0', '18 - 20', true],
  ['20.9.0', '18 - 20', true],
  ['21.0.0', '18.0.0 - 20', false],
  ['0.12.3', '^0.12.1', true],
  ['0.13.0', '^0.12.1', false],
  ['0.0.4', '^0.0.3', false],
  ['24.0.0-nightly20260101', '>=24', true],
  ['20.0.0', 'lts/*', null],
  ['20.0.0', 'node >= 18', null],
  ['20.0.0', '>=18,<22', null],
  ['20.0.0', '>=', null],
  ['20.0.0', 'latest', null],
  ['20.0.0', '>=18 || latest', true],
  ['16.0.0', '>=18 || latest', null],
  ['twenty', '>=18', null],
])('Node %s meets %j: %s', (version, range, met) => {
  expect(meetsEngines(version, range)).toBe(met)
})

const version = fc.tuple(fc.nat(30), fc.nat(30), fc.nat(30)).map((numbers) => numbers.join('.'))

it('every version is at least itself, at most itself, and not older than itself', () => {
  fc.assert(
    fc.property(version, (one) => {
      expect([
        meetsEngines(one, `>=${one}`),
        meetsEngines(one, `<=${one}`),
        meetsEngines(one, one),
        meetsEngines(one, `<${one}`),
        meetsEngines(one, `>${one}`),
      ]).toEqual([true, true, true, false, false])
    }),
  )
})

it('of two versions, one is at least the other', () => {
  fc.assert(fc.property(version, version, (a, b) => meetsEngines(a, `>=${b}`) === true || meetsEngines(b, `>=${a}`) === true))
})

it('whatever is written, it ends, and quickly', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...' -<>=~^|.xX*v120'), maxLength: 300 }), (range) => {
      expect([true, false, null]).toContain(meetsEngines('20.0.0', range))
    }),
  )
})
