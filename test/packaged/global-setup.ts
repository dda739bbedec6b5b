/** Packages the example once for all tests of a run; what they package themselves goes to the same place, and goes with it. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { TestProject } from 'vitest/node'
import { writeDistribution } from './distribution.ts'
import { packageApp } from './package-app.ts'

export interface Packages {
  /** Of this run, and gone after it. */
  readonly dir: string
  /** The Electron that is packaged with. */
  readonly electron: string
  /** The package of `examples/electron`. */
  readonly example: string
}

declare module 'vitest' {
  interface ProvidedContext {
    packages: Packages
  }
}

export const setup = async (project: TestProject): Promise<() => void> => {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'packaged-')))
  const electron = writeDistribution(join(dir, 'electron'))
  const example = await packageApp({ project: resolve('examples/electron'), out: join(dir, 'example'), electron })
  project.provide('packages', { dir, electron, example })
  return () => rmSync(dir, { recursive: true, force: true, maxRetries: 5 })
}
