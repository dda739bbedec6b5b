import { chmodSync, copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { transformSync } from 'esbuild'
import { defineConfig, type Options } from 'tsup'

const shared = { target: 'node20', platform: 'node', minifySyntax: true } as const
const library = { index: 'src/index.ts', detect: 'src/detect.ts', electron: 'src/electron.ts', gateway: 'src/gateway.ts' }

/** What few ever need is a file of its own: not read by those who do not ask for it. */
const apart = (source: string, built: string) => ({
  name: `apart ${built}`,
  setup: (build: {
    onResolve(options: { filter: RegExp }, resolve: (found: { kind: string; path: string }) => object | undefined): void
  }): void =>
    build.onResolve({ filter: /\.ts$/ }, ({ kind, path }) =>
      kind === 'dynamic-import' && path === source ? { path: built, external: true } : undefined,
    ),
})

/** CommonJS is the same files, each transformed: two that are read one after the other cost a process less memory than one large one. */
const asCommonJs = (names: readonly string[]): void => {
  for (const name of names) {
    const source = readFileSync(`dist/${name}`, 'utf8')
    const { code } = transformSync(source, {
      ...{ format: 'cjs', platform: 'node', target: 'node20' },
      define: { 'import.meta.url': 'importMetaUrl' },
    })
    const url = source.includes('import.meta.url') ? 'const importMetaUrl = require("node:url").pathToFileURL(__filename).href;\n' : ''
    const own = code.replace(/(["'])(\.\/[\w.-]+)\.mjs\1/g, '$1$2.js$1').replace(/^"use strict";\n/, '')
    writeFileSync(`dist/${name.replace(/\.mjs$/, '.js')}`, `"use strict";\n${url}${own}`)
  }
}

const alsoCommonJs = {
  name: 'CommonJS',
  buildEnd: ({ writtenFiles }: { writtenFiles: readonly { name: string }[] }): void =>
    asCommonJs(writtenFiles.map(({ name }) => basename(name)).filter((name) => name.endsWith('.mjs'))),
}

/** The command is CommonJS from the start. */
const commonJs: Options = {
  ...shared,
  format: 'cjs',
  splitting: false,
  define: { 'import.meta.url': 'importMetaUrl' },
  inject: ['commonjs-url.mjs'],
}

export default defineConfig([
  {
    ...{ ...shared, entry: library, format: 'esm', dts: true, splitting: true },
    esbuildPlugins: [apart('./doctor.ts', './doctor.mjs'), apart('../doctor.ts', './doctor.mjs')],
    plugins: [alsoCommonJs],
  },
  // shares no code with the library: what both have in common would cost the library 2 MB of memory
  {
    ...{ ...shared, entry: { doctor: 'src/doctor.ts' }, format: 'esm', dts: true, splitting: false },
    // a trial opens no door
    esbuildPlugins: [apart('./door.ts', './door.js')],
    plugins: [alsoCommonJs],
  },
  // the types of CommonJS
  { ...shared, entry: { ...library, doctor: 'src/doctor.ts' }, format: 'cjs', dts: { only: true } },
  {
    ...commonJs,
    // one file is the quickest way for Node to a running command; `bin.cjs` starts it
    entry: { command: 'src/cli.ts' },
    esbuildPlugins: [apart('./commands/examining.ts', './examining.js'), apart('./door.ts', './door.js')],
    // read and compiled before anything runs: white space only, names stay for stack traces
    esbuildOptions: (options) => {
      options.minifyWhitespace = true
    },
    onSuccess: async () => {
      // code that was compiled before cannot import: bin.cjs does it (a method named `import` stays one)
      writeFileSync('dist/command.js', readFileSync('dist/command.js', 'utf8').replace(/(?<![\w$.])import\(/g, 'importHere('))
      copyFileSync('src/bin.cjs', 'dist/cli.js')
      chmodSync('dist/cli.js', 0o755)
      // loaded by the children, as they are
      for (const name of readdirSync('src/launch').filter((file) => file.endsWith('.cjs')))
        copyFileSync(`src/launch/${name}`, `dist/${name}`)
      // loaded by Electron, as they are
      mkdirSync('dist/electron', { recursive: true })
      for (const name of ['page.html', 'page.css', 'page.js', 'preload.cjs']) copyFileSync(`src/electron/${name}`, `dist/electron/${name}`)
      // run by `chaos`, as they are
      rmSync('dist/faults', { recursive: true, force: true })
      cpSync('src/doctor/faults', 'dist/faults', { recursive: true })
    },
  },
  {
    ...commonJs,
    entry: { examining: 'src/commands/examining.ts', door: 'src/gateway/door.ts' },
    esbuildPlugins: [apart('./door.ts', './door.js')],
  },
])
