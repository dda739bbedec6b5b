import { chmodSync, copyFileSync, cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { defineConfig } from 'tsup'

const shared = { target: 'node20', platform: 'node', shims: true, minifySyntax: true } as const
const library = { index: 'src/index.ts', detect: 'src/detect.ts' }

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

export default defineConfig([
  { ...shared, entry: library, format: 'esm', dts: true, splitting: true, esbuildPlugins: [apart('./doctor.ts', './doctor.mjs')] },
  { ...shared, entry: library, format: 'cjs', dts: true, splitting: false, esbuildPlugins: [apart('./doctor.ts', './doctor.js')] },
  // shares no code with the library: what both have in common would cost the library 2 MB of memory
  { ...shared, entry: { doctor: 'src/doctor.ts' }, format: ['esm', 'cjs'], dts: true, splitting: false },
  {
    ...shared,
    // CommonJS in one file: the quickest way for Node to a running command; `bin.cjs` starts it
    entry: { command: 'src/cli.ts' },
    format: 'cjs',
    splitting: false,
    esbuildPlugins: [apart('./commands/examining.ts', './examining.js')],
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
      // run by `chaos`, as they are
      rmSync('dist/faults', { recursive: true, force: true })
      cpSync('src/doctor/faults', 'dist/faults', { recursive: true })
    },
  },
  { ...shared, entry: { examining: 'src/commands/examining.ts' }, format: 'cjs', splitting: false },
])
