import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { askTools } from '../../src/detect/ask-tools.ts'
import type { Program } from '../../src/detect/known-places.ts'
import { currentSurroundings, type Surroundings } from '../../src/detect/surroundings.ts'
import { toolQuestions } from '../../src/detect/tools.ts'
import { emptyFolder, install, shScript } from './installed.ts'

const on = (platform: NodeJS.Platform): Surroundings => currentSurroundings({ platform, env: {}, home: '/home/me' })

const placesFrom = (program: Program, platform: NodeJS.Platform, tool: string, answer: string): string[] | undefined =>
  toolQuestions(program, on(platform))
    .find((question) => question.tool === tool)
    ?.places(answer)

describe('what a manager answers', () => {
  it.each<[Program, NodeJS.Platform, string, string, string[]]>([
    ['claude', 'linux', 'npm', '/opt/npm\n', ['/opt/npm/bin/claude']],
    ['claude', 'win32', 'npm', 'D:\\npm\r\n', ['D:\\npm\\claude.exe', 'D:\\npm\\claude.cmd']],
    ['claude', 'darwin', 'brew', '/opt/homebrew\n', ['/opt/homebrew/bin/claude']],
    ['claude', 'linux', 'pnpm', '/home/me/.local/share/pnpm\n', ['/home/me/.local/share/pnpm/claude']],
    ['claude', 'linux', 'yarn', 'warning old lockfile\n/home/me/.yarn/bin\n', ['/home/me/.yarn/bin/claude']],
    ['claude', 'linux', 'bun', '/home/me/.bun/bin', ['/home/me/.bun/bin/claude']],
    ['node', 'linux', 'mise', '/data/installs/node/22.1.0/bin/node\n', ['/data/installs/node/22.1.0/bin/node']],
    ['node', 'linux', 'volta', 'error: nothing is pinned\n', []],
    ['node', 'linux', 'asdf', '', []],
    ['node', 'linux', 'npm', 'relative/path\n', []],
  ])('about %s on %s, %s %j', (program, platform, tool, answer, places) => {
    expect(placesFrom(program, platform, tool, answer)).toEqual(places)
  })
})

describe.skipIf(process.platform === 'win32')('the managers that are installed', () => {
  it('are asked side by side, outside of every project; who fails or hangs has no say', async () => {
    const root = emptyFolder()
    install(root, {
      'bin/npm': shScript(`echo "$(pwd)" > ${root}/cwd; echo /opt/npm`),
      'bin/pnpm': shScript('exit 1'),
      'bin/bun': shScript('exec sleep 60'),
      'bin/volta': shScript('echo /data/volta/claude'),
    })
    const began = performance.now()
    const places = await askTools('claude', `${root}/bin:/usr/bin:/bin`, { ...on('linux'), env: {} })
    expect(places).toEqual(['/opt/npm/bin/claude', '/data/volta/claude'])
    expect(performance.now() - began).toBeLessThan(5000)
    expect(readFileSync(`${root}/cwd`, 'utf8')).toBe('/\n')
  })

  it('may be none', async () => {
    expect(await askTools('node', emptyFolder(), on('linux'))).toEqual([])
  })
})
