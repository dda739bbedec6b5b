import { chmodSync, copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { defineConfig } from 'tsup'

const shared = { target: 'node20', platform: 'node', shims: true, minifySyntax: true } as const
const library = { index: 'src/index.ts', detect: 'src/detect.ts' }

export default defineConfig([
  { ...shared, entry: library, format: 'esm', dts: true, splitting: true },
  { ...shared, entry: library, format: 'cjs', dts: true, splitting: false },
  {
    ...shared,
    // CommonJS in one file: the quickest way for Node to a running command; `bin.cjs` starts it
    entry: { command: 'src/cli.ts' },
    format: 'cjs',
    splitting: false,
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
    },
  },
])
