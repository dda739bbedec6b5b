import { describe, expect, it } from 'vitest'
import { typeContent } from '../../../src/detect/content.ts'
import { guessEntry } from '../../../src/doctor/archive/guess-entry.ts'
import { abiIn, nativeRole } from '../../../src/doctor/archive/native.ts'
import { listed, shown } from '../../../src/doctor/archive/shown.ts'
import { familyOf, isMeantFor, isOneOfMany, packageOf } from '../../../src/doctor/archive/variants.ts'
import { electronMajor } from '../../../src/doctor/signs/electron-majors.ts'
import { elfBytes } from '../../detect/installed.ts'
import { nativeModule, programs } from './packaged.ts'

describe('for which machine a file is meant', () => {
  const linux = { platform: 'linux', archs: ['x64'] } as const
  it.each<[string, boolean]>([
    ['bin/tool', true],
    ['node_modules/x/build/Release/x.node', true],
    ['node_modules/x/prebuilds/linux-x64/x.node', true],
    ['node_modules/x/prebuilds/linux-arm64/x.node', false],
    ['node_modules/x/prebuilds/darwin-x64+arm64/x.node', false],
    ['vendor/ripgrep/x64-linux/rg', true],
    ['vendor/ripgrep/arm64-darwin/rg', false],
    ['bin/x86_64/tool', true],
    ['bin/aarch64/tool', false],
    ['node_modules/@img/sharp-linuxmusl-x64/lib/sharp.node', true],
    ['node_modules/node-notifier/vendor/notifu/notifu.exe', false],
    ['node_modules/@anthropic-ai/claude-code/bin/claude.exe', true],
    ['node_modules/fsevents/fsevents.node', false],
    ['node_modules/x/terminal-notifier.app/Contents/MacOS/terminal-notifier', false],
    ['node_modules/armor/winner/tool', true],
  ])('%s, for Linux on x64: %s', (path, meant) => {
    expect(isMeantFor(path, linux)).toBe(meant)
  })

  it('a universal app is for both of its processors', () => {
    const mac = { platform: 'darwin', archs: ['x64', 'arm64'] } as const
    expect(isMeantFor('prebuilds/darwin-arm64/x.node', mac)).toBe(true)
    expect(isMeantFor('prebuilds/darwin-x64/x.node', mac)).toBe(true)
    expect(isMeantFor('prebuilds/linux-x64/x.node', mac)).toBe(false)
  })

  it('variants of a thing are of one family', () => {
    const keys = ['@img/sharp-linux-x64', '@img/sharp-darwin-arm64', '@img/sharp-linuxmusl-arm64'].map((name) =>
      familyOf(`node_modules/${name}/lib/x.node`),
    )
    expect(new Set(keys.map(({ key }) => key)).size).toBe(1)
    expect(keys.every(({ isPackage }) => isPackage)).toBe(true)
    expect(familyOf('node_modules/@esbuild/linux-x64/bin/esbuild').key).toBe(familyOf('node_modules/@esbuild/darwin-arm64/bin/esbuild').key)
    expect(familyOf('bin/linux-x64/tool').key).toBe(familyOf('bin/win32-x64/tool.exe').key)
    expect(familyOf('node_modules/a/prebuilds/linux-x64/a.node')).toEqual({ key: 'node_modules/a', isPackage: false })
    expect(familyOf('node_modules/sharp-linux-x64/a').key).not.toBe(familyOf('node_modules/blunt-linux-x64/a').key)
  })

  it('the innermost package is the one that counts', () => {
    expect(packageOf('node_modules/a/node_modules/@b/c/bin/d')).toEqual({ folder: 'node_modules/a/node_modules/@b/c', name: '@b/c' })
    expect(packageOf('dist/bin/d')).toBeNull()
  })

  it.each<[string, boolean]>([
    ['node_modules/x/build/Release/x.node', false],
    ['node_modules/x/build/Release/obj.target/x.node', true],
    ['node_modules/x/prebuilds/linux-x64/node.abi115.node', true],
    ['node_modules/x/bin/linux-x64-115/x.node', true],
    ['node_modules/x/lib/binding/node-v115-linux-x64/x.node', true],
  ])('%s is one build of many: %s', (path, many) => {
    expect(isOneOfMany(path)).toBe(many)
  })
})

