import { open, realpath } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Ask } from './ask'
import type { ClaudeRun } from './options'

export interface Command {
  command: string
  args: string[]
  env: NodeJS.ProcessEnv
}

export interface Claude {
  path: string | null
  command(ask: Ask): Promise<Command>
}

/** The path is trusted: it is looked at when a chat needs it, and a bad one fails that chat only. */
export function createClaude({ claudePath, claudeRun }: { claudePath: string | null; claudeRun: ClaudeRun | null }): Claude {
  // A bare name is for the PATH; a relative path would be taken from the chat's directory.
  const path = claudePath?.match(/[\\/]/) ? resolve(claudePath) : claudePath
  return {
    path,
    async command(ask) {
      if (path === null) {
        throw new Error(
          'Claude Code was not found. Install it with `npm install -g @anthropic-ai/claude-code`, or start My Jarvis with --claude-path.',
        )
      }
      const run = claudeRun && (await startsThat(claudeRun, path)) ? claudeRun : await runByContent(path)
      return { command: run.command, args: [...run.args, ...argsFor(ask)], env: environment(process.env, run.env) }
    },
  }
}

/** One token per value, so that no value can be read as an option. The prompt goes over stdin. */
function argsFor({ sessionId, allowedTools }: Ask): string[] {
  return [
    '-p',
    '--output-format=stream-json',
    '--verbose',
    ...(sessionId ? [`--resume=${sessionId}`] : []),
    ...allowedTools.map((tool) => `--allowedTools=${tool}`),
  ]
}

// The variable may describe another Claude than the option names; then the option wins.
async function startsThat({ command, args }: ClaudeRun, path: string): Promise<boolean> {
  const wanted = await realOf(path)
  const parts = await Promise.all([command, ...args].map(realOf))
  return parts.includes(wanted)
}

async function realOf(path: string): Promise<string> {
  return realpath(path).catch(() => path)
}

const runAsNode = process.versions.electron ? '1' : null

async function runByContent(path: string): Promise<ClaudeRun> {
  if (!/\.[cm]?js$/.test(path) && !(await hasNodeShebang(path))) return { command: path, args: [], env: { ELECTRON_RUN_AS_NODE: null } }
  return { command: process.execPath, args: [await realOf(path)], env: { ELECTRON_RUN_AS_NODE: runAsNode } }
}

async function hasNodeShebang(path: string): Promise<boolean> {
  const file = await open(path).catch(() => undefined)
  if (!file) return false
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(128), 0, 128, 0)
    return /^#!.*\bnode\b/.test(buffer.toString('latin1', 0, bytesRead))
  } catch {
    return false
  } finally {
    await file.close()
  }
}

// What was meant for this process: its own address and options, what its supervisor told it, and the mark of a Claude around it.
const ownVariables = /^(JARVIS_.*|NODE_OPTIONS|PORT|HOST|CLAUDECODE)$/

function environment(own: NodeJS.ProcessEnv, overlay: ClaudeRun['env']): NodeJS.ProcessEnv {
  const env = Object.fromEntries(Object.entries(own).filter(([name]) => !ownVariables.test(name)))
  for (const [name, value] of Object.entries(overlay)) {
    if (value === null) delete env[name]
    else env[name] = value
  }
  return env
}
