import { chmodSync, existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import type { Candidate, Found } from '../../src/detect/found.ts'
import { runCli } from '../helpers/cli.ts'
import { createScene, type Scene } from '../helpers/supervised.ts'

const says = (version: string): string => `#!/bin/sh\necho "${version} (Claude Code)"\n`

/** Executable, below the home folder of the scene. */
const put = (scene: Scene, path: string, text: string): string => {
  mkdirSync(dirname(join(scene.dir, path)), { recursive: true })
  const file = scene.file(path, text)
  chmodSync(file, 0o755)
  return file
}

/** What a desktop gives to an app it starts. */
const desktop = (scene: Scene) => ({
  PATH: '/usr/bin:/bin',
  HOME: scene.dir,
  SHELL: '/bin/bash',
  TERM: '',
  SHLVL: '',
})
const terminal = (scene: Scene) => ({ ...desktop(scene), TERM: 'xterm', SHLVL: '1' })

const whichClaude = async (scene: Scene, env: Record<string, string>, args: string[] = [], cwd = scene.dir) => {
  const { code, stdout, stderr } = await runCli(scene, ['which', 'claude', '--json', ...args], { env, cwd })
  const found = JSON.parse(stdout.toString()) as Found
  return { code, stderr, found, of: (path: string): Candidate | undefined => found.candidates.find((one) => one.path === path) }
}

test('the first that is healthy is chosen, and every other one has its reason', async () => {
  await using scene = createScene()
  const hangs = put(scene, 'a/claude', '#!/bin/sh\nexec sleep 60\n')
  const lies = put(scene, 'b/claude', '#!/bin/sh\necho "1.0.0 (Claudia)"\n')
  const good = put(scene, 'c/claude', says('2.1.9'))
  const newer = put(scene, 'd/claude', says('2.1.10'))
  const env = { ...terminal(scene), CLAUDE_CLI_PATH: join(scene.dir, 'old/claude') }
  env.PATH = ['b', 'c', 'd'].map((folder) => join(scene.dir, folder)).join(':')
  const { code, found, of } = await whichClaude(scene, { ...env, PATH: `${env.PATH}:/usr/bin:/bin` })
  expect(code).toBe(0)
  expect(found).toMatchObject({ path: good, version: '2.1.9', source: 'path', kind: 'wrapper', usable: true, run: [good] })
  expect(of(join(scene.dir, 'old/claude'))).toMatchObject({
    source: 'env',
    usable: false,
    reason: 'does not exist (named by CLAUDE_CLI_PATH)',
  })
  expect(of(lies)?.reason).toContain('answers --version with "1.0.0 (Claudia)"')
  expect(of(newer)).toBeUndefined()
  const all = await whichClaude(scene, { ...env, PATH: `${env.PATH}:/usr/bin:/bin` }, ['--all'])
  expect(all.found.path).toBe(good)
  expect(all.of(newer)).toMatchObject({ usable: true })
  expect(existsSync(hangs)).toBe(true)
})

test('an app that a desktop started finds what only the rc file of its user knows', async () => {
  await using scene = createScene()
  const claude = put(scene, 'tools/claude', says('2.1.9'))
  scene.file('.bashrc', 'echo "Welcome!"; export PATH="$HOME/tools:$PATH"\n')
  const { code, found } = await whichClaude(scene, desktop(scene))
  expect(code).toBe(0)
  expect(found).toMatchObject({ path: claude, source: 'login-shell', version: '2.1.9' })
})

test('an alias of the rc file is what the user means by claude', async () => {
  await using scene = createScene()
  const claude = put(scene, 'apps/claude-2/claude', says('2.1.9'))
  scene.file('.bashrc', 'alias claude="$HOME/apps/claude-2/claude"\n')
  expect((await whichClaude(scene, desktop(scene))).found).toMatchObject({ path: claude, source: 'login-shell' })
})

test('the shell is not asked by what was started from a terminal', async () => {
  await using scene = createScene()
  scene.file('.bashrc', 'touch "$HOME/was-read"\n')
  scene.file('.profile', 'touch "$HOME/was-read"\n')
  const { code, found } = await whichClaude(scene, terminal(scene))
  expect([code, found.path]).toEqual([8, null])
  expect(existsSync(join(scene.dir, 'was-read'))).toBe(false)
})

test('a hostile clone is looked at, and nothing of it is run', async () => {
  await using scene = createScene()
  const ran = join(scene.dir, 'ran')
  const attack = `#!/bin/sh\ntouch ${ran}\necho "9.9.9 (Claude Code)"\n`
  const clone = join(scene.dir, 'clone')
  for (const file of ['claude', 'node', 'npm', 'node_modules/.bin/claude']) put(scene, `clone/${file}`, attack)
  put(scene, 'clone/node_modules/@anthropic-ai/claude-code/cli.js', `require('fs').writeFileSync(${JSON.stringify(ran)}, '')\n`)
  scene.file('clone/jarvis.config.js', `require('fs').writeFileSync(${JSON.stringify(ran)}, '')\n`)
  scene.file('clone/.npmrc', `prefix=${clone}\n`)
  scene.file('clone/.envrc', `touch ${ran}\n`)
  for (const env of [desktop(scene), terminal(scene)]) {
    const answers = await whichClaude(scene, { ...env, PATH: `.::${env.PATH}` }, ['--all'], clone)
    expect(answers.found.candidates.map(({ source }) => source)).toEqual(['bundled'])
    const both = await runCli(scene, ['which'], { env, cwd: clone })
    expect(both.code).toBe(0)
  }
  expect(existsSync(ran)).toBe(false)
})

test('a bad option is an error that says what is wrong with it', async () => {
  await using scene = createScene()
  const link = join(scene.dir, 'claude')
  symlinkSync('gone', link)
  const { code, found, stderr } = await whichClaude(scene, terminal(scene), ['--claude-path', link])
  expect([code, found.path]).toEqual([8, null])
  expect(stderr).toContain(`${link} is a link to gone, which does not exist`)
})
