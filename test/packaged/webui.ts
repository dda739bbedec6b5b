/**
 * The app whose versions are told in the table: a backend that drives Claude through its SDK, a main process as that version
 * had it, or ours, and a package by electron-builder as a maker of apps has it: with its dependencies in `node_modules`.
 */
import { copyFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { build } from 'esbuild'
import { inject } from 'vitest'
import { packageApp } from './package-app.ts'
import { makeRunnable } from './runnable.ts'

export interface Webui {
  /** Of the package; unique in a run. */
  readonly name: string
  /** Folder in `fixtures` with its backend and the main process as it was then. */
  readonly version: string
  /** `main.js` of the version, or a file in `fixtures`. Default `main.js`. */
  readonly main?: string
  /** What lies outside of the archive, beside Claude. */
  readonly unpacked?: readonly string[]
  /** Of electron-builder, beside that. */
  readonly config?: object
}

const fixtures = resolve('test/packaged/fixtures')
const claude = '@anthropic-ai/claude-code'

const place = (path: string, text: string): void => {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

/** As npm installs them; of Claude only what answers. */
const installDependencies = (project: string): void => {
  const modules = join(project, 'node_modules')
  for (const name of ['package.json', 'cli.js', 'sdk.mjs', 'yoga.wasm']) {
    mkdirSync(join(modules, claude), { recursive: true })
    copyFileSync(resolve('node_modules', claude, name), join(modules, claude, name))
  }
  cpSync(resolve('node_modules/jiti'), join(modules, 'jiti'), { recursive: true })
  const library = join(modules, 'jarvis-supervise')
  cpSync(resolve('dist'), join(library, 'dist'), { recursive: true })
  copyFileSync(resolve('package.json'), join(library, 'package.json'))
}

const compile = async (folder: string, out: string): Promise<void> => {
  await build({
    entryPoints: [join(fixtures, folder, 'node.ts')],
    outfile: out,
    bundle: true,
    external: [claude],
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'error',
  })
  place(join(dirname(dirname(out)), 'package.json'), '{ "type": "module" }')
}

const writeProject = async (project: string, version: string, main: string): Promise<void> => {
  const dependencies = { [claude]: '1.0.128', 'jarvis-supervise': JSON.parse(readFileSync('package.json', 'utf8')).version as string }
  const manifest = { name: 'webui', version: '1.0.0', author: 'Somebody', description: 'Chats', main, dependencies }
  place(join(project, 'package.json'), JSON.stringify(manifest))
  cpSync(join(fixtures, version), project, { recursive: true, filter: (path) => !path.endsWith('.ts') })
  if (main !== 'main.js') copyFileSync(join(fixtures, main), join(project, main))
  for (const name of [version, 'backend']) cpSync(join(fixtures, name), join(project, 'src', name), { recursive: true })
  await compile(version, join(project, 'dist/cli/node.js'))
  installDependencies(project)
}

/** Gives the executable of the package. */
export const packageWebui = async ({ name, version, main = 'main.js', unpacked = [], config = {} }: Webui): Promise<string> => {
  const { dir, electron } = inject('packages')
  const root = join(dir, name)
  const project = join(root, 'project')
  await writeProject(project, version, main)
  const asarUnpack = [`node_modules/${claude}/**`, ...unpacked]
  place(
    join(project, 'electron-builder.json'),
    JSON.stringify({ appId: 'dev.webui', npmRebuild: false, publish: null, asarUnpack, ...config }),
  )
  return makeRunnable(await packageApp({ project, out: join(root, 'out'), electron }), 'webui')
}

/** What is unpacked of an app that we supervise: what is started. */
export const unpackedByUs: readonly string[] = ['dist/**', 'node_modules/jarvis-supervise/dist/*.cjs']
