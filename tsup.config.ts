import { copyFileSync } from 'node:fs'
import { defineConfig } from 'tsup'

const shared = { target: 'node20', platform: 'node', shims: true, minifySyntax: true } as const

export default defineConfig([
  { ...shared, entry: { index: 'src/index.ts', detect: 'src/detect.ts' }, format: ['esm', 'cjs'], dts: true, splitting: true },
  {
    ...shared,
    // CommonJS in one file: the quickest way for Node to a running command
    entry: { cli: 'src/cli.ts' },
    format: 'cjs',
    splitting: false,
    banner: { js: '#!/usr/bin/env node' },
    onSuccess: async () => copyFileSync('src/launch/preload.cjs', 'dist/preload.cjs'),
  },
])
