import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { FoundExecutable } from '../../src/detect/found.ts'
import { provideNode, shimScript } from '../../src/launch/node-shim.ts'
import { createTemp } from '../helpers/temp.ts'

const found = (path: string, more: Partial<FoundExecutable> = {}): FoundExecutable => ({
  path,
  realPath: path,
  kind: 'native',
  source: 'path',
  run: [path],
  env: { ELECTRON_RUN_AS_NODE: null },
  version: null,
  usable: true,
  candidates: [],
  ...more,
})

/** Fails the test where there is none. */
const folderOf = async (...question: Parameters<typeof provideNode>): Promise<string> => {
  const answer = await provideNode(...question)
  if (typeof answer !== 'string') throw new Error(answer.problem)
  return answer
}

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8)

const run = promisify(execFile)

/** A command that prints its arguments and some of its environment, each ended by a NUL: bytes, so that nothing is lost on the way. */
const printer = `#!/bin/sh
printf '%s\\0' "$@" "set:\${GIVEN-}" "unset:\${REMOVED-gone}"
`

const hostileNames = [
  'plain',
  'with space',
  "it's",
  'say "hi"',
  '$HOME',
  '`id`',
  '$(touch pwned)',
  'back\\slash',
  'new\nline',
  '-rf',
  '*?[a]',
  '~',
  '!!',
  '#x',
  'a;b&c|d>e',
  'Grüße 世界 👋',
  '\t\r\x01',
  "'",
  "'\\''",
]

describe.skipIf(process.platform === 'win32')('a shim', () => {
  it.each(hostileNames.map((name) => [JSON.stringify(name), name] as const))('starts what lies in a folder %s', async (_, name) => {
    using temp = createTemp()
    const command = temp.file(`${name}/${name}`, printer)
    chmodSync(command, 0o755)
    const folder = await folderOf(
      found(command, { run: [command, name], env: { GIVEN: name, REMOVED: null } }),
      join(temp.dir, `state ${name}`),
      'linux',
    )
    const { stdout } = await run(join(folder, 'node'), [name, '', 'last'], {
      cwd: temp.dir,
      env: { PATH: '', GIVEN: 'theirs', REMOVED: 'theirs' },
    })
    expect(stdout.split('\0')).toEqual([name, name, '', 'last', `set:${name}`, 'unset:gone', ''])
    expect(existsSync(join(temp.dir, 'pwned'))).toBe(false)
  })

  it('passes on any text', async () => {
    using temp = createTemp()
    const script = temp.file('print.sh', printer)
    chmodSync(script, 0o755)
    const text = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((some) => !some.includes('\0'))
    const path = temp.file('shim', '')
    chmodSync(path, 0o755)
    await fc.assert(
      fc.asyncProperty(text, text, async (arg, value) => {
        const shim = temp.file('shim', shimScript(['/bin/sh', script, arg], { GIVEN: value, REMOVED: null }))
        const { stdout } = await run(shim, [arg], { env: { REMOVED: '1' } })
        expect(stdout.split('\0')).toEqual([arg, arg, `set:${value}`, 'unset:gone', ''])
      }),
      { numRuns: 50 },
    )
  })

  it('becomes the process that it starts: the same pid, its exit, its stdin', async () => {
    using temp = createTemp()
    const folder = await folderOf(found(process.execPath), temp.dir, 'linux')
    const child = spawn(join(folder, 'node'), [
      '-e',
      'process.stdin.once("data", (d) => { console.log(process.pid + ":" + d); process.exit(7) })',
    ])
    child.stdin.end('in')
    const output = child.stdout.setEncoding('utf8').toArray()
    const [code] = await once(child, 'exit')
    expect(code).toBe(7)
    expect((await output).join('')).toBe(`${child.pid}:in\n`)
  })

  it('is found by its name at the end of a PATH, by env and by spawn', async () => {
    using temp = createTemp()
    mkdirSync(join(temp.dir, 'empty'))
    const folder = await folderOf(found(process.execPath), join(temp.dir, 'state'), 'linux')
    const env = { PATH: `${join(temp.dir, 'empty')}:${folder}` }
    const { stdout } = await run('node', ['-p', 'process.execPath'], { env, cwd: '/' })
    expect(stdout).toBe(`${process.execPath}\n`)
    const script = temp.file('script', '#!/usr/bin/env node\nconsole.log(process.execPath)\n')
    chmodSync(script, 0o755)
    expect((await run(script, [], { env })).stdout).toBe(`${process.execPath}\n`)
  })

  it('makes a Node of an Electron, and of nothing that this starts', async () => {
    using temp = createTemp()
    const electron = temp.file('My App', '#!/bin/sh\necho "$ELECTRON_RUN_AS_NODE"\n')
    chmodSync(electron, 0o755)
    const asNode = await folderOf(found(electron, { env: { ELECTRON_RUN_AS_NODE: '1' } }), temp.dir, 'linux')
    expect((await run(join(asNode, 'node'), [], { env: {} })).stdout).toBe('1\n')
    const asApp = await folderOf(found(electron), temp.dir, 'linux')
    expect((await run(join(asApp, 'node'), [], { env: { ELECTRON_RUN_AS_NODE: '1' } })).stdout).toBe('\n')
    expect(dirname(asNode)).toBe(dirname(asApp))
    expect(asNode).not.toBe(asApp)
  })

  it('cannot set a variable that has no name for a shell', async () => {
    expect(() => shimScript(['/bin/node'], { 'X=1; rm -rf': null })).toThrow('X=1; rm -rf')
    using temp = createTemp()
    expect(await provideNode(found('/bin/node', { env: { 'A B': '1' } }), temp.dir, 'linux')).toEqual({
      problem: expect.stringContaining('"A B"'),
    })
  })
})

