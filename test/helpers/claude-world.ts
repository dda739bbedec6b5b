import { mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect } from 'vitest'

export const realClaude = resolve('node_modules/@anthropic-ai/claude-code/cli.js')

/** A home directory of its own, and the promise that nothing which was started in it outlives it. */
export interface World extends AsyncDisposable {
  home: string
  env: NodeJS.ProcessEnv
  file(name: string, text: string): Promise<string>
  /** A stand-in for the Claude CLI: JavaScript that is run as the CLI would be. */
  claude(source: string): Promise<string>
  /** The pids of all that runs in this world. */
  pids(): Promise<number[]>
}

export async function createWorld(env: NodeJS.ProcessEnv = {}): Promise<World> {
  const home = await realpath(await mkdtemp(join(tmpdir(), 'my-jarvis-')))
  const mark = `MY_JARVIS_WORLD=${home}`
  const world: World = {
    home,
    env: { PATH: process.env.PATH, HOME: home, USERPROFILE: home, TMPDIR: home, MY_JARVIS_WORLD: home, ...env },
    async file(name, text) {
      await writeFile(join(home, name), text)
      return join(home, name)
    },
    claude: (source) => world.file('claude.mjs', source),
    pids: () => pidsMarked(mark),
    async [Symbol.asyncDispose]() {
      const left = await until('the processes of this world are gone', async () => (await world.pids()).length === 0, 3000).catch(
        world.pids,
      )
      for (const pid of left ?? []) process.kill(pid, 'SIGKILL')
      await rm(home, { recursive: true, force: true, maxRetries: 5 })
      expect(left, 'processes left behind').toBeUndefined()
    },
  }
  return world
}

/** What sends the real CLI to the stub, and to nowhere else: as a proxy, the stub refuses and records. */
export function claudeEnv(apiUrl: string): NodeJS.ProcessEnv {
  const trap = { HTTP_PROXY: apiUrl, HTTPS_PROXY: apiUrl, NO_PROXY: '127.0.0.1' }
  return {
    ANTHROPIC_BASE_URL: apiUrl,
    ANTHROPIC_API_KEY: 'dummy',
    DISABLE_TELEMETRY: '1',
    DISABLE_ERROR_REPORTING: '1',
    DISABLE_AUTOUPDATER: '1',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    ...trap,
    ...Object.fromEntries(Object.entries(trap).map(([name, value]) => [name.toLowerCase(), value])),
  }
}

/** Asks again and again whether something has become true; there is no moment at which it must have. */
export async function until(what: string, isTrue: () => boolean | Promise<boolean>, deadlineMs = 10_000): Promise<void> {
  const deadline = Date.now() + deadlineMs
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error(`After ${deadlineMs} ms it is not true that ${what}.`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

export async function isAlive(pid: number): Promise<boolean> {
  if (process.platform === 'linux') {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
    return stat !== '' && !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2))
  }
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

// Found by the environment that they inherited, so that what left its parent and its group is found too.
async function pidsMarked(mark: string): Promise<number[]> {
  if (process.platform !== 'linux') return []
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const marked = await Promise.all(
    names.map(async (name) => {
      const environ = await readFile(`/proc/${name}/environ`, 'utf8').catch(() => '')
      return environ.split('\0').includes(mark)
    }),
  )
  return names.filter((_, index) => marked[index]).map(Number)
}
