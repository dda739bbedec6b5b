/** Examines a packaged Electron app as it lies on disk: nothing of it is started, nothing outside of it is read. */
import type { ArchiveFacts } from '../evidence.ts'
import { judgeArchive } from './judge-archive.ts'
import { lookAt } from './look.ts'

export { judgeArchive } from './judge-archive.ts'
export type { SeenArchive } from './seen.ts'

export interface ExamineOptions {
  /** The script that is the backend: from the root of the app, or absolute within the package. Guessed by its name, unless given. */
  readonly entry?: string
  /** For which machine the app is to be; by default that for which its main executable was built. */
  readonly platform?: NodeJS.Platform
  readonly arch?: string
}

/**
 * @param dir The folder of the app (`linux-unpacked`, `win-unpacked`, `Foo.app`), its resources, or a folder that holds
 * `app.asar` or an unpacked `app`.
 * @throws SupervisorError `ERR_INVALID_OPTIONS` where there is no such app, or the entry lies outside of it.
 */
export const examineArchive = async (dir: string, options: ExamineOptions = {}): Promise<ArchiveFacts> => {
  const seen = await lookAt(dir, options)
  const { version, node, abi } = seen.electron
  const { version: _layout, ...fuses } = seen.fuses ?? { version: 0 }
  return {
    dir: seen.dir,
    findings: judgeArchive(seen),
    electron: { version, node, abi, arch: seen.target?.archs.join(' ') ?? null },
    fuses: seen.fuses === null ? null : fuses,
    entry: seen.entry?.name ?? null,
  }
}
