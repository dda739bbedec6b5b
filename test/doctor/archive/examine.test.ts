import { readFileSync, rmSync, symlinkSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type ExamineOptions, examineArchive } from '../../../src/doctor/archive/examine.ts'
import type { ArchiveFacts } from '../../../src/doctor/evidence.ts'
import { SupervisorError } from '../../../src/errors.ts'
import { emptyFolder, placeholder } from '../../detect/installed.ts'
import { electronBytes, type Files, linuxApp, macApp, nativeModule, place, programs, startable, windowsApp, writeAsar } from './packaged.ts'

const told = ({ findings }: ArchiveFacts): string[] =>
  findings.map(({ severity, code, paths }) => `${severity} ${code} ${paths.join(' ')}`.trim())
const examined = async (dir: string, options?: ExamineOptions): Promise<string[]> => told(await examineArchive(dir, options))
const refusal = async (dir: string, options?: ExamineOptions): Promise<SupervisorError> => {
  const error = await examineArchive(dir, options).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(SupervisorError)
  expect((error as SupervisorError).code).toBe('ERR_INVALID_OPTIONS')
  return error as SupervisorError
}

const json = (value: unknown): string => JSON.stringify(value)

/** An app as it should be: its backend, its tools and its native modules lie beside the archive, with what they need. */
const good: Files = {
  'package.json': json({
    name: 'app',
    main: './dist/main.js',
    type: 'module',
    dependencies: { hono: '4', 'better-sqlite3': '11', '@types/node': '1' },
  }),
  'dist/main.js': "import { app } from 'electron'\nimport 'hono'\n",
  'dist/cli.js': { bytes: '#!/usr/bin/env node\n', executable: true },
  'node_modules/hono/package.json': { bytes: json({ name: 'hono' }), unpacked: true },
  'node_modules/better-sqlite3/package.json': '{}',
  'node_modules/better-sqlite3/build/Release/better_sqlite3.node': { bytes: nativeModule('node_register_module_v139'), unpacked: true },
  'node_modules/tool/vendor/arm64-darwin/rg': { bytes: programs.machO(), executable: true },
  'node_modules/tool/vendor/x64-linux/rg': { bytes: programs.elf(), executable: true, unpacked: true },
  'node_modules/.bin/tool': { link: 'node_modules/tool/cli.js' },
  'backend/server.js': { bytes: "import { serve } from 'hono'\nimport fs from 'node:fs'\n", unpacked: true },
  'backend/package.json': { bytes: json({ type: 'module' }), unpacked: true },
}
const linuxOnly = { asar: good, resources: { 'bin/tool': { bytes: programs.elf(), executable: true }, 'icon.png': 'x' } } as const

