// What finding Claude costs: the command `which` over Claude's own `--version`, and the look of a start, which runs
// nothing. The Claude is a script of the first generation; where CLAUDE names another, that one.
import { spawnSync } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { environment, paths, scratch } from '../lib/processes.mjs'
import { rounds } from '../lib/rounds.mjs'
import { row } from '../lib/rows.mjs'
import { inHost } from '../lib/subjects.mjs'
import { now, sleep } from '../lib/time.mjs'

export const title = 'finding Claude: `which` over its own --version; the look of a start'
export const defaultReps = 15

const require = createRequire(import.meta.url)
const claude = process.env.CLAUDE ?? join(dirname(dirname(require.resolve('@anthropic-ai/claude-code/package.json'))), '../.bin/claude')

const once = (args) => {
  const env = { ...environment(), PATH: `${dirname(claude)}:${process.env.PATH}`, TERM: 'xterm', SHLVL: '1' }
  const began = now()
  const { status, stderr } = spawnSync(args[0], args.slice(1), { cwd: scratch, env, encoding: 'utf8', timeout: 30_000 })
  if (status !== 0) throw new Error(`${args.join(' ')}: ${stderr}`)
  return now() - began
}

const own = async () =>
  once(/\.[cm]?js$/.test(realpathSync(claude)) ? [process.execPath, realpathSync(claude), '--version'] : [claude, '--version'])

export const run = async ({ reps, onRound }) => {
  const { base, samples } = await rounds(
    own,
    { which: async () => once([process.execPath, paths.command, 'which', 'claude']) },
    { reps, onRound },
  )
  const looks = []
  for (let i = 0; i < reps; i += 1) looks.push(await inHost(import.meta.url, { folder: dirname(claude) }))
  const of = (key) => looks.map((look) => look[key])
  return [
    row("claude --version, Claude's own", base),
    row('which claude', samples.which, { base, by: 'over', atMost: 60 }),
    row('the look of a start, first in a process', of('cold'), { atMost: 10 }),
    row('... again', of('again'), { atMost: 3 }),
    row('... where nothing is installed', of('nowhere'), { atMost: 10 }),
    row('longest pause of the event loop: resolveClaude(), all candidates', of('pause'), { atMost: 10 }),
  ]
}

export const inside = async ({ folder }) => {
  const { lookForClaude, lookForNode, resolveClaude } = await import(new URL('../../dist/detect.mjs', import.meta.url).href)
  const timed = (env) => {
    const began = now()
    lookForNode({ surroundings: { env } })
    lookForClaude({ surroundings: { env } })
    return now() - began
  }
  const found = { PATH: `${folder}:${process.env.PATH}` }
  const cold = timed(found)
  const again = timed(found)
  const nowhere = timed({ PATH: '/nonexistent' })
  const delay = monitorEventLoopDelay({ resolution: 1 })
  await sleep(50)
  delay.enable()
  await resolveClaude({ all: true, surroundings: { env: { ...process.env, ...found, TERM: '', SHELL: '/bin/bash' } } })
  delay.disable()
  return { cold, again, nowhere, pause: delay.max / 1e6 }
}
