/**
 * Decides what to pass to `query()` of the Claude SDK, of `@anthropic-ai/claude-code` 1.x and of
 * `@anthropic-ai/claude-agent-sdk` alike. Both go by the name: what ends in `.js` and its like they start with
 * `executable`, anything else by itself. Pure.
 */
import { posix } from 'node:path'
import type { FoundExecutable } from './found.ts'

/** Spread it into the `options` of `query()`. It is new at each call, since the 1.x SDK writes into `env`. */
export interface QueryOptions {
  pathToClaudeCodeExecutable: string
  /** The absolute path of a Node. Both SDKs declare three names and take any command; this type is the one of theirs that lets it through. */
  executable?: 'node'
  /** Empty for whatever starts by itself: the agent SDK would hand them to Claude. */
  executableArgs: string[]
  /** Complete: the SDKs put it in the place of `process.env`. */
  env: Record<string, string>
}

/** As both SDKs have it; `.cjs` is not among them. */
const startedWithNode = /\.(?:m?js|tsx?|jsx)$/

type Environment = Readonly<Record<string, string | undefined>>

/** To Windows `Path` and `PATH` are one variable, and a copy of its environment is not. */
const nameIn = (env: Readonly<Record<string, unknown>>, name: string, platform: NodeJS.Platform): string => {
  if (platform !== 'win32') return name
  return Object.keys(env).find((other) => other.toUpperCase() === name.toUpperCase()) ?? name
}

const overlaid = (env: Environment, overlay: FoundExecutable['env'], platform: NodeJS.Platform): Record<string, string> => {
  const merged: Record<string, string | null | undefined> = { ...env }
  // a Claude that finds itself started by a Claude refuses to run
  for (const [name, value] of Object.entries({ ...overlay, CLAUDECODE: null })) merged[nameIn(merged, name, platform)] = value
  return Object.fromEntries(Object.entries(merged).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

/** Last on the PATH, for the first line of a script: `#!/usr/bin/env node`. */
const withNodeFound = (env: Record<string, string>, node: string): Record<string, string> => {
  if (posix.basename(node) !== 'node') return env
  return { ...env, PATH: [...(env.PATH ?? '').split(':').filter((folder) => folder !== ''), posix.dirname(node)].join(':') }
}

/**
 * How the SDK shall start what `resolveClaude` found, in the environment that it is to have (`process.env`).
 *
 * A script by another name than `.js` and its like (`/usr/bin/claude`, `claude.cjs`) both SDKs start by itself, so its
 * first line finds the Node: on the PATH, which gets the folder of the one that was found, if that is called `node`;
 * a supervised child has a `node` on its PATH anyway. Windows knows no first lines: there the agent SDK starts Node
 * with the script, and the 1.x SDK cannot.
 */
export const queryOptions = ({ path, run, env: overlay }: FoundExecutable, env: Environment): QueryOptions => {
  const platform = posix.isAbsolute(path) ? 'linux' : 'win32'
  const whole = overlaid(env, overlay, platform)
  const script = run.length > 1 ? run.at(-1) : undefined
  if (script === undefined) return { pathToClaudeCodeExecutable: path, executableArgs: [], env: whole }
  const [node, ...args] = run.slice(0, -1) as [string, ...string[]]
  if (startedWithNode.test(script)) {
    return { pathToClaudeCodeExecutable: script, executable: node as 'node', executableArgs: args, env: whole }
  }
  if (platform === 'win32') return { pathToClaudeCodeExecutable: node, executableArgs: [...args, script], env: whole }
  return { pathToClaudeCodeExecutable: script, executableArgs: [], env: withNodeFound(whole, node) }
}
