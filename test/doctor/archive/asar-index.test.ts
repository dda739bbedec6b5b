import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { entryAt, type FaultKind, readIndex } from '../../../src/doctor/archive/asar-index.ts'

const file = (size: unknown = 1, offset: unknown = '0') => ({ size, offset })
const kindsIn = (text: string): FaultKind[] => readIndex(text).faults.map(({ kind }) => kind)
const nested = (depth: number): string => `${'{"files":{"d":'.repeat(depth)}{"files":{}}${'}}'.repeat(depth)}`

describe('an index', () => {
  it('is read by its fields, in whatever order they come', () => {
    const { entries, faults } = readIndex(
      JSON.stringify({
        files: {
          'a b.js': { integrity: { blocks: ['"}', '\\'], hash: 'x' }, offset: '12', size: 3, executable: true },
          dir: { other: [1, { files: {} }], unpacked: true, files: { 'ü"\n.node': { unpacked: true, size: 7 }, empty: { files: {} } } },
          link: { link: 'dir/ü"\n.node' },
        },
      }),
    )
    expect(faults).toEqual([])
    const none = { size: 0, offset: null, unpacked: false, executable: false, link: null }
    expect([...entries.values()]).toEqual([
      { ...none, path: 'a b.js', kind: 'file', size: 3, offset: 12, executable: true },
      { ...none, path: 'dir', kind: 'folder' },
      { ...none, path: 'dir/ü"\n.node', kind: 'file', size: 7, unpacked: true },
      { ...none, path: 'dir/empty', kind: 'folder' },
      { ...none, path: 'link', kind: 'link', link: 'dir/ü"\n.node' },
    ])
  })

  it('has a file behind links, of files and of folders', () => {
    const index = readIndex(
      JSON.stringify({
        files: { real: { files: { 'x.js': file() } }, one: { link: 'real' }, two: { link: 'one/x.js' }, up: { link: 'one/../two' } },
      }),
    )
    for (const path of ['real/x.js', 'one/x.js', 'two', './real//x.js', 'up']) expect(entryAt(index, path)?.path, path).toBe('real/x.js')
    for (const path of ['x.js', 'two/x.js', '../real/x.js', '']) expect(entryAt(index, path), path).toBeUndefined()
  })

  it.each<[string, string, FaultKind]>([
    ['nothing', '', 'malformed'],
    ['a text', '"files"', 'malformed'],
    ['an end in the middle', '{"files":{"a":{"size":1,"offset":"0"}', 'malformed'],
    ['a string without an end', '{"files":{"a', 'malformed'],
    ['a name that is no string', '{"files":{a:{}}}', 'malformed'],
    ['a missing comma', '{"files":{"a":{"size":1,"offset":"0"}"b":{}}}', 'malformed'],
    ['a file that is a number', '{"files":{"a":1}}', 'malformed'],
    ['an escape that there is not', '{"files":{"\\x":{"files":{}}}}', 'malformed'],
    ['folders without end', nested(5000), 'too-deep'],
    ['a value nested a million times', `{"x":${'['.repeat(1e6)}${']'.repeat(1e6)},"files":{"a":{}}}`, 'bad-size'],
    ['a name that leads up', JSON.stringify({ files: { '..': { files: { etc: file() } } } }), 'bad-name'],
    ['a name with a way in it', JSON.stringify({ files: { '../../etc/passwd': file() } }), 'bad-name'],
    ['a name with a way of Windows in it', JSON.stringify({ files: { '..\\..\\x': file() } }), 'bad-name'],
    ['an empty name', JSON.stringify({ files: { '': file() } }), 'bad-name'],
    ['a name twice', '{"files":{"a":{"size":1,"offset":"0"},"a":{"size":2,"offset":"0"}}}', 'duplicate'],
    ['a name twice, once escaped', '{"files":{"a":{"size":1,"offset":"0"},"\\u0061":{"size":2,"offset":"0"}}}', 'duplicate'],
    ['a negative size', JSON.stringify({ files: { a: file(-1) } }), 'bad-size'],
    ['a size that no file has', JSON.stringify({ files: { a: file(1e15) } }), 'bad-size'],
    ['a size that is a text', JSON.stringify({ files: { a: file('1') } }), 'bad-size'],
    ['no size', JSON.stringify({ files: { a: { offset: '0' } } }), 'bad-size'],
    ['an offset that is a number', JSON.stringify({ files: { a: file(1, 0) } }), 'bad-size'],
    ['an offset beyond all numbers', JSON.stringify({ files: { a: file(1, '9'.repeat(30)) } }), 'bad-size'],
    ['a link to itself', JSON.stringify({ files: { a: { link: 'a' } } }), 'cyclic-link'],
    ['links in a circle', JSON.stringify({ files: { a: { link: 'b' }, b: { link: 'a' } } }), 'cyclic-link'],
    ['a link into itself', JSON.stringify({ files: { a: { link: 'a/a/a' } } }), 'cyclic-link'],
    ['a link that leads out', JSON.stringify({ files: { a: { link: '../../etc' } } }), 'link-out'],
    ['a link to anywhere', JSON.stringify({ files: { a: { link: '/etc/passwd' } } }), 'link-out'],
  ])('with %s says so, once', (_, text, kind) => {
    expect(kindsIn(text)).toEqual([kind])
  })

  it('keeps what was read before it broke off, and what came after something odd', () => {
    const odd = readIndex(JSON.stringify({ files: { '..': { files: { x: file() } }, a: file(-1), b: file() } }))
    expect([...odd.entries.keys()]).toEqual(['b'])
    expect([...readIndex('{"files":{"a":{"size":1,"offset":"0"},').entries.keys()]).toEqual(['a'])
  })

  it('is read as far as the limits go', () => {
    const index = readIndex(JSON.stringify({ files: { a: file(), b: file(), c: file() } }), { entries: 2, depth: 10 })
    expect([...index.entries.keys()]).toEqual(['a', 'b'])
    expect(index.faults).toEqual([{ kind: 'too-many', count: 1, examples: ['c'] }])
  })

  it('that claims more files than any archive has ends at so many, with one sentence', () => {
    const text = `{"files":{${'"a":{"files":{}},'.repeat(100)}${Array.from({ length: 600_000 }, (_, at) => `"f${at}":{"size":0,"offset":"0"}`).join(',')}}}`
    const { entries, faults } = readIndex(text)
    expect(entries.size).toBe(249_901)
    expect(faults.map(({ kind }) => kind)).toEqual(['duplicate', 'too-many'])
    expect(faults.flatMap(({ examples }) => examples).length).toBeLessThanOrEqual(6)
  })

  it('never throws, whatever the text, and agrees with JSON.parse on what is well', () => {
    const name = fc
      .string({ minLength: 1, maxLength: 6 })
      .filter((text) => !/[/\\\0]/.test(text) && text !== '.' && text !== '..' && text !== '__proto__')
    const tree = fc.letrec((tie) => ({
      folder: fc.dictionary(name, fc.oneof({ maxDepth: 4 }, fc.record({ size: fc.nat(), offset: fc.nat().map(String) }), tie('node')), {
        maxKeys: 4,
      }),
      node: fc.record({ files: tie('folder') }),
    })).node
    const pathsIn = (node: unknown, path: string): string[] => {
      const { files } = node as { files?: Record<string, unknown> }
      const own = path === '' ? [] : [path]
      return [...own, ...Object.entries(files ?? {}).flatMap(([child, value]) => pathsIn(value, path === '' ? child : `${path}/${child}`))]
    }
    fc.assert(
      fc.property(tree, fc.nat(), fc.nat(), (root, space, cut) => {
        const text = JSON.stringify(root, undefined, space % 3)
        const { entries, faults } = readIndex(text)
        expect(faults).toEqual([])
        expect([...entries.keys()].sort()).toEqual(pathsIn(root, '').sort())
        expect(kindsIn(text.slice(0, cut % text.length)).filter((kind) => kind !== 'bad-size')).toEqual(['malformed'])
      }),
    )
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      ':',
      ',',
      '\\',
      'files',
      '"files"',
      '"size"',
      '"link"',
      '"offset"',
      '1',
      ' ',
      'true',
      '-',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
        expect(readIndex(`{"files":{${parts.join('')}`)).toHaveProperty('entries')
      }),
      { numRuns: 3000 },
    )
  })
})
