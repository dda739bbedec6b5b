import { describe, expect, it } from 'vitest'
import { readWire } from '../../../src/detect/fuses.ts'
import { judgeArchive } from '../../../src/doctor/archive/examine.ts'
import type { FoundEntry, SeenArchive, SeenFile, SeenManifest } from '../../../src/doctor/archive/seen.ts'
import type { ArchiveFinding } from '../../../src/doctor/evidence.ts'

const program = (inner: string, more: Partial<SeenFile> = {}): SeenFile => ({
  path: `resources/${more.place ?? 'packed'}/${inner}`,
  inner,
  place: 'packed',
  executable: true,
  content: { format: 'elf', arch: 'x64', interpreter: null },
  role: 'program',
  abi: null,
  ...more,
})
const outside = (inner: string, more: Partial<SeenFile> = {}): SeenFile => program(inner, { place: 'unpacked', ...more })
const module = (inner: string, abi: SeenFile['abi'], more: Partial<SeenFile> = {}): SeenFile =>
  outside(inner, { role: 'module', abi, ...more })
const arm64 = { format: 'elf', arch: 'arm64', interpreter: null } as const
const script = (name: string) =>
  ({ content: { format: 'shebang', interpreter: '/bin/sh', throughEnv: null, program: name, args: [] }, role: null }) as const
const pe = { content: { format: 'pe', arch: 'x64' } } as const
const machO = (...archs: string[]) => ({ content: { format: 'mach-o', archs } }) as const
const placeholder = { content: { format: 'placeholder' }, role: null } as const

const manifest: SeenManifest = { main: 'main.js', mainFound: true, dependencies: [], missingImports: [] }
const found: FoundEntry = {
  path: 'resources/backend/server.js',
  inner: 'backend/server.js',
  place: 'extra',
  format: null,
  type: 'none',
  imports: [],
}
const entry = (more: Partial<FoundEntry>): Partial<SeenArchive> => ({
  entry: { name: 'server.js', named: true, found: { ...found, ...more } },
})

const healthy: SeenArchive = {
  dir: '/apps/linux-unpacked',
  target: { platform: 'linux', archs: ['x64'] },
  platform: 'linux',
  app: 'resources/app.asar',
  unreadable: null,
  faults: [],
  whole: true,
  electron: { version: '38.1.0', node: '22.18.0', abi: 139 },
  fuses: readWire(Buffer.from('\u0001\u0009101100011'))!,
  manifest,
  files: [program('my-app', { place: 'main' })],
  entry: { name: 'resources/backend/server.js', named: false, found },
}
const files = (...some: SeenFile[]): Partial<SeenArchive> => ({ files: some })
const onMac = (...archs: string[]): Partial<SeenArchive> => ({ platform: 'darwin', target: { platform: 'darwin', archs } })
const oldNode: Partial<SeenArchive> = { electron: { version: '33.0.0', node: '20.18.0', abi: 130 } }
const depends = (installed: readonly string[], missing: readonly string[]): Partial<SeenArchive> => ({
  manifest: {
    ...manifest,
    dependencies: [...installed.map((name) => ({ name, installed: true })), ...missing.map((name) => ({ name, installed: false }))],
  },
})
const judge = (more: Partial<SeenArchive>): ArchiveFinding[] => judgeArchive({ ...healthy, ...more })