describe.skipIf(process.platform === 'win32')('providing a node', () => {
  const node = found(process.execPath)

  it('makes private folders and a file that can be started, whatever the umask', async () => {
    using temp = createTemp()
    const before = process.umask(0o077)
    const folder = await folderOf(node, join(temp.dir, 'a/b'), 'linux').finally(() => process.umask(before))
    expect([modeOf(join(temp.dir, 'a/b')), modeOf(folder), modeOf(join(folder, 'node'))]).toEqual(['700', '700', '755'])
    expect(readdirSync(folder)).toEqual(['node'])
  })

  it('leaves alone what is there already', async () => {
    using temp = createTemp()
    const folder = await folderOf(node, temp.dir, 'linux')
    const { ino, mtimeMs } = statSync(join(folder, 'node'))
    expect(await folderOf(node, temp.dir, 'linux')).toBe(folder)
    expect(statSync(join(folder, 'node'))).toMatchObject({ ino, mtimeMs })
  })

  it.each<[string, (path: string, canary: string, text: string) => void]>([
    ['a link', (path, canary) => symlinkSync(canary, path)],
    [
      'a link to the same text, which is not ours to keep',
      (path, canary, text) => {
        writeFileSync(`${canary}-too`, text, { mode: 0o755 })
        symlinkSync(`${canary}-too`, path)
      },
    ],
    ['another text of the same length', (path, _, text) => writeFileSync(path, text.replace('exec', 'exit'), { mode: 0o755 })],
    ['a link to nothing', (path) => symlinkSync('/not/there', path)],
    ['a pipe', (path) => execFileSync('mkfifo', [path])],
    ['another text', (path) => writeFileSync(path, '#!/bin/sh\necho other\n', { mode: 0o755 })],
    ['nothing of it, after a power cut', (path) => writeFileSync(path, '', { mode: 0o755 })],
  ])('replaces %s in its place, and follows nothing', async (_, put) => {
    using temp = createTemp()
    const canary = temp.file('canary', 'alive')
    const path = join(await folderOf(node, temp.dir, 'linux'), 'node')
    const text = readFileSync(path, 'utf8')
    execFileSync('rm', [path])
    put(path, canary, text)
    await folderOf(node, temp.dir, 'linux')
    expect(lstatSync(path).isFile()).toBe(true)
    expect(readFileSync(path, 'utf8')).toBe(text)
    expect(modeOf(path)).toBe('755')
    expect(readFileSync(canary, 'utf8')).toBe('alive')
    expect(readdirSync(dirname(path))).toEqual(['node'])
  })

  it.each<[string, (path: string) => void]>([
    ['that nobody may start', (path) => chmodSync(path, 0o644)],
    ['that others may write', (path) => chmodSync(path, 0o777)],
    ['that was cut', (path) => truncateSync(path, 12)],
  ])('puts in order a file %s', async (_, harm) => {
    using temp = createTemp()
    const path = join(await folderOf(node, temp.dir, 'linux'), 'node')
    const text = readFileSync(path, 'utf8')
    harm(path)
    await folderOf(node, temp.dir, 'linux')
    expect([modeOf(path), readFileSync(path, 'utf8')]).toEqual(['755', text])
  })

  it('is fine for many at the same time: whoever has an answer can start it', async () => {
    using temp = createTemp()
    const folders = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const folder = await folderOf(node, join(temp.dir, 'state'), 'linux')
        expect((await run(join(folder, 'node'), ['-p', '1'])).stdout).toBe('1\n')
        return folder
      }),
    )
    expect(new Set(folders).size).toBe(1)
    expect(readdirSync(folders[0]!)).toEqual(['node'])
  })

  it.each<[string, (folder: string) => void, RegExp]>([
    ['a file stands where the folder should', (folder) => writeFileSync(folder, ''), /is not a folder/],
    ['others may write to the folder', (folder) => mkdirSync(folder) ?? chmodSync(folder, 0o777), /Others may write/],
  ])('tells the problem when %s', async (_, harm, problem) => {
    using temp = createTemp()
    const folder = join(temp.dir, 'state')
    harm(folder)
    expect(await provideNode(node, folder, 'linux')).toEqual({ problem: expect.stringMatching(problem) })
  })

  it('tells the problem when a folder lies in the place of the file, and keeps that', async () => {
    using temp = createTemp()
    const path = join(await folderOf(node, temp.dir, 'linux'), 'node')
    execFileSync('rm', [path])
    mkdirSync(join(path, 'something'), { recursive: true })
    expect(await provideNode(node, temp.dir, 'linux')).toEqual({ problem: expect.stringMatching(/could be put into .*EISDIR/) })
    expect(readdirSync(dirname(path))).toEqual(['node'])
    expect(existsSync(join(path, 'something'))).toBe(true)
  })

  it('refuses a folder that no PATH can name, and a Node that would be looked up on it', async () => {
    using temp = createTemp()
    expect(await provideNode(node, join(temp.dir, 'a:b'), 'linux')).toEqual({ problem: expect.stringContaining('cannot stand on a PATH') })
    expect(await provideNode(found('node'), temp.dir, 'linux')).toEqual({ problem: expect.stringContaining('not an absolute path') })
    expect(readdirSync(temp.dir)).toEqual([])
  })
})

