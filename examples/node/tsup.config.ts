import { defineConfig } from 'tsup'

// Hono is bundled and split off: the entry listens before any of it is read from the disk.
export default defineConfig({
  entry: { 'cli/node': 'src/cli/node.ts' },
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  noExternal: [/.*/],
  splitting: true,
  clean: true,
})