describe('what native code is for', () => {
  const type = (type: number, interpreter: string | null = null): Buffer => {
    const bytes = elfBytes({ interpreter })
    bytes.writeUInt16LE(type, 16)
    return bytes
  }
  const dll = programs.pe()
  dll.writeUInt16LE(0x2000, 128 + 22)
  const dylib = programs.machO()
  dylib.writeUInt32LE(6, 12)
  it.each<[string, Buffer, string, boolean | null, string | null]>([
    ['an ELF program', type(2), 'tool', false, 'program'],
    ['an ELF program that may lie anywhere', type(3, '/lib/ld.so'), 'tool.bin', false, 'program'],
    ['a static one of these', type(3), 'tool', false, 'program'],
    ['a static one with an extension and the bit', type(3), 'tool.bin', true, 'program'],
    ['a shared object', type(3), 'lib/x.so.1.2', true, 'library'],
    ['a shared object by another name', type(3), 'lib/x.plugin', false, 'library'],
    ['an object file', type(1), 'x', true, 'library'],
    ['a module', type(3), 'x.node', true, 'module'],
    ['a Mach-O program', programs.machO(), 'tool', null, 'program'],
    ['a universal one', programs.universal(), 'tool', null, 'program'],
    ['a Mach-O library', dylib, 'tool', null, 'library'],
    ['a binary of a framework', programs.universal(), 'X.framework/X', true, 'library'],
    ['a Windows program', programs.pe(), 'tool.exe', null, 'program'],
    ['a Windows library by another name', dll, 'tool.ax', null, 'library'],
    ['a text', Buffer.from('#!/bin/sh\n'), 'tool', true, null],
  ])('%s', (_, head, path, executable, role) => {
    expect(nativeRole(typeContent(head), head, path, executable)).toBe(role)
  })

  it.each([
    ['node_register_module_v115', 115],
    ['napi_register_module_v1', 'napi'],
    ['node_register_module_v115\0napi_module_register', 'napi'],
    ['node_register_module_vX\0node_register_module_v139', 139],
    ['nothing', null],
  ] as const)('a module that says %j is for %s', (marker, abi) => {
    expect(abiIn(nativeModule(marker))).toBe(abi)
  })
})

describe('which script is guessed to be the backend', () => {
  it.each<[string[], string | null]>([
    [['main.js', 'renderer/index.js', 'dist/cli.js'], null],
    [['dist/server.js', 'dist/cli/node.js'], 'dist/cli/node.js'],
    [['backend/dist/cli/node.js'], 'backend/dist/cli/node.js'],
    [['server.js', 'node_modules/x/server.js'], 'server.js'],
    [['node_modules/x/server.js', 'node_modules/x/dist/cli/node.js', 'a/b/c/server.js', 'server.d.ts'], null],
    [['backend/src/index.ts', 'backend/dist/index.js'], 'backend/dist/index.js'],
    [['backend/index.ts'], 'backend/index.ts'],
  ])('of %j: %s', (paths, entry) => {
    expect(guessEntry(paths, 'main.js', '')).toBe(entry)
  })

  it('is what the main script mentions, and never the main script itself', () => {
    expect(guessEntry(['dist/cli/node.js', 'dist/server.js'], null, "fork(join(__dirname, 'server.js'))")).toBe('dist/server.js')
    expect(guessEntry(['server.js'], 'server.js', '')).toBeNull()
  })
})

describe('names that others have chosen', () => {
  it('are shown without what a terminal would obey, and not at any length', () => {
    expect(shown('a\u001b[31m\nb\u202e')).toBe('a\ufffd[31m\ufffdb\ufffd')
    expect(shown('a\u061cb')).toBe('a\ufffdb')
    expect(shown('x'.repeat(1000))).toHaveLength(201)
    expect(listed(['a'])).toBe('a')
    expect(listed(['a', 'b', 'c'])).toBe('a, b and c')
    expect(listed(['a', 'b'], 9)).toBe('a, b and 7 more')
  })
})

describe('what an Electron brings', () => {
  it('is known of stable releases', () => {
    expect(electronMajor('38.1.0')).toEqual({ node: '22.18.0', abi: 139 })
    for (const version of ['44.0.0-beta.1', '12.0.0', 'latest', null]) expect(electronMajor(version)).toBeNull()
  })
})