describe('a healthy app', () => {
  it('for Linux gives no findings, and is known', async () => {
    const dir = linuxApp(linuxOnly)
    expect(await examineArchive(dir)).toEqual({
      dir,
      findings: [],
      electron: { version: '38.1.0', node: '22.18.0', abi: 139, arch: 'x64' },
      fuses: expect.objectContaining({ runAsNode: true, onlyLoadAppFromAsar: false }),
      entry: 'resources/app.asar.unpacked/backend/server.js',
    })
  })

  it('for Windows', async () => {
    const dir = windowsApp({ version: 'v41.0.0\n', resources: { 'backend/server.cjs': "const http = require('http')\n" } })
    expect(await examineArchive(dir)).toMatchObject({
      findings: [],
      electron: { version: '41.0.0', node: '24.14.0', abi: 145, arch: 'x64' },
      fuses: { runAsNode: true },
      entry: 'resources/backend/server.cjs',
    })
  })

  it('for macOS, whose Electron lies in a framework', async () => {
    const dir = macApp({ resources: { 'bin/tool': { bytes: programs.universal(), executable: true } } })
    expect(await examineArchive(dir)).toMatchObject({
      findings: [],
      electron: { version: '37.2.0', node: '22.16.0', abi: 136, arch: 'arm64' },
      fuses: { runAsNode: true },
      entry: null,
    })
    const unnamed = macApp({ version: null, main: programs.universal() })
    expect((await examineArchive(unnamed)).electron).toMatchObject({ version: '38.1.0', arch: 'x64 arm64' })
  })

  it('that is no archive but a folder', async () => {
    const dir = linuxApp()
    rmSync(join(dir, 'resources/app.asar'))
    place(join(dir, 'resources/app/package.json'), json({ main: 'lib' }))
    place(join(dir, 'resources/app/lib/index.js'), "require('./x')\n")
    place(join(dir, 'resources/app/server.js'), "require('http')\n")
    expect(await examineArchive(dir)).toMatchObject({ findings: [], entry: 'resources/app/server.js' })
  })

  it('that is given by its resources alone, or by a folder with an archive, or through a link', async () => {
    const linux = linuxApp(linuxOnly)
    expect(await examineArchive(join(linux, 'resources'))).toMatchObject({
      findings: [],
      electron: { version: '38.1.0' },
      entry: 'app.asar.unpacked/backend/server.js',
    })
    const mac = macApp()
    for (const dir of [join(mac, 'Contents'), join(mac, 'Contents/Resources')]) {
      expect(await examineArchive(dir), dir).toMatchObject({ findings: [], electron: { version: '37.2.0', arch: 'arm64' } })
    }
    const bare = emptyFolder()
    writeAsar(join(bare, 'app.asar'), good)
    expect(await examineArchive(bare)).toMatchObject({
      findings: [],
      electron: { version: null, node: null, abi: null, arch: null },
      fuses: null,
    })
    const link = join(emptyFolder(), 'current')
    symlinkSync(linux, link)
    expect(await examineArchive(link, { entry: join(link, 'resources/bin/tool') })).toMatchObject({
      dir: link,
      findings: [],
      entry: 'resources/bin/tool',
    })
  })
})

describe('what is no packaged app', () => {
  it('is refused with what was looked for, and with what lies near', async () => {
    const empty = emptyFolder()
    expect((await refusal(empty)).message).toBe(
      `${empty} holds no packaged Electron app: there is neither app.asar nor app/package.json in it, in its resources, or in its Contents/Resources.`,
    )
    expect((await refusal(join(empty, 'none'))).message).toBe(`${join(empty, 'none')} is not there.`)
    expect((await refusal(place(join(empty, 'file')))).message).toContain('is no folder')
    const dir = linuxApp()
    expect((await refusal(dirname(dir))).hint).toBe(`There is one in ${dir}.`)
  })
})

describe('the version of Electron', () => {
  it('is that of the dependencies where nothing else tells', async () => {
    const asar = { ...startable, 'package.json': json({ main: 'main.js', devDependencies: { electron: '^36.3.0' } }) }
    const main = electronBytes(programs.elf(), { version: null })
    expect((await examineArchive(linuxApp({ asar, main }))).electron).toMatchObject({ version: '36.3.0', abi: 135 })
    const range = { ...startable, 'package.json': json({ main: 'main.js', devDependencies: { electron: 'latest' } }) }
    expect((await examineArchive(linuxApp({ asar: range, main }))).electron).toMatchObject({ version: null, abi: null })
  })
})

