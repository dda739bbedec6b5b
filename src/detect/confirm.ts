/** Decides, by running it, whether what looks like a Claude or a Node is one. Loaded only when asked for. */
import { statSync } from 'node:fs'
import type { CauseCode } from '../causes/codes.ts'
import type { Surroundings } from './surroundings.ts'
import type { Usable, Verdict } from './verdict.ts'
import { printVersion } from './version.ts'

interface Program {
  /** What it prints for `--version`. */
  readonly shape: RegExp
  readonly cause: CauseCode
}

const claude: Program = { shape: /(\d+\.\d+\.\d+[^\s(]*).*\(Claude Code\)/, cause: 'CLAUDE_UNUSABLE' }
const node: Program = { shape: /^v(\d+\.\d+\.\d+\S*)/, cause: 'COMMAND_NOT_FOUND' }

/** Versions that were told before, by how it is started. A file that was replaced or updated has another stamp. */
const told = new Map<string, { readonly stamp: string; readonly version: string }>()
const mostTold = 256

/** undefined: what it answers depends on more than this file (a wrapper, a shim), or it cannot be looked at. */
const stampOf = ({ kind, realPath }: Usable): string | undefined => {
  if (kind === 'wrapper' || kind === 'shim') return undefined
  try {
    const { size, mtimeMs, ino, dev } = statSync(realPath)
    return `${size} ${mtimeMs} ${ino} ${dev}`
  } catch {
    return undefined
  }
}

const confirm = async (usable: Usable, { shape, cause }: Program, surroundings: Surroundings, deadlineMs?: number): Promise<Verdict> => {
  const key = usable.run.join('\0')
  const stamp = stampOf(usable)
  const known = told.get(key)
  if (known !== undefined && known.stamp === stamp) return { ...usable, version: known.version }
  const said = await printVersion(usable.run, usable.env, surroundings, deadlineMs)
  const version = said.ok ? shape.exec(said.output)?.[1] : undefined
  if (version !== undefined) {
    if (told.size >= mostTold) told.clear()
    if (stamp !== undefined) told.set(key, { stamp, version })
    return { ...usable, version }
  }
  const answer = said.ok ? `answers --version with ${JSON.stringify(said.output.trim().slice(0, 80))}` : said.reason
  return {
    usable: false,
    kind: usable.kind,
    absent: false,
    reason: `${answer} (run as ${usable.run.join(' ')} --version)`,
    cause,
    hint: 'Run that command by hand, and install it again if it fails there too.',
  }
}

export const confirmClaude = (usable: Usable, surroundings: Surroundings, deadlineMs?: number): Promise<Verdict> =>
  confirm(usable, claude, surroundings, deadlineMs)

export const confirmNode = (usable: Usable, surroundings: Surroundings, deadlineMs?: number): Promise<Verdict> =>
  confirm(usable, node, surroundings, deadlineMs)
