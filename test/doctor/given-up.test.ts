import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { DoctorOptions } from '../../src/doctor/subject.ts'
import { runDoctor } from '../../src/doctor.ts'
import { createTemp } from '../helpers/temp.ts'

type GivenUp = NonNullable<DoctorOptions['givenUp']>

const failed: GivenUp['failed'] = { code: 'ERR_NEVER_READY', reason: null, message: 'api never became ready', hint: null }
const exit: NonNullable<GivenUp['exit']> = { pid: 1, code: 1, signal: null, uptimeMs: 120, reason: null, tail: [], requested: false }

/** Of a script that would say so if it were run. */
const verdictOn = async (givenUp: GivenUp) => {
  using temp = createTemp()
  const script = temp.file('server.mjs', "import { writeFileSync } from 'node:fs'\nwriteFileSync('ran', '')")
  const { verdict, ok } = await runDoctor({ service: { script, cwd: temp.dir, port: 'auto' }, stateDir: join(temp.dir, 'state'), givenUp })
  expect(existsSync(join(temp.dir, 'ran'))).toBe(false)
  expect(ok).toBe(false)
  return verdict
}

describe('what a supervisor has given up is judged by what it has seen, and not started', () => {
  it.each<[what: string, GivenUp, object]>([
    [
      'a script that is not there',
      { failed: { ...failed, code: 'ERR_SCRIPT_MISSING', reason: 'ENTRY_MISSING', message: 'The script is not there.' }, exit: null },
      { code: 'ENTRY_MISSING', confidence: 'certain' },
    ],
    [
      'a package that is missing',
      { failed, exit: { ...exit, tail: ["Error: Cannot find module 'hono'", "  code: 'MODULE_NOT_FOUND',"] } },
      { code: 'DEPENDENCY_MISSING' },
    ],
    [
      'a Claude that was not found',
      { failed, exit: { ...exit, reason: 'CLAUDE_NOT_FOUND', tail: ['Error: Claude CLI not found: spawn claude ENOENT'] } },
      { code: 'CLAUDE_NOT_FOUND' },
    ],
    ['an end without a word', { failed, exit }, { code: 'UNKNOWN' }],
  ])('%s', async (_what, givenUp, expected) => {
    expect(await verdictOn(givenUp)).toMatchObject(expected)
  })
})