describe('the backend', () => {
  const asar: Files = { ...startable, 'dist/server.js': 'module.exports = 1\n', 'lib/deep.js': { bytes: 'x', unpacked: true } }
  const app = (): string => linuxApp({ asar, resources: { 'backend/run.js': 'x', 'tool.js': 'x' } })

  it.each<[string, string, string[]]>([
    ['dist/server.js', 'resources/app.asar/dist/server.js', ['warn ENTRY_MISSING resources/app.asar/dist/server.js']],
    ['./lib/deep.js', 'resources/app.asar.unpacked/lib/deep.js', []],
    ['app.asar/lib/deep.js', 'resources/app.asar.unpacked/lib/deep.js', []],
    ['app.asar.unpacked/lib/deep.js', 'resources/app.asar.unpacked/lib/deep.js', []],
    ['../backend/run.js', 'resources/backend/run.js', []],
    ['backend/run.js', 'resources/backend/run.js', []],
    ['resources/backend/run.js', 'resources/backend/run.js', []],
    [String.raw`resources\backend\run.js`, 'resources/backend/run.js', []],
    ['dist/other.js', 'dist/other.js', ['fail ENTRY_MISSING dist/other.js']],
    ['dist', 'dist', ['fail ENTRY_MISSING dist']],
  ])('%s is found as %s', async (entry, found, findings) => {
    const facts = await examineArchive(app(), { entry })
    expect(facts.entry).toBe(found)
    expect(told(facts)).toEqual(findings)
  })

  it('is found by its absolute path, and refused outside of the package', async () => {
    const dir = app()
    expect((await examineArchive(dir, { entry: join(dir, 'resources/app.asar/dist/server.js') })).entry).toBe(
      'resources/app.asar/dist/server.js',
    )
    expect((await examineArchive(dir, { entry: join(dir, 'resources/backend/none.js') })).entry).toBe('resources/backend/none.js')
    for (const entry of ['/etc/passwd', '../../../../../etc/passwd'])
      expect((await refusal(dir, { entry })).message).toContain('is not within')
  })

  it('is missing where the archive says that it lies beside, and it does not', async () => {
    const dir = app()
    rmSync(join(dir, 'resources/app.asar.unpacked/lib/deep.js'))
    expect(await examined(dir, { entry: 'lib/deep.js' })).toEqual(['fail ENTRY_MISSING lib/deep.js'])
  })

  it('is guessed, and only then warned about where it is packed', async () => {
    expect(await examineArchive(linuxApp({ asar }))).toMatchObject({ entry: 'resources/app.asar/dist/server.js' })
    expect((await examineArchive(linuxApp())).entry).toBeNull()
  })

  it('that is TypeScript', async () => {
    const dir = linuxApp({ resources: { 'backend/server.ts': "import 'hono'\n" } })
    expect(await examined(dir)).toContain('fail TYPESCRIPT_ENTRY resources/backend/server.ts')
  })

  it('that lost its package.json is taken for CommonJS by an old Node, and found out by a newer one', async () => {
    const resources = { 'backend/server.js': 'export default 1\n' }
    expect(await examined(linuxApp({ resources, version: '33.2.0' }))).toEqual(['fail MODULE_FORMAT_MISMATCH resources/backend/server.js'])
    expect(await examined(linuxApp({ resources, version: '38.0.0' }))).toEqual(['warn MODULE_FORMAT_MISMATCH resources/backend/server.js'])
    const kept = { ...resources, 'package.json': json({ type: 'module' }) }
    expect(await examined(linuxApp({ resources: kept, version: '33.2.0' }))).toEqual([])
    const turned = { 'backend/server.js': 'module.exports = 1\n', 'backend/package.json': json({ type: 'module' }) }
    expect(await examined(linuxApp({ resources: turned }))).toEqual(['fail MODULE_FORMAT_MISMATCH resources/backend/server.js'])
  })

  it('that is packed counts the package.json of the archive', async () => {
    const packed = { ...startable, 'package.json': json({ main: 'main.js', type: 'module' }), 'dist/server.js': 'module.exports = 1\n' }
    expect(await examined(linuxApp({ asar: packed }))).toEqual([
      'fail MODULE_FORMAT_MISMATCH resources/app.asar/dist/server.js',
      'warn ENTRY_MISSING resources/app.asar/dist/server.js',
    ])
  })
})

