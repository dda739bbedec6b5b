/** The real things, as npm installs them: too big to be dependencies of this project. */
import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, realpath, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Each in a folder of its own, since two of them have one name. */
const wanted = {
  first: ['@anthropic-ai/claude-code@1.0.128'],
  second: ['@anthropic-ai/claude-code@2.1.197'],
  // without the native file of its own, of 377 MB
  sdk: ['@anthropic-ai/claude-agent-sdk@0.3.329', '--omit=optional'],
}

export interface Packages extends AsyncDisposable {
  /** Where npm puts links to commands, with the real file that a `claude` in it leads to. */
  readonly first: { readonly bin: string; readonly cli: string; readonly sdk: string }
  readonly second: { readonly bin: string; readonly cli: string; readonly folder: string; readonly placeholder: string }
  readonly agentSdk: string
}

/** One request to npm per folder; none where the folder is there from an earlier run. */
const installed = async (root: string, name: keyof typeof wanted): Promise<string> => {
  const prefix = join(root, name)
  const modules = join(prefix, 'node_modules')
  if (await stat(modules).catch(() => undefined)) return modules
  await mkdir(prefix, { recursive: true })
  const flags = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error']
  await run('npm', ['install', '--prefix', prefix, ...flags, ...wanted[name]], { cwd: prefix, timeout: 150_000, killSignal: 'SIGKILL' })
  return modules
}

/** npm 12 does not run it, npm 11 does: here nobody but us. */
const runInstallScript = async (folder: string): Promise<string> => {
  const placeholder = join(folder, 'placeholder')
  if (await stat(placeholder).catch(() => undefined)) return placeholder
  await copyFile(join(folder, 'bin/claude.exe'), placeholder)
  await run(process.execPath, ['install.cjs'], { cwd: folder, timeout: 60_000, killSignal: 'SIGKILL' })
  return placeholder
}

/** `CLAUDE_PACKAGES` names a folder in which they are kept from one run of the tests to the next. */
export const installPackages = async (): Promise<Packages> => {
  const kept = process.env.CLAUDE_PACKAGES
  if (kept !== undefined) await mkdir(kept, { recursive: true })
  const root = await realpath(kept ?? (await mkdtemp(join(tmpdir(), 'claude-packages-'))))
  const first = await installed(root, 'first')
  const second = await installed(root, 'second')
  const sdk = await installed(root, 'sdk')
  const folder = join(second, '@anthropic-ai/claude-code')
  return {
    first: {
      bin: join(first, '.bin'),
      cli: join(first, '@anthropic-ai/claude-code/cli.js'),
      sdk: join(first, '@anthropic-ai/claude-code/sdk.mjs'),
    },
    second: { bin: join(second, '.bin'), cli: join(folder, 'bin/claude.exe'), folder, placeholder: await runInstallScript(folder) },
    agentSdk: join(sdk, '@anthropic-ai/claude-agent-sdk/sdk.mjs'),
    [Symbol.asyncDispose]: async () => {
      if (kept === undefined) await rm(root, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
