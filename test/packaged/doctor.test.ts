/** `doctor --app` on what electron-builder really writes: nothing to say of a sound package, and the name of each mistake. */
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import type { DoctorReport } from '../../src/doctor.ts'
import { nativeModule, place, programs } from '../doctor/archive/packaged.ts'
import { runCli } from '../helpers/cli.ts'
import { createScene } from '../helpers/supervised.ts'
import { builderArch } from './distribution.ts'
import { packageApp } from './package-app.ts'

const examine = async (app: string, ...args: string[]): Promise<{ readonly report: DoctorReport; readonly code: number | null }> => {
  await using scene = createScene()
  const { stdout, stderr, code } = await runCli(scene, ['doctor', '--json', '--app', app, ...args])
  if (stdout.length === 0) throw new Error(stderr)
  return { report: JSON.parse(String(stdout)) as DoctorReport, code }
}

const findingsOf = ({ checks }: DoctorReport): string[] =>
  checks.filter(({ status }) => status === 'fail' || status === 'warn').map(({ code, status, title }) => `${status} ${code}: ${title}`)

const backend = "import { createServer } from 'node:http'\ncreateServer().listen(process.env.PORT)\n"
const main = "const { app, utilityProcess } = require('electron')\nutilityProcess.fork(`${app.getAppPath()}/dist/cli/node.js`)\n"

type Files = Readonly<Record<string, string | Buffer>>

const sound: Files = {
  'package.json': JSON.stringify({ name: 'webui', version: '1.0.0', author: 'Somebody', description: 'Chats', main: 'main.js' }),
  'main.js': main,
  'dist/cli/node.js': backend,
  'dist/package.json': '{ "type": "module" }',
}

interface Mistake {
  readonly name: string
  readonly files: Files
  readonly config: object
  readonly args?: readonly string[]
  readonly finds: readonly RegExp[]
  readonly code: number
}

const dependency = (name: string, files: Files): Files =>
  Object.fromEntries(Object.entries(files).map(([path, bytes]) => [`node_modules/${name}/${path}`, bytes]))

const withDependencies = (...names: string[]): string =>
  JSON.stringify({ ...JSON.parse(String(sound['package.json'])), dependencies: Object.fromEntries(names.map((name) => [name, '1.0.0'])) })

const native = `claude-code-linux-${builderArch}`

const mistakes: readonly Mistake[] = [
  {
    name: 'an entry that lies only in the archive, where no plain Node reads it',
    files: sound,
    config: {},
    finds: [/^warn ENTRY_MISSING: .*dist\/cli\/node\.js lies only in the archive/],
    code: 0,
  },
  {
    name: 'an entry that is TypeScript',
    files: {
      ...sound,
      'server/index.ts': 'export const port: number = 1\n',
      'dist/cli/node.js': '',
      'main.js': main.replace('dist/cli/node.js', 'server/index.ts'),
    },
    config: { asarUnpack: ['server/**'], files: ['!dist'] },
    finds: [/^fail TYPESCRIPT_ENTRY: .*server\/index\.ts/],
    code: 1,
  },
  {
    name: 'a module that the backend imports and that was left at home',
    files: { ...sound, 'dist/cli/node.js': `import { Hono } from 'hono'\nnew Hono()\n${backend}` },
    config: { asarUnpack: ['dist/**'] },
    finds: [/^fail DEPENDENCY_MISSING: .*imports hono/],
    code: 1,
  },
  {
    name: 'a module that the backend imports and that only the archive has',
    files: {
      ...sound,
      'package.json': withDependencies('hono'),
      'dist/cli/node.js': `import { Hono } from 'hono'\nnew Hono()\n${backend}`,
      ...dependency('hono', { 'package.json': '{ "name": "hono", "version": "1.0.0", "main": "index.js" }', 'index.js': '' }),
    },
    config: { asarUnpack: ['dist/**'] },
    finds: [/^warn DEPENDENCY_MISSING: .*imports hono, which lies only in the archive/],
    code: 0,
  },
  {
    name: 'a Claude in the archive, where no system starts it',
    files: {
      ...sound,
      'package.json': withDependencies(`@anthropic-ai/${native}`),
      ...dependency(`@anthropic-ai/${native}`, {
        'package.json': JSON.stringify({ name: `@anthropic-ai/${native}`, version: '1.0.0' }),
        claude: programs.elf(builderArch),
      }),
    },
    // left alone, electron-builder would have seen that it is a program
    config: { asarUnpack: ['dist/**'], asar: { smartUnpack: false } },
    finds: [new RegExp(`^fail PATH_INSIDE_ASAR: .*app\\.asar/node_modules/@anthropic-ai/${native}/claude is a program`)],
    code: 1,
  },
  {
    name: 'a native module in the archive',
    files: {
      ...sound,
      'package.json': withDependencies('addon'),
      ...dependency('addon', {
        'package.json': '{ "name": "addon", "version": "1.0.0", "main": "addon.node" }',
        'addon.node': nativeModule(),
      }),
    },
    config: { asarUnpack: ['dist/**'], asar: { smartUnpack: false } },
    finds: [/^warn PATH_INSIDE_ASAR: .*app\.asar\/node_modules\/addon\/addon\.node/],
    code: 0,
  },
  {
    name: 'a fuse that forbids what the backend is started with',
    files: sound,
    config: { asarUnpack: ['dist/**'], electronFuses: { runAsNode: false } },
    finds: [/^warn RUN_AS_NODE_FUSE_OFF: /],
    code: 0,
  },
]

