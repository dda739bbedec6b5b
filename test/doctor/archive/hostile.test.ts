import { execFileSync } from 'node:child_process'
import { closeSync, ftruncateSync, mkdirSync, openSync, rmSync, statSync, symlinkSync, truncateSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { examineArchive } from '../../../src/doctor/archive/examine.ts'
import { emptyFolder } from '../../detect/installed.ts'
import { asarHeader, linuxApp, place, programs, startable, writeAsar } from './packaged.ts'

/** A folder whose archive has these bytes. */
const withBytes = (bytes: Buffer): string => {
  const dir = emptyFolder()
  place(join(dir, 'app.asar'), bytes)
  return dir
}
const withIndex = (index: unknown): string =>
  withBytes(Buffer.concat([asarHeader(typeof index === 'string' ? index : JSON.stringify(index)), Buffer.from('{}')]))
const facts = async (dir: string): Promise<string[]> => (await examineArchive(dir)).findings.map(({ fact }) => fact)
const sizes = (...numbers: number[]): Buffer => {
  const bytes = Buffer.alloc(64)
  for (const [at, number] of numbers.entries()) bytes.writeUInt32LE(number, at * 4)
  return bytes
}

const file = { size: 2, offset: '0' }
const least = { 'package.json': file, 'index.js': file }

describe('an archive that is none', () => {
  it.each<[string, Buffer, string]>([
    ['empty', Buffer.alloc(0), 'app.asar is cut off: it has 0 bytes, not even a whole header.'],
    ['a few bytes', Buffer.from('abc'), 'app.asar is cut off: it has 3 bytes, not even a whole header.'],
    ['a text', Buffer.from('x'.repeat(100)), 'app.asar is no Electron archive: it does not begin like one.'],
    [
      'a claim of gigabytes',
      sizes(4, 0xffffffff, 0xfffffffb, 0xfffffff0),
      'app.asar claims an index of 4096 MB; none has more than 64 MB.',
    ],
    ['a claim of more than there is', sizes(4, 1000, 996, 900), 'app.asar is cut off: its index has 1000 bytes, the file 64 bytes.'],
    [
      'sizes that contradict each other',
      sizes(4, 20, 16, 900),
      'app.asar is no Electron archive: the sizes in its header contradict each other.',
    ],
  ])('%s', async (_, bytes, fact) => {
    expect(await facts(withBytes(bytes))).toEqual([fact])
  })

  it.skipIf(process.platform === 'win32')(
    'a pipe, for which nobody waits',
    async () => {
      const dir = emptyFolder()
      execFileSync('mkfifo', [join(dir, 'app.asar')])
      expect(await facts(dir)).toEqual(['app.asar is a pipe, not a file.'])
    },
    5000,
  )

  it.skipIf(process.platform === 'win32')('a link that leads out', async () => {
    const other = emptyFolder()
    writeAsar(join(other, 'app.asar'), startable)
    const dir = emptyFolder()
    symlinkSync(join(other, 'app.asar'), join(dir, 'app.asar'))
    expect(await facts(dir)).toEqual(['app.asar is a link that leads out of the app.'])
    rmSync(join(dir, 'app.asar'))
    symlinkSync('/dev/zero', join(dir, 'app.asar'))
    expect(await facts(dir)).toEqual(['app.asar is a link that leads out of the app.'])
  })

  it('a file with a hole of a terabyte', async () => {
    const dir = emptyFolder()
    const fd = openSync(join(dir, 'app.asar'), 'w')
    const header = asarHeader(
      JSON.stringify({
        files: { ...least, huge: { size: 2 ** 32 - 1, offset: '100' }, 'huge.node': { size: 2 ** 32 - 1, offset: '100' } },
      }),
    )
    writeSync(fd, Buffer.concat([header, Buffer.from('{}')]))
    ftruncateSync(fd, 2 ** 40)
    closeSync(fd)
    expect(await facts(dir)).toEqual([])
  }, 5000)
})

describe('an index', () => {
  it.each<[string, unknown, string]>([
    ['that is no JSON', 'nonsense', 'app.asar has an index that is no whole JSON.'],
    ['that breaks off', `${JSON.stringify({ files: least }).slice(0, -2)}`, 'app.asar has an index that is no whole JSON.'],
    [
      'with names that lead out',
      { files: { ...least, '..': { files: { etc: file } }, 'a/../../b': file } },
      'app.asar has names that lead elsewhere, which were left out: .. and a/../../b.',
    ],
    [
      'with a name twice',
      `{"files":{"package.json":{"size":2,"offset":"0"},"index.js":{"size":2,"offset":"0"},"index.js":{"size":2,"offset":"0"}}}`,
      'app.asar lists the same path more than once: index.js.',
    ],
    [
      'with sizes that no file has',
      { files: { ...least, a: { size: 1e300, offset: '0' } } },
      'app.asar has a file without a size and an offset that make sense: a.',
    ],
    [
      'with files beyond the end',
      { files: { ...least, a: { size: 3, offset: '0' }, b: { size: 2, offset: '9007199254740990' } } },
      'app.asar is cut off: it ends before the end of 2 of its files: a and b.',
    ],
    [
      'with links in a circle',
      { files: { ...least, a: { link: 'b' }, b: { link: 'a/x' } } },
      'app.asar has links that lead in a circle: a and b.',
    ],
    ['with links that lead out', { files: { ...least, a: { link: '../../../etc/passwd' } } }, 'app.asar has links that lead out of it: a.'],
    [
      'with names that a terminal obeys',
      { files: { ...least, 'a\u001b[2J\nb': { link: '/etc' } } },
      'app.asar has links that lead out of it: a\ufffd[2J\ufffdb.',
    ],
  ])('%s is told in one sentence', async (_, index, fact) => {
    expect(await facts(withIndex(index))).toEqual([fact])
  })

  it('with folders without end', async () => {
    const told = await facts(
      withIndex(
        `{"files":{"package.json":{"size":2,"offset":"0"},"index.js":{"size":2,"offset":"0"},${'"d":{"files":{'.repeat(50_000)}${'}}'.repeat(50_000)}}}`,
      ),
    )
    expect(told).toHaveLength(1)
    expect(told[0]).toMatch(/^app\.asar has folders nested deeper than was looked at: d\/d\/d/)
    expect(told[0]!.length).toBeLessThan(400)
  }, 5000)

  it('with millions of files', async () => {
    const many = Array.from({ length: 1_500_000 }, (_, at) => `"f${at}":{"size":2,"offset":"0"}`)
    const told = await facts(
      withIndex(`{"files":{"package.json":{"size":2,"offset":"0"},"index.js":{"size":2,"offset":"0"},${many.join(',')}}}`),
    )
    expect(told).toEqual(['app.asar lists more files than any app has; nothing from f249998 on was looked at.'])
  }, 10_000)

  it('with a hundred thousand programs, all at one place', async () => {
    const program = 'ELF'
    const many = Array.from({ length: 100_000 }, (_, at) => `"f-${at}-darwin-arm64":{"size":4000,"offset":"2"}`)
    const header = asarHeader(`{"files":{"package.json":{"size":2,"offset":"0"},"index.js":{"size":2,"offset":"0"},${many.join(',')}}}`)
    const elf = Buffer.alloc(4000)
    elf.write(`\x7f${program}\x02\x01\x01`, 'latin1')
    elf.writeUInt16LE(2, 16)
    elf.writeUInt16LE(183, 18)
    const dir = linuxApp()
    place(join(dir, 'resources/app.asar'), Buffer.concat([header, Buffer.from('{}'), elf]))
    const { findings } = await examineArchive(dir)
    expect(JSON.stringify(findings).length).toBeLessThan(20_000)
  }, 10_000)

  it('with a chain of links as long as the archive', async () => {
    const links = Object.fromEntries(Array.from({ length: 50_000 }, (_, at) => [`l${at}`, { link: `l${at + 1}` }]))
    const told = await facts(withIndex({ files: { ...least, ...links } }))
    expect(told).toHaveLength(1)
    expect(told[0]).toMatch(/circle: l0, l1, l2 and \d+ more\.$/)
  }, 5000)
})

describe('what lies around an archive', () => {
  it.skipIf(process.platform === 'win32')('is not followed out of the package', async () => {
    const secret = emptyFolder()
    place(join(secret, 'server.js'), "import 'secret'\n")
    place(join(secret, 'package.json'), '{"name":"secret"}')
    // would be told as built for another processor, if it were looked at
    place(join(secret, 'tool'), programs.elf('arm64'), 0o755)
    const dir = linuxApp({ asar: { ...startable, 'backend/server.js': { bytes: '', unpacked: true } } })
    const unpacked = join(dir, 'resources/app.asar.unpacked')
    rmSync(unpacked, { recursive: true })
    symlinkSync(secret, unpacked)
    symlinkSync(secret, join(dir, 'resources/backend'))
    expect(await examineArchive(dir)).toMatchObject({ findings: [], entry: null })
    expect((await examineArchive(dir, { entry: 'backend/server.js' })).findings.map(({ code }) => code)).toEqual(['ENTRY_MISSING'])
  })

  it.skipIf(process.platform === 'win32')(
    'may be pipes, circles and what cannot be read',
    async () => {
      const dir = linuxApp()
      for (const name of ['version', 'resources/server.js', 'resources/tool', 'zzz']) execFileSync('mkfifo', [join(dir, name)])
      mkdirSync(join(dir, 'resources/loop'))
      symlinkSync('.', join(dir, 'resources/loop/again'))
      expect(await examineArchive(dir)).toMatchObject({ findings: [], entry: null, electron: { version: '38.1.0' } })
    },
    5000,
  )

  it('may be an archive that is cut anywhere', async () => {
    const dir = emptyFolder()
    const path = join(dir, 'app.asar')
    writeAsar(path, { ...startable, 'dist/x.js': 'y'.repeat(100) })
    const write = (): void => writeAsar(path, { ...startable, 'dist/x.js': 'y'.repeat(100) })
    write()
    for (let size = statSync(path).size - 1; size >= 0; size -= 37) {
      write()
      truncateSync(path, size)
      expect((await facts(dir)).length, `${size} bytes`).toBeGreaterThan(0)
    }
  })
})