describe('what is to be started', () => {
  it('cannot be, from within the archive', async () => {
    const asar: Files = {
      ...startable,
      'node_modules/@vscode/ripgrep/bin/rg': { bytes: programs.elf(), executable: true },
      // packed on Windows: no bit tells
      'bin/tool': programs.elf(),
      'bin/run.sh': { bytes: '#!/bin/bash\n', executable: true },
      'node_modules/x/x.node': nativeModule(),
    }
    const { findings } = await examineArchive(linuxApp({ asar }))
    expect(findings.map(({ code, severity, hint }) => [code, severity, /\[.*\]/.exec(hint)?.[0]])).toEqual([
      ['PATH_INSIDE_ASAR', 'fail', '["**/node_modules/@vscode/ripgrep/**"]'],
      ['PATH_INSIDE_ASAR', 'fail', '["**/bin/tool"]'],
      ['PATH_INSIDE_ASAR', 'fail', '["**/bin/run.sh"]'],
      ['PATH_INSIDE_ASAR', 'warn', '["**/node_modules/x/**"]'],
    ])
  })

  it.skipIf(process.platform === 'win32')('cannot be, without the executable bit', async () => {
    const asar = { ...startable, 'bin/tool': { bytes: programs.elf(), unpacked: true, mode: 0o644 } } as const
    const dir = linuxApp({ asar, resources: { 'bin/other': programs.elf() }, mainMode: 0o644 })
    expect(await examined(dir)).toEqual(['fail NOT_EXECUTABLE my-app resources/app.asar.unpacked/bin/tool resources/bin/other'])
    expect(await examined(windowsApp({ resources: { 'bin/tool.exe': programs.pe() } }))).toEqual([])
  })

  it('cannot be, on another processor', async () => {
    const asar = { ...startable, 'bin/tool': { bytes: programs.elf('arm64'), unpacked: true, executable: true } } as const
    const dir = linuxApp({ asar, resources: { 'bin/other': { bytes: programs.pe(), executable: true } } })
    expect(await examined(dir)).toEqual([
      'fail WRONG_ARCHITECTURE resources/app.asar.unpacked/bin/tool',
      'fail WRONG_ARCHITECTURE resources/bin/other',
    ])
    expect(await examined(macApp({ resources: { tool: { bytes: programs.machO('x64'), executable: true } } }))).toEqual([
      'warn WRONG_ARCHITECTURE Contents/Resources/tool',
    ])
    expect(await examined(linuxApp(), { platform: 'linux', arch: 'arm64' })).toEqual(['fail WRONG_ARCHITECTURE my-app'])
    expect(await examined(linuxApp(), { arch: 'x64' })).toEqual([])
  })

  it('is not what stands in its place', async () => {
    const stub = { bytes: placeholder.bytes!, executable: true, unpacked: true } as const
    const claude = 'node_modules/@anthropic-ai/claude-code/bin/claude.exe'
    expect(await examined(linuxApp({ asar: { ...startable, [claude]: stub } }))).toEqual([
      `fail CLAUDE_UNUSABLE resources/app.asar.unpacked/${claude}`,
    ])
    const native = { bytes: programs.elf(), executable: true, unpacked: true } as const
    const both = { ...startable, [claude]: stub, 'node_modules/@anthropic-ai/claude-code-linux-x64/claude': native }
    expect(await examined(linuxApp({ asar: both }))).toEqual([`warn CLAUDE_UNUSABLE resources/app.asar.unpacked/${claude}`])
  })

  it('is no Node where the fuse says so', async () => {
    const main = electronBytes(programs.elf(), { fuses: '001100011' })
    const facts = await examineArchive(linuxApp({ main }))
    expect(facts.fuses).toMatchObject({ runAsNode: false })
    expect(told(facts)).toEqual(['warn RUN_AS_NODE_FUSE_OFF my-app'])
    expect(await examined(macApp({ fuses: '0' }))).toEqual(['warn RUN_AS_NODE_FUSE_OFF Contents/MacOS/My App'])
  })
})