const packaged = async (folder: string, files: Files, config: object): Promise<string> => {
  const { dir, electron } = inject('packages')
  const project = join(dir, folder, 'project')
  for (const [path, bytes] of Object.entries(files))
    if (bytes.length > 0) place(join(project, path), bytes, path.endsWith('/claude') ? 0o755 : 0o644)
  place(join(project, 'electron-builder.json'), JSON.stringify({ appId: 'dev.webui', npmRebuild: false, publish: null, ...config }))
  return packageApp({ project, out: join(dir, folder, 'out'), electron })
}

describe.skipIf(process.platform !== 'linux')('doctor --app', () => {
  it('has nothing against the example, and sees what it is', async () => {
    const { example } = inject('packages')
    const { report, code } = await examine(example)
    expect(findingsOf(report)).toEqual([])
    expect(report).toMatchObject({ ok: true })
    expect(code).toBe(0)
    await using scene = createScene()
    const { stdout } = await runCli(scene, ['doctor', '--app', example])
    expect(String(stdout)).toMatch(/^✔ .*speaks against a start\.\n$/)
  })

  it('has nothing against the example where its backend is named, by any of its paths', async () => {
    const { example } = inject('packages')
    const entry = 'resources/node_modules/my-jarvis-backend/dist/cli/node.js'
    for (const name of [entry, join(example, entry), 'node_modules/my-jarvis-backend/dist/cli/node.js']) {
      const { report, code } = await examine(example, '--entry', name)
      expect(findingsOf(report), name).toEqual([])
      expect(code).toBe(0)
    }
  })

  it('has nothing against a package whose backend is unpacked', async () => {
    const { report, code } = await examine(await packaged('sound', sound, { asarUnpack: ['dist/**'] }))
    expect(findingsOf(report)).toEqual([])
    expect(code).toBe(0)
  })

  it.each(mistakes)('finds $name', async ({ name, files, config, args = [], finds, code: expected }) => {
    const { report, code } = await examine(await packaged(name.replace(/\W+/g, '-'), files, config), ...args)
    const findings = findingsOf(report)
    expect(findings).toHaveLength(finds.length)
    for (const [index, pattern] of finds.entries()) expect(findings[index]).toMatch(pattern)
    expect(code).toBe(expected)
  })

  it('finds what breaks when the example is copied carelessly', async () => {
    await using scene = createScene()
    const app = join(scene.dir, 'app')
    cpSync(inject('packages').example, app, { recursive: true })
    const search = join(app, `resources/node_modules/@anthropic-ai/claude-code/vendor/ripgrep/${process.arch}-linux/rg`)
    place(search, programs.elf(builderArch), 0o644)
    const { report, code } = await examine(app)
    expect(findingsOf(report)).toEqual([expect.stringMatching(/^fail NOT_EXECUTABLE: .*\/rg /)])
    expect(code).toBe(1)
  })
})