describe('providing a node.exe', () => {
  it('gives a Node by another name its own name: the same file, nothing copied', async () => {
    using temp = createTemp()
    const other = temp.file('node22.exe', 'MZ')
    const folder = await folderOf(found(other), join(temp.dir, 'state'), 'win32')
    expect(readdirSync(folder)).toEqual(['node.exe'])
    expect(statSync(join(folder, 'node.exe')).ino).toBe(statSync(other).ino)
    expect(await folderOf(found(other), join(temp.dir, 'state'), 'win32')).toBe(folder)
  })

  // a file system of its own, in memory
  it.skipIf(!existsSync('/dev/shm'))('copies it where it cannot be linked', async () => {
    using temp = createTemp()
    const elsewhere = mkdtempSync('/dev/shm/node-shim-')
    onTestFinished(() => rmSync(elsewhere, { recursive: true }))
    const other = join(elsewhere, 'node22.exe')
    writeFileSync(other, 'MZ')
    const folder = await folderOf(found(other), join(temp.dir, 'state'), 'win32')
    expect(readdirSync(folder)).toEqual(['node.exe'])
    expect(readFileSync(join(folder, 'node.exe'), 'utf8')).toBe('MZ')
    expect(statSync(join(folder, 'node.exe')).dev).not.toBe(statSync(other).dev)
  })

  it('gives another Node another folder, also one that was updated in its place', async () => {
    using temp = createTemp()
    const other = temp.file('node22.exe', 'MZ')
    const first = await folderOf(found(other), join(temp.dir, 'state'), 'win32')
    copyFileSync(other, `${other}.new`)
    execFileSync('mv', [`${other}.new`, other])
    writeFileSync(other, 'MZ, newer')
    const second = await folderOf(found(other), join(temp.dir, 'state'), 'win32')
    expect(second).not.toBe(first)
    expect(readFileSync(join(first, 'node.exe'), 'utf8')).toBe('MZ')
    expect(readFileSync(join(second, 'node.exe'), 'utf8')).toBe('MZ, newer')
  })

  it('needs nothing where it is called so already', async () => {
    using temp = createTemp()
    const node = temp.file('nodejs/Node.exe', 'MZ')
    expect(basename(await folderOf(found(node), join(temp.dir, 'state'), 'win32'))).toBe('nodejs')
    expect(existsSync(join(temp.dir, 'state'))).toBe(false)
  })

  it('says what to do where only a batch file would help', async () => {
    using temp = createTemp()
    const electron = found(temp.file('My App.exe', 'MZ'), { env: { ELECTRON_RUN_AS_NODE: '1' } })
    expect(await provideNode(electron, join(temp.dir, 'state'), 'win32')).toEqual({
      problem: expect.stringMatching(/without a shell; install Node\.$/),
    })
  })
})
