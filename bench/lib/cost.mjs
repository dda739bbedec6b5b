// What a whole process costs, from its spawn to its end, and what it had in memory: it writes its RSS to stdout last of all.
import { spawnSync } from 'node:child_process'
import { environment, scratch } from './processes.mjs'
import { now } from './time.mjs'

export const costOf = (args) => {
  const began = now()
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: scratch,
    env: environment(),
    encoding: 'utf8',
    timeout: 30_000,
  })
  const ms = now() - began
  if (status !== 0) throw new Error(`node ${args.join(' ')}: ${stderr}`)
  return { ms, mb: Number(stdout) / 1e6 }
}
