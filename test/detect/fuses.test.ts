import { execFileSync } from 'node:child_process'
import { closeSync, ftruncateSync, mkdirSync, openSync, symlinkSync, utimesSync, writeFileSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Fuses, longestWire, readWire, sentinel, strictest } from '../../src/detect/fuses.ts'
import { fusesOf } from '../../src/detect/read-fuses.ts'
import { createTemp } from '../helpers/temp.ts'

const wire = (states: string, version = 1, length = states.length): Buffer =>
  Buffer.concat([Buffer.from([version, length]), Buffer.from(states, 'latin1')])
const marked = (states: string): Buffer => Buffer.concat([Buffer.from(sentinel), wire(states)])

/** As Electron is built. */
const asBuilt = {
  version: 1,
  runAsNode: true,
  cookieEncryption: false,
  nodeOptions: true,
  nodeCliInspect: true,
  embeddedAsarIntegrityValidation: false,
  onlyLoadAppFromAsar: false,
  loadBrowserProcessSpecificV8Snapshot: false,
  grantFileProtocolExtraPrivileges: true,
  wasmTrapHandlers: true,
}
const defaults = '101100011'

describe('a wire of fuses', () => {
  it('is read by the place of each', () => {
    expect(readWire(wire(defaults))).toEqual(asBuilt)
    for (const [index, name] of Object.keys(asBuilt).slice(1).entries()) {
      const only = `${'0'.repeat(index)}1${'0'.repeat(8 - index)}`
      const on = Object.entries(readWire(wire(only))!).filter(([, state]) => state === true)
      expect(on).toEqual([[name, true]])
    }
  })

  it.each<[string, Buffer, Partial<Fuses>]>([
    [
      'of an older Electron: those that came later are not known',
      wire('10'),
      { runAsNode: true, cookieEncryption: false, nodeOptions: null },
    ],
    ['with one that was removed', wire('r01100011'), { runAsNode: null, nodeOptions: true }],
    ['of a newer Electron: more than nine', wire(`${defaults}1r0`), asBuilt],
    ['with the rest of the binary behind it', Buffer.concat([wire(defaults), Buffer.from('11\0\xff', 'latin1')]), asBuilt],
  ])('%s', (_, bytes, expected) => {
    expect(readWire(bytes)).toMatchObject(expected)
  })

  it.each<[string, Buffer]>([
    ['the end of the file', Buffer.alloc(0)],
    ['the end of a text in code', Buffer.from("';\n const fuses = 101100011")],
    ['the end of a C string', wire(defaults, 0)],
    ['another version of the layout', wire(defaults, 2)],
    ['no length', wire('', 1)],
    ['a length that no wire has', wire('1'.repeat(255))],
    ['fewer states than the length says', wire(defaults, 1, 10)],
    ['a state that there is not', wire('10110001x')],
  ])('is not what follows the sentinel when that is %s', (_, bytes) => {
    expect(readWire(bytes)).toBeNull()
  })

  it('is nothing or nine states, whatever the bytes', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: longestWire }),
      fc.array(fc.constantFrom(...Buffer.from('01r')), { maxLength: 70 }).map((states) => Uint8Array.from([1, states.length, ...states])),
    )
    fc.assert(
      fc.property(bytes, (some) => {
        const fuses = readWire(some)
        if (fuses === null) return
        expect(Object.keys(fuses)).toEqual(Object.keys(asBuilt))
        expect(fuses.version).toBe(1)
        for (const state of Object.values(fuses).slice(1)) expect([true, false, null]).toContain(state)
      }),
    )
  })
})

describe('two slices', () => {
  const fuses = (states: string): Fuses => readWire(wire(states))!

  it('that agree are one', () => {
    expect(strictest(fuses(defaults), fuses(defaults))).toEqual(asBuilt)
    expect(strictest(fuses('r'), fuses('r')).runAsNode).toBeNull()
  })

  it('that differ permit no more than both do, whichever comes first', () => {
    const some = fc.array(fc.constantFrom('0', '1', 'r'), { minLength: 9, maxLength: 9 }).map((states) => fuses(states.join('')))
    const permits = { ...asBuilt, version: undefined }
    fc.assert(
      fc.property(some, some, (first, second) => {
        const both = strictest(first, second)
        expect(both).toEqual(strictest(second, first))
        for (const name of Object.keys(permits).slice(1) as (keyof typeof permits & keyof Fuses)[]) {
          if (first[name] === second[name]) expect(both[name]).toBe(first[name])
        }
      }),
    )
    expect(strictest(fuses('101100011'), fuses('010011100'))).toMatchObject({
      runAsNode: false,
      cookieEncryption: true,
      nodeOptions: false,
      nodeCliInspect: false,
      embeddedAsarIntegrityValidation: true,
      onlyLoadAppFromAsar: true,
      grantFileProtocolExtraPrivileges: false,
    })
    expect(strictest(fuses('r'), fuses('0')).runAsNode).toBe(false)
    expect(strictest(fuses('r'), fuses('1')).runAsNode).toBeNull()
  })
})

