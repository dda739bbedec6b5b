import { describe, expect, it } from 'vitest'
import { systemTools, type Tools } from '../../src/process/tool.ts'
import { pidsMarked, until } from '../helpers/processes.ts'

const tools = systemTools({ ONLY: 'this', TOOL_TEST: String(process.pid) })
const node = (source: string): [string, string[]] => [process.execPath, ['-e', source]]
const impatient = systemTools({ TOOL_TEST: String(process.pid) }, 100)
const now =
  ({ runNow }: Tools): Tools['run'] =>
  async (command, args) =>
    runNow(command, args)

describe.each([
  ['run', tools.run, impatient.run],
  ['runNow', now(tools), now(impatient)],
])('a tool (%s)', (_, run, hasty) => {
  it('says what it has to say, and how it ended', async () => {
    const said = await run(...node("console.log('out'); console.error('err'); process.exitCode = 3"))
    expect(said).toEqual({ code: 3, text: 'out\n', complaint: 'err\n' })
    expect(await run(...node(''))).toEqual({ code: 0, text: '', complaint: '' })
  })

  it('has the surroundings that it is given, and nothing to read', async () => {
    const source = "process.stdin.on('end', () => console.log(process.env.ONLY, process.env.PATH)).resume()"
    expect((await run(...node(source)))?.text).toBe('this undefined\n')
  })

  it.each([
    ['is not there', ['/nowhere/ps', []]],
    ['is killed', node("process.kill(process.pid, 'SIGKILL')")],
    ['says too much', node("process.stdout.write('x'.repeat(17 * 1024 * 1024))")],
  ] as [string, [string, string[]]][])('that %s says nothing', async (_what, [command, args]) => {
    expect(await run(command, args)).toBeUndefined()
  })

  it('that is too slow says nothing, and is gone', async () => {
    expect(await hasty('/bin/sh', ['-c', 'trap "" TERM; echo early; exec sleep 600'])).toBeUndefined()
    await until('it is gone', () => pidsMarked(`TOOL_TEST=${process.pid}`).length === 0)
  })
})
