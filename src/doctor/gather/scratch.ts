import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A private folder for what a trial keeps: a supervisor's record and socket. The name is short: a socket's path must be. */
export const makeScratch = (): { readonly dir: string; remove(): void } => {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'jsd-')))
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true, maxRetries: 2 }) }
}
