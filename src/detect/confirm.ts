/** Decides, by running it, whether what looks like a Claude or a Node is one. Loaded only when asked for. */
import type { Surroundings } from './surroundings.ts'
import type { Usable, Verdict } from './verdict.ts'
import { printVersion } from './version.ts'

const confirm = async (usable: Usable, shape: RegExp, surroundings: Surroundings, deadlineMs?: number): Promise<Verdict> => {
  const printed = await printVersion(usable.run, usable.env, surroundings, deadlineMs)
  const version = printed.ok ? shape.exec(printed.output)?.[1] : undefined
  if (version !== undefined) return { ...usable, version }
  const said = printed.ok ? `answers --version with ${JSON.stringify(printed.output.trim().slice(0, 80))}` : printed.reason
  return {
    usable: false,
    kind: usable.kind,
    absent: false,
    reason: `${said} (run as ${usable.run.join(' ')} --version)`,
    cause: 'CLAUDE_UNUSABLE',
    hint: 'Run that command by hand, and install it again if it fails there too.',
  }
}

export const confirmClaude = (usable: Usable, surroundings: Surroundings, deadlineMs?: number): Promise<Verdict> =>
  confirm(usable, /(\d+\.\d+\.\d+[^\s(]*).*\(Claude Code\)/, surroundings, deadlineMs)

export const confirmNode = async (usable: Usable, surroundings: Surroundings, deadlineMs?: number): Promise<Verdict> => {
  const verdict = await confirm(usable, /^v(\d+\.\d+\.\d+\S*)/, surroundings, deadlineMs)
  return verdict.usable ? verdict : { ...verdict, cause: 'COMMAND_NOT_FOUND' }
}
