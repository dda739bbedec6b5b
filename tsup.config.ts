import { copyFileSync, readdirSync } from 'node:fs'
import { defineConfig } from 'tsup'

const shared = { target: 'node20', platform: 'node', shims: true, minifySyntax: true } as const
const library = { index: 'src/index.ts', detect: 'src/detect.ts' }

export default defineConfig([
  { ...shared, entry: library, format: 'esm', dts: true, splitting: true },
  { ...shared, entry: library, format: 'cjs', dts: true, splitting: false },
  {
    ...shared,
    // CommonJS in one file: the quickest way for Node to a running command
    entry: { cli: 'src/cli.ts' },
    format: 'cjs',
    splitting: false,
    banner: { js: '#!/usr/bin/env node' },
    // read and compiled before anything runs: white space only, names stay for stack traces
    esbuildOptions: (options) => {
      options.minifyWhitespace = true
    },
    // loaded by the children, as they are
    onSuccess: async () => {
      for (const name of readdirSync('src/launch').filter((file) => file.endsWith('.cjs')))
        copyFileSync(`src/launch/${name}`, `dist/${name}`)
    },
  },
])
