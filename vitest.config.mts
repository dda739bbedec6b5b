import { defineConfig } from 'vitest/config'

// Forks, not threads: tests own processes, signals and working directories.
const shared = { pool: 'forks' as const, testTimeout: 15_000, hookTimeout: 15_000 }

/** Every byte at which an answer may be cut, and bodies of many megabytes. */
const longDoorTests = ['test/integration/gateway-{bodies,cuts,load}.test.ts']

export default defineConfig({
  test: {
    // most tests wait for processes: two files at a time even on two cores
    maxWorkers: 2,
    projects: [
      {
        test: {
          ...shared,
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/{integration,conformance,chaos,examples,package,claude,doctor-suite,packaged,electron-stand-in}/**'],
        },
      },
      {
        test: {
          ...shared,
          name: 'integration',
          include: ['test/{integration,examples,package,electron-stand-in}/**/*.test.ts'],
          exclude: [...longDoorTests],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      // every faulty backend of the catalogue, and many healthy ones: minutes of waiting, and not part of `npm test`
      {
        test: { ...shared, name: 'doctor', include: ['test/doctor-suite/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000 },
      },
      // the rows that any proxy can be held against, and half a minute of kills each
      {
        test: {
          ...shared,
          name: 'door',
          include: ['test/{conformance,chaos}/**/*.test.ts', ...longDoorTests],
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
      // packages apps with electron-builder, and runs them under the stand-in for Electron
      {
        test: {
          ...shared,
          name: 'packaged',
          include: ['test/packaged/**/*.test.ts'],
          globalSetup: ['test/packaged/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      // a real Electron, where there is one
      {
        test: { ...shared, name: 'electron', include: ['examples/electron/e2e/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 120_000 },
      },
      // installs 250 MB first, and is not part of `npm test`
      { test: { ...shared, name: 'claude', include: ['test/claude/**/*.test.ts'] } },
    ],
  },
})