describe('native modules', () => {
  const moduleAt = (marker: string): Files => ({
    ...startable,
    'node_modules/better-sqlite3/build/Release/better_sqlite3.node': { bytes: nativeModule(marker), unpacked: true },
  })
  const path = 'resources/app.asar.unpacked/node_modules/better-sqlite3/build/Release/better_sqlite3.node'

  it.each<[string, string[]]>([
    ['node_register_module_v139', []],
    ['napi_register_module_v1', []],
    ['of an unknown kind', []],
    ['node_register_module_v115', [`fail NATIVE_ABI_MISMATCH ${path}`]],
  ])('that say %j', async (marker, findings) => {
    expect(await examined(linuxApp({ asar: moduleAt(marker) }))).toEqual(findings)
  })

  it('say it wherever in the file, over the border of what is read at once', async () => {
    for (const before of [1, 10, 24, 30]) {
      const marker = Buffer.from('\0node_register_module_v115\0')
      const bytes = Buffer.concat([nativeModule('x'), Buffer.alloc(3 * 1024 * 1024)])
      marker.copy(bytes, 1024 * 1024 - before)
      expect(await examined(linuxApp({ asar: { ...startable, 'm.node': { bytes, unpacked: true } } })), `${before}`).toHaveLength(1)
    }
  })
})

describe('what scripts import', () => {
  it('is looked for where each of them looks', async () => {
    const asar: Files = {
      ...startable,
      'main.js': "const { app } = require('electron')\nconst a = require('lost')\nrequire('kept')\n",
      'node_modules/kept/index.js': '',
      'dist/server.js': { bytes: "const a = require('kept')\nconst b = require('gone')\nconst c = require('up/sub')\n", unpacked: true },
    }
    const { findings } = await examineArchive(linuxApp({ asar, resources: { 'node_modules/up/index.js': '' } }))
    expect(findings.map(({ severity, fact }) => `${severity}: ${fact}`)).toEqual([
      'fail: main.js imports lost, and no node_modules of the app has it.',
      'fail: The backend resources/app.asar.unpacked/dist/server.js imports gone, and no node_modules beside or above it has it.',
      'warn: The backend resources/app.asar.unpacked/dist/server.js imports kept, which lies only in the archive: a plain Node does not find it from there.',
    ])
  })

  it('and what package.json asks for is missed only where most of it is there', async () => {
    const asar = (present: readonly string[]): Files => ({
      ...startable,
      'package.json': json({ main: 'main.js', dependencies: { a: '1', b: '1', c: '1', '@d/e': '1' } }),
      ...Object.fromEntries(present.map((name) => [`node_modules/${name}/index.js`, ''])),
    })
    expect(await examined(linuxApp({ asar: asar(['a', 'b', 'c']) }))).toEqual([
      'warn DEPENDENCY_MISSING resources/app.asar/node_modules/@d/e',
    ])
    expect(await examined(linuxApp({ asar: asar(['a', 'b', 'c', '@d/e']) }))).toEqual([])
    expect(await examined(linuxApp({ asar: asar([]) }))).toEqual([])
    expect(await examined(linuxApp({ asar: asar(['a']) }))).toEqual([])
  })
})

describe('the app itself', () => {
  it.each<[string, Files, string]>([
    ['without package.json', { 'main.js': '' }, 'fail ENTRY_MISSING resources/app.asar/package.json'],
    ['with a package.json that is none', { 'package.json': '{' }, 'fail ENTRY_MISSING resources/app.asar/package.json'],
    ['without its main script', { 'package.json': json({ main: 'dist/main.js' }) }, 'fail ENTRY_MISSING resources/app.asar/package.json'],
    ['without index.js, which is main unless said', { 'package.json': '{}' }, 'fail ENTRY_MISSING resources/app.asar/package.json'],
    [
      'whose main script is TypeScript',
      { 'package.json': json({ main: 'main.ts' }), 'main.ts': '' },
      'warn TYPESCRIPT_ENTRY resources/app.asar/main.ts',
    ],
  ])('%s', async (_, asar, finding) => {
    expect(await examined(linuxApp({ asar }))).toEqual([finding])
  })

  it('is left as it was', async () => {
    const dir = linuxApp(linuxOnly)
    const before = readFileSync(join(dir, 'resources/app.asar'))
    await examineArchive(dir)
    expect(readFileSync(join(dir, 'resources/app.asar')).equals(before)).toBe(true)
    expect(basename(dir)).toBe('linux-unpacked')
  })
})
