import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { instancePrefix, newInstanceId, serviceKey, shortHash } from '../../src/record/key.ts'

describe('a short hash', () => {
  it('is 11 digits and letters, always the same for the same text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(shortHash(text)).toMatch(/^[0-9a-z]{11}$/)
        expect(shortHash(text)).toBe(shortHash(text))
      }),
    )
  })

  it('keeps its value from version to version: records on disk carry it', () => {
    // values that the author of cyrb53 published
    expect(shortHash('revenge')).toBe((4051478007546757).toString(36).padStart(11, '0'))
    expect(shortHash('revenue')).toBe((8309097637345594).toString(36).padStart(11, '0'))
  })

  it('differs for texts that differ little', () => {
    const hashes = new Set<string>()
    for (let i = 0; i < 20_000; i += 1) hashes.add(shortHash(`/home/me/project-${i}`))
    expect(hashes.size).toBe(20_000)
  })
})

describe('the key of a service', () => {
  it('is its name and where it is checked out', () => {
    expect(serviceKey('api', '/home/me/project')).toBe(`api-${shortHash('/home/me/project')}`)
    expect(serviceKey('api', '/home/me/project')).not.toBe(serviceKey('api', '/home/me/project2'))
  })

  it('is a file name wherever it is used', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (name) => {
        expect(serviceKey(name, '/p')).toMatch(/^[\w.-]+$/)
        expect(serviceKey(name, '/p').length).toBeLessThan(64)
      }),
    )
  })

  it.each([
    ['日本', '中国'],
    ['a b', 'a-b'],
    ['a/b', 'a:b'],
    [`${'x'.repeat(40)}1`, `${'x'.repeat(40)}2`],
  ])('is not the same for %s and %s', (one, other) => {
    expect(serviceKey(one, '/p')).not.toBe(serviceKey(other, '/p'))
  })
})

describe('the certificate of a run', () => {
  it('names whose child it is, and which one', () => {
    const prefix = instancePrefix('/state', 'api-1')
    const id = newInstanceId(prefix, Math.random)
    expect(id).toMatch(/^[0-9a-z]{11}\.[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(id.startsWith(`${prefix}.`)).toBe(true)
    expect(newInstanceId(prefix, Math.random)).not.toBe(id)
  })

  it('is well-formed at both ends of chance', () => {
    for (const chance of [0, 0.999_999_999]) expect(newInstanceId('p', () => chance)).toMatch(/^p\.[0-9a-f-]{36}$/)
  })

  it('tells state folders and keys apart', () => {
    expect(instancePrefix('/a', 'b')).not.toBe(instancePrefix('/a', 'c'))
    expect(instancePrefix('/a', 'b')).not.toBe(instancePrefix('/b', 'b'))
    expect(instancePrefix('/a', 'b')).toBe(instancePrefix('/a', 'b'))
  })
})
