/** Packages an app as its makers do: with electron-builder, whose `dir` target needs no network once it has an Electron. */
import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { builderArch, electronVersion } from './distribution.ts'

const run = promisify(execFile)
const builder = resolve('node_modules/electron-builder/cli.js')

/** Nobody listens there: whoever wants to download something fails at once. */
const nowhere = 'http://127.0.0.1:9'
const offline = { HTTP_PROXY: nowhere, HTTPS_PROXY: nowhere, http_proxy: nowhere, https_proxy: nowhere, npm_config_offline: 'true' }

export interface Packaging {
  /** Folder with package.json and electron-builder.yml. */
  readonly project: string
  /** Where the package is written: `<out>/linux-unpacked`. */
  readonly out: string
  /** The distribution of `distribution.ts`. */
  readonly electron: string
  /** `path=value` of its configuration, beside what its files say. */
  readonly config?: readonly string[]
}

/** Gives the folder of the packaged app. Rejects with what electron-builder said. */
export const packageApp = async ({ project, out, electron, config = [] }: Packaging): Promise<string> => {
  const own = [`directories.output=${out}`, `electronDist=${electron}`, `electronVersion=${electronVersion}`]
  const args = ['--dir', '--linux', `--${builderArch}`, '--publish', 'never', ...[...own, ...config].map((one) => `--config.${one}`)]
  await run(process.execPath, [builder, ...args], {
    cwd: project,
    env: { ...process.env, ...offline, NO_UPDATE_NOTIFIER: '1', ELECTRON_BUILDER_CACHE: `${out}/cache` },
    timeout: 120_000,
    killSignal: 'SIGKILL',
    maxBuffer: 16 * 1024 * 1024,
  }).catch((error: Error & { stdout?: string; stderr?: string }) => {
    throw new Error(`electron-builder could not package ${project}:\n${error.stdout ?? ''}${error.stderr ?? ''}${error.message}`)
  })
  return resolve(out, builderArch === 'x64' ? 'linux-unpacked' : 'linux-arm64-unpacked')
}