describe('a packaged app', () => {
  it.each<[string, Partial<SeenArchive>]>([
    ['that is healthy', {}],
    [
      'of which only the resources are known',
      { target: null, platform: null, electron: { version: null, node: null, abi: null }, fuses: null, files: [], entry: null },
    ],
    ['with programs beside the archive', files(outside('bin/tool'), program('rg', { place: 'extra' }))],
    ['with scripts of packages in the archive, which nobody starts', files(program('node_modules/open/xdg-open', script('sh')))],
    ['with a script in the archive that is not executable', files(program('scripts/build', { ...script('sh'), executable: false }))],
    ['with libraries in the archive', files(program('lib/x.so', { role: 'library', executable: false }))],
    [
      'with variants for other machines, in the archive too',
      files(
        program('node_modules/n/vendor/notifu.exe', pe),
        program('node_modules/n/vendor/arm64-darwin/rg', machO('arm64')),
        program('node_modules/n/vendor/arm64-linux/rg', { content: arm64 }),
        outside('node_modules/n/vendor/x64-linux/rg'),
        module('node_modules/fsevents/fsevents.node', 'napi', machO('x64', 'arm64')),
      ),
    ],
    [
      'with a module that has prebuilds only for others, and its own build',
      files(
        module('node_modules/p/prebuilds/linux-arm64/p.node', 'napi', { content: arm64 }),
        module('node_modules/p/prebuilds/win32-x64/conpty.node', 'napi', pe),
        module('node_modules/p/build/Release/p.node', 139),
      ),
    ],
    [
      'with builds of a module for many Nodes',
      files(
        module('node_modules/b/build/Release/b.node', 139),
        module('node_modules/b/build/Release/obj.target/b.node', 115),
        module('node_modules/b/bin/linux-x64-115/b.node', 115),
        module('node_modules/b/prebuilds/linux-x64/node.abi127.node', 127),
      ),
    ],
    [
      'with a module for its own Node, which it brings',
      files(module('backend/m.node', 137, { place: 'extra' }), program('node', { place: 'extra' })),
    ],
    [
      'with packages of npm for its machine, and one for another',
      files(
        module('node_modules/@img/sharp-linux-x64/lib/sharp.node', 'napi'),
        module('node_modules/@img/sharp-linux-arm64/lib/sharp.node', 'napi', { content: arm64 }),
      ),
    ],
    [
      'for Windows, with the 32-bit helper of its installer',
      {
        platform: 'win32',
        target: { platform: 'win32', archs: ['x64'] },
        files: [program('elevate.exe', { place: 'extra', content: { format: 'pe', arch: 'ia32' }, executable: false })],
      },
    ],
    [
      'for both kinds of Mac',
      {
        ...onMac('x64', 'arm64'),
        files: [module('node_modules/m/m.node', 'napi', machO('x64', 'arm64')), outside('bin/tool', machO('arm64'))],
      },
    ],
    ['with a script whose format is not sure', entry({ format: null, type: 'module' })],
    ['with an ES module by its extension', entry({ path: 'resources/s.mjs', format: 'esm' })],
    ['with an ES module and its package.json', { ...oldNode, ...entry({ format: 'esm', type: 'module' }) }],
    ['whose scripts are bundled', depends(['better-sqlite3'], ['hono', 'zod', 'ws'])],
    ['without types of dependencies', depends(['hono', 'zod'], ['@types/node'])],
    ['with all that the backend imports', entry({ imports: [{ name: 'hono', found: 'beside' }] })],
    ['of which not all was read', { whole: false, entry: { name: 'x.js', named: true, found: null }, ...depends(['a', 'b', 'c'], ['d']) }],
  ])('%s gives no findings', (_, more) => {
    expect(judge(more)).toEqual([])
  })

  it.each<[string, Partial<SeenArchive>, string, Partial<Record<keyof ArchiveFinding, unknown>>]>([
    [
      'whose backend is nowhere',
      { entry: { name: 'dist/server.js', named: true, found: null } },
      'fail ENTRY_MISSING',
      {
        fact: 'The backend dist/server.js is neither in resources/app.asar, nor beside it, nor among the extra resources.',
        paths: ['dist/server.js'],
      },
    ],
    [
      'whose backend is only packed',
      entry({ place: 'packed', path: 'resources/app.asar/dist/server.js', inner: 'dist/server.js' }),
      'warn ENTRY_MISSING',
      { hint: expect.stringContaining('asarUnpack: ["**/dist/server.js"]'), paths: ['resources/app.asar/dist/server.js'] },
    ],
    [
      'whose archive is no file',
      { unreadable: 'is a pipe, not a file', whole: false, manifest: null },
      'fail ENTRY_MISSING',
      { fact: 'resources/app.asar is a pipe, not a file.' },
    ],
    ['without package.json', { manifest: null }, 'fail ENTRY_MISSING', { fact: expect.stringContaining('no package.json') }],
    [
      'with a package.json that is none',
      { manifest: { ...manifest, main: null, mainFound: false } },
      'fail ENTRY_MISSING',
      { fact: 'resources/app.asar/package.json is no JSON object.' },
    ],
    [
      'without its main script',
      { manifest: { ...manifest, main: 'dist/m.js', mainFound: false } },
      'fail ENTRY_MISSING',
      { fact: expect.stringContaining('names dist/m.js as main') },
    ],
    [
      'that is cut off',
      { faults: [{ kind: 'beyond-end', count: 9, examples: ['a', 'b'] }] },
      'fail ENTRY_MISSING',
      { fact: 'resources/app.asar is cut off: it ends before the end of 9 of its files: a, b and 7 more.' },
    ],
    [
      'with names that lead out',
      { faults: [{ kind: 'bad-name', count: 1, examples: ['../x'] }] },
      'warn ENTRY_MISSING',
      { paths: ['resources/app.asar/../x'] },
    ],
    ['whose backend is TypeScript', entry({ path: 'resources/server.mts' }), 'fail TYPESCRIPT_ENTRY', { paths: ['resources/server.mts'] }],
    [
      'whose main is TypeScript',
      { manifest: { ...manifest, main: './src/main.ts' } },
      'warn TYPESCRIPT_ENTRY',
      { paths: ['resources/app.asar/src/main.ts'] },
    ],
    [
      'with a program in the archive',
      files(program('node_modules/@vscode/ripgrep/bin/rg')),
      'fail PATH_INSIDE_ASAR',
      { hint: 'Package with asarUnpack: ["**/node_modules/@vscode/ripgrep/**"], and spawn from app.asar.unpacked instead of app.asar.' },
    ],
    [
      'with a script of its own in the archive',
      files(program('bin/run.sh', script('bash'))),
      'fail PATH_INSIDE_ASAR',
      { hint: expect.stringContaining('["**/bin/run.sh"]') },
    ],
    [
      'with a wrapper of Claude in the archive',
      files(program('node_modules/x/claude', { ...script('sh'), executable: false })),
      'fail PATH_INSIDE_ASAR',
      {},
    ],
    [
      'with a native Claude in the archive, on any system',
      files(program('node_modules/@anthropic-ai/claude-code/bin/claude.exe', { executable: false })),
      'fail PATH_INSIDE_ASAR',
      {},
    ],
    [
      'with a native module in the archive',
      files(module('node_modules/m/m.node', 'napi', { place: 'packed' })),
      'warn PATH_INSIDE_ASAR',
      { hint: 'Package with asarUnpack: ["**/node_modules/m/**"].' },
    ],
    [
      'with a program that lost its bit',
      files(outside('bin/tool', { executable: false })),
      'fail NOT_EXECUTABLE',
      { hint: expect.stringContaining('chmod +x') },
    ],
    [
      'whose own executable lost its bit',
      files(program('my-app', { place: 'main', path: 'my-app', executable: false })),
      'fail NOT_EXECUTABLE',
      { paths: ['my-app'] },
    ],
    [
      'with a module for another Node',
      files(module('node_modules/better-sqlite3/build/Release/better_sqlite3.node', 127)),
      'fail NATIVE_ABI_MISMATCH',
      {
        fact: expect.stringContaining('NODE_MODULE_VERSION 127; Electron 38.1.0 loads 139'),
        hint: expect.stringContaining('npx @electron/rebuild --version 38.1.0 --only better-sqlite3'),
      },
    ],
    [
      'with a program for another processor',
      files(outside('bin/tool', { content: arm64 })),
      'fail WRONG_ARCHITECTURE',
      { fact: expect.stringContaining('built for Linux on arm64; the app is for Linux on x64') },
    ],
    [
      'with a program for another system',
      files(outside('bin/tool', machO('x64'))),
      'fail WRONG_ARCHITECTURE',
      { fact: expect.stringContaining('built for macOS on x64') },
    ],
    [
      'with a Claude for Windows',
      files(outside('node_modules/@anthropic-ai/claude-code/bin/claude.exe', pe)),
      'fail WRONG_ARCHITECTURE',
      {},
    ],
    [
      'with a module for another processor',
      files(module('node_modules/m/m.node', 'napi', { content: arm64 })),
      'fail WRONG_ARCHITECTURE',
      {},
    ],
    [
      'with a variant that is not what its name says',
      files(module('node_modules/m/prebuilds/linux-x64/m.node', 'napi', { content: arm64 })),
      'fail WRONG_ARCHITECTURE',
      {},
    ],
    [
      'with a package of npm for another system, and none for this',
      files(module('node_modules/@img/sharp-darwin-arm64/lib/s.node', 'napi', machO('arm64'))),
      'fail WRONG_ARCHITECTURE',
      { hint: expect.stringContaining('npm install --os=linux --cpu=x64') },
    ],
    [
      'with a tool for another processor only',
      files(program('bin/linux-arm64/tool', { place: 'extra', content: arm64 })),
      'fail WRONG_ARCHITECTURE',
      {},
    ],
    [
      'for a Mac, with a program that needs Rosetta',
      { ...onMac('arm64'), files: [outside('bin/tool', machO('x64'))] },
      'warn WRONG_ARCHITECTURE',
      { fact: expect.stringContaining('Rosetta') },
    ],
    [
      'for a Mac, with a module that Rosetta does not help',
      { ...onMac('arm64'), files: [module('m.node', 'napi', machO('x64'))] },
      'fail WRONG_ARCHITECTURE',
      {},
    ],
    [
      'for another machine than this package',
      { target: { platform: 'linux', archs: ['arm64'] } },
      'fail WRONG_ARCHITECTURE',
      { hint: 'Take the package that was built for linux arm64.' },
    ],
    [
      'with an ES module that lost its package.json, on an old Node',
      { ...oldNode, ...entry({ format: 'esm' }) },
      'fail MODULE_FORMAT_MISMATCH',
      { hint: expect.stringContaining('"type": "module"') },
    ],
    [
      'with an ES module that lost its package.json, on a Node that looks',
      entry({ format: 'esm' }),
      'warn MODULE_FORMAT_MISMATCH',
      { fact: expect.stringContaining('Node before 20.19 and 22.7') },
    ],
    ['with an ES module that is said to be CommonJS', entry({ format: 'esm', type: 'commonjs' }), 'fail MODULE_FORMAT_MISMATCH', {}],
    [
      'with CommonJS that is said to be an ES module',
      entry({ format: 'commonjs', type: 'module' }),
      'fail MODULE_FORMAT_MISMATCH',
      { hint: expect.stringContaining('"type": "commonjs" beside it, or name it .cjs') },
    ],
    [
      'with CommonJS by an extension for ES modules',
      entry({ path: 'resources/s.mjs', format: 'commonjs' }),
      'fail MODULE_FORMAT_MISMATCH',
      { hint: 'Name it .cjs.' },
    ],
    [
      'that lost one dependency of many',
      depends(['a', 'b', 'c'], ['js-yaml']),
      'warn DEPENDENCY_MISSING',
      { fact: expect.stringContaining('asks for js-yaml') },
    ],
    [
      'whose main script imports what is not there',
      { manifest: { ...manifest, missingImports: ['hono'] } },
      'fail DEPENDENCY_MISSING',
      { fact: expect.stringContaining('main.js imports hono') },
    ],
    [
      'whose backend imports what is not there',
      entry({ imports: [{ name: 'hono', found: 'nowhere' }] }),
      'fail DEPENDENCY_MISSING',
      { fact: expect.stringContaining('imports hono') },
    ],
    [
      'whose backend, elsewhere, imports what is only packed',
      entry({ imports: [{ name: 'hono', found: 'packed' }] }),
      'fail DEPENDENCY_MISSING',
      {},
    ],
    [
      'whose unpacked backend imports what is only packed',
      entry({ place: 'unpacked', imports: [{ name: 'hono', found: 'packed' }] }),
      'warn DEPENDENCY_MISSING',
      { hint: expect.stringContaining('"**/node_modules/hono/**"') },
    ],
    [
      'whose fuse is off',
      { fuses: readWire(Buffer.from('\u0001\u0009001100011'))! },
      'warn RUN_AS_NODE_FUSE_OFF',
      { hint: expect.stringContaining('utilityProcess') },
    ],
    [
      "with npm's placeholder of Claude",
      files(outside('node_modules/@anthropic-ai/claude-code/bin/claude.exe', placeholder)),
      'fail CLAUDE_UNUSABLE',
      {},
    ],
    [
      "with npm's placeholder of Claude, and the native file beside it",
      files(
        outside('node_modules/@anthropic-ai/claude-code/bin/claude.exe', placeholder),
        outside('node_modules/@anthropic-ai/claude-code-linux-x64/claude'),
      ),
      'warn CLAUDE_UNUSABLE',
      {},
    ],
  ])('%s: %3$s', (_, more, verdict, finding) => {
    const findings = judge(more)
    expect(findings.map(({ severity, code }) => `${severity} ${code}`)).toEqual([verdict])
    expect(findings[0]).toMatchObject(finding)
    // one sentence each, and paths to look at
    expect(findings[0]!.fact).toMatch(/^[^\n]+\.$/)
    expect(findings[0]!.hint).toMatch(/^[^\n]+\.$/)
    expect(Array.isArray(findings[0]!.paths)).toBe(true)
  })

  it('tells what forbids a start first', () => {
    const both = judge({ ...files(module('m.node', 'napi', { place: 'packed' })), ...entry({ path: 'server.ts' }) })
    expect(both.map(({ severity }) => severity)).toEqual(['fail', 'warn'])
  })

  it('with a thousand things wrong is told in few words', () => {
    const many = Array.from({ length: 1000 }, (_, at) => program(`node_modules/p${at}/tool`, { content: arm64 }))
    const inOne = Array.from({ length: 1000 }, (_, at) => program(`node_modules/p/tool${at}`))
    const findings = judge({ ...files(...inOne, ...many), faults: [{ kind: 'duplicate', count: 1e6, examples: ['a', 'b', 'c'] }] })
    expect(JSON.stringify(findings).length).toBeLessThan(30_000)
    expect(findings.some(({ fact }) => /There are 99\d more findings like this one\.$/.test(fact))).toBe(true)
    expect(findings.some(({ fact }) => fact.includes('and 995 more'))).toBe(true)
  })
})