/** Zeros of that size, with bytes at places in it. */
const binary = (path: string, size: number, at: Readonly<Record<number, Buffer>> = {}): string => {
  mkdirSync(dirname(path), { recursive: true })
  const file = openSync(path, 'w')
  ftruncateSync(file, size)
  for (const [position, bytes] of Object.entries(at)) writeSync(file, bytes, 0, bytes.length, Number(position))
  closeSync(file)
  return path
}

describe('the fuses of a binary', () => {
  it('are found wherever they lie, over the border of two pieces too', async () => {
    using temp = createTemp()
    const border = 512 * 1024
    const bytes = marked(defaults)
    for (let before = 0; before <= bytes.length; before += 1) {
      const path = binary(join(temp.dir, `app-${before}`), 2 * border, { [border - before]: bytes })
      expect(await fusesOf(path, 'linux'), `${before} bytes before the border`).toEqual(asBuilt)
    }
    expect(await fusesOf(binary(join(temp.dir, 'first'), 100, { 0: bytes }), 'linux')).toEqual(asBuilt)
    expect(await fusesOf(binary(join(temp.dir, 'last'), 0, { [3 * border]: bytes }), 'linux')).toEqual(asBuilt)
  })

  it('are none where the sentinel is but a text, and those beside such a text', async () => {
    using temp = createTemp()
    const text = Buffer.from(`const SENTINEL = "${sentinel}"; // 101100011\n${sentinel}\0${sentinel}`)
    expect(await fusesOf(binary(join(temp.dir, 'text'), 1000, { 10: text }), 'linux')).toBeNull()
    const both = binary(join(temp.dir, 'both'), 10_000, { 10: text, 5000: marked('001100011'), 6000: text })
    expect(await fusesOf(both, 'linux')).toEqual({ ...asBuilt, runAsNode: false })
  })

  it('are the strictest of all slices', async () => {
    using temp = createTemp()
    const [flipped, kept] = [marked('001100011'), marked(defaults)]
    for (const [name, first, last] of [
      ['a', flipped, kept],
      ['b', kept, flipped],
    ] as const) {
      const path = binary(join(temp.dir, name), 3_000_000, { 100: first, 2000000: last })
      expect(await fusesOf(path, 'linux')).toEqual({ ...asBuilt, runAsNode: false })
    }
  })

  it('are read once, until the file is another', async () => {
    using temp = createTemp()
    const path = binary(join(temp.dir, 'app'), 4096, { 64: marked(defaults) })
    utimesSync(path, 1000, 1000)
    const [first, atTheSameTime] = await Promise.all([fusesOf(path, 'linux'), fusesOf(path, 'linux')])
    expect([first, atTheSameTime]).toEqual([asBuilt, asBuilt])
    const file = openSync(path, 'r+')
    writeSync(file, marked('001100011'), 0, 43, 64)
    closeSync(file)
    utimesSync(path, 1000, 1000)
    expect((await fusesOf(path, 'linux'))?.runAsNode, 'nothing tells that it changed').toBe(true)
    utimesSync(path, 1000, 1001)
    expect((await fusesOf(path, 'linux'))?.runAsNode).toBe(false)
  })

  it('are read with turns for others in between', async () => {
    using temp = createTemp()
    const path = binary(join(temp.dir, 'app'), 16 * 1024 * 1024)
    let turns = 0
    let reading = true
    const count = (): void => {
      turns += 1
      if (reading) setImmediate(count)
    }
    setImmediate(count)
    expect(await fusesOf(path, 'linux')).toBeNull()
    reading = false
    expect(turns).toBeGreaterThan(16)
  })

  it('lie on macOS in the framework, of an app and of a helper in it', async () => {
    using temp = createTemp()
    const contents = join(temp.dir, 'My App.app/Contents')
    const app = binary(join(contents, 'MacOS/My App'), 100)
    const helper = binary(join(contents, 'Frameworks/My App Helper.app/Contents/MacOS/My App Helper'), 100)
    expect(await fusesOf(app, 'darwin')).toBeNull()
    const framework = join(contents, 'Frameworks/Electron Framework.framework')
    binary(join(framework, 'Versions/A/Electron Framework'), 1000, { 500: marked('001100011') })
    symlinkSync('Versions/A/Electron Framework', join(framework, 'Electron Framework'))
    symlinkSync(app, join(temp.dir, 'my-app'))
    for (const path of [app, helper, join(temp.dir, 'my-app')]) {
      expect(await fusesOf(path, 'darwin'), path).toEqual({ ...asBuilt, runAsNode: false })
    }
    expect(await fusesOf(app, 'linux')).toBeNull()
  })

  it('are none of what is larger than any binary', async () => {
    using temp = createTemp()
    expect(await fusesOf(binary(join(temp.dir, 'huge'), 2 ** 31 + 1, { 0: marked(defaults) }), 'linux')).toBeNull()
  })

  it.skipIf(process.platform === 'win32')('are none of what is no file, and nobody waits for it', async () => {
    using temp = createTemp()
    const pipe = join(temp.dir, 'pipe')
    execFileSync('mkfifo', [pipe])
    writeFileSync(join(temp.dir, 'empty'), '')
    for (const path of [pipe, temp.dir, join(temp.dir, 'empty'), join(temp.dir, 'nothing'), '/dev/zero', '/proc/kcore', '']) {
      expect(await fusesOf(path, 'linux'), path).toBeNull()
    }
  })
})
