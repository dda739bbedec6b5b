import { describe, expect, it } from 'vitest'
import { runCli, startCli, startJsonCli } from '../helpers/cli.ts'
import { createScene, fixture, type Scene } from '../helpers/supervised.ts'

const service = `export default { script: ${JSON.stringify(fixture('listens'))}, name: 'api' }`

const config = (scene: Scene, code: string, name = 'jarvis.config.mjs'): string => scene.file(name, code)

/** What a config does instead of saying what to run, and the words for it. */
const escapes = [
  ['exits', `process.exit(0)\n${service}`, 'ends the process (process.exit(0)), and exports nothing'],
  [
    'exits by a name',
    `import { exit } from 'node:process'\nexit(0)\n${service}`,
    'ends the process (process.exit(0)), and exports nothing',
  ],
  ['exits later', `setTimeout(() => process.exit(0), 50)\nawait new Promise(() => {})\n${service}`, 'ends the process (process.exit(0))'],
  ['never settles', `await new Promise(() => {})\n${service}`, 'waits for what can never come'],
] as const

const commands = ['doctor', 'doctor --json', 'doctor --no-trial --json', 'start', 'start --json', 'chaos SERVER_ERROR']

describe('a config that', () => {
  describe.each(escapes)('%s', (_, code, words) => {
    it.each(commands)('is refused in one sentence by %s', async (command) => {
      await using scene = createScene()
      const file = config(scene, code)
      const { code: exitCode, stdout, stderr } = await runCli(scene, command.split(' '))
      expect(stderr).toContain(`the config ${file} ${words}`)
      expect(stderr.split(file)).toHaveLength(2)
      expect(stderr).not.toMatch(/^\s+at /m)
      expect(String(stdout)).toBe('')
      expect(exitCode).toBe(2)
    })
  })

  it('exits is told by a start in the background, too', async () => {
    await using scene = createScene()
    const file = config(scene, escapes[0][1])
    const { code, stderr } = await runCli(scene, ['start', '--detach'])
    expect(stderr).toContain(`the config ${file} ends the process`)
    expect(code).toBe(2)
  })

  it.each([
    ['jarvis.config.cjs', `process.exit(0); module.exports = {}`],
    ['jarvis.config.ts', `const code: number = 0\nprocess.exit(code)\n${service}`],
  ])('exits is refused as %s', async (name, code) => {
    await using scene = createScene()
    const file = config(scene, code, name)
    const { code: exitCode, stderr } = await runCli(scene, ['doctor', '--json'])
    expect(stderr).toContain(`the config ${file} ends the process (process.exit(0))`)
    expect(exitCode).toBe(2)
  })

  it('keeps busy and never settles may be interrupted at once', async () => {
    await using scene = createScene()
    config(scene, `setInterval(() => {}, 1000)\nconsole.error('loading')\nawait new Promise(() => {})\n${service}`)
    const cli = startCli(scene, ['doctor'])
    await cli.saying(/loading/)
    cli.child.kill('SIGINT')
    expect(await cli.ended).toMatchObject({ code: null, signal: 'SIGINT' })
  })

  const talks = `import { stdout } from 'node:process'
console.log('said by console')
process.stdout.write('said on stdout\\n')
stdout.write('said by a name\\n')
${service}`
  const said = /^said by console\nsaid on stdout\nsaid by a name\n/

  it('talks while it is loaded leaves stdout to the report', async () => {
    await using scene = createScene()
    config(scene, talks)
    const { code, stdout, stderr } = await runCli(scene, ['doctor', '--json'])
    expect(stderr).toMatch(said)
    expect(JSON.parse(String(stdout))).toMatchObject({ ok: true, verdict: { code: 'HEALTHY' } })
    expect(code).toBe(0)
  })

  it('talks while it is loaded leaves stdout to the events', async () => {
    await using scene = createScene()
    config(scene, talks)
    const { child, lines, ended } = startJsonCli(scene, [])
    await lines.next('ready')
    child.kill('SIGTERM')
    const { stderr } = await ended
    expect(stderr).toMatch(said)
    expect(lines.all('garbage')).toEqual([])
  })
})
