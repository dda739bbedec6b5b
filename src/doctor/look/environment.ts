/** Takes from an environment what may be told: names, and the values of some variables that hold no secret. Pure. */
import { redactShown } from '../../logs/redact.ts'
import type { EnvironmentFacts } from '../evidence.ts'

const told = new Set(['NODE_OPTIONS', 'APPIMAGE', 'SNAP', 'FLATPAK_ID', 'WSL_DISTRO_NAME', 'CLAUDECODE', 'CLAUDE_CLI_PATH', 'NO_PROXY'])
const proxies = new Set(['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'])
const shownLetters = 1000

export const environmentFacts = (env: Readonly<Record<string, string | undefined>>, platform: NodeJS.Platform): EnvironmentFacts => {
  const variables = Object.entries(env)
    .flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
    .sort(byName)
  const isWindows = platform === 'win32'
  const path = variables.find(([name]) => name === 'PATH' || (isWindows && name.toUpperCase() === 'PATH'))?.[1] ?? ''
  return {
    names: variables.map(([name]) => name),
    path: path.split(isWindows ? ';' : ':').filter((entry) => entry !== ''),
    values: Object.fromEntries(variables.flatMap(([name, value]) => harmless(name, value, isWindows))),
  }
}

const byName = ([a]: readonly [string, string], [b]: readonly [string, string]): number => (a < b ? -1 : a > b ? 1 : 0)

/** Proxies, and who is to do without, are written in small letters as well; on Windows case says nothing at all. */
const harmless = (name: string, value: string, isWindows: boolean): [name: string, value: string][] => {
  const capitals = name.toUpperCase()
  const isProxy = proxies.has(capitals)
  const known = isWindows || isProxy || capitals === 'NO_PROXY' ? capitals : name
  if (isProxy) return [[name, withoutSecrets(name, withoutLogin(value))]]
  return told.has(known) || known.startsWith('ELECTRON_') ? [[name, withoutSecrets(name, value)]] : []
}

/** Judged together with its name; what a secret's name stands for is taken out whole. */
const withoutSecrets = (name: string, value: string): string =>
  isSecret(name) ? redacted : redactShown(`${name}=${value.slice(0, shownLetters)}`).slice(name.length + 1)

const redacted = '[redacted]'
const isSecret = (name: string): boolean => redactShown(`${name}=x`) !== `${name}=x`

/** `http://name:password@host:3128`, also without its scheme; the password may hold anything. */
const withoutLogin = (proxy: string): string => proxy.replace(/^([a-z][\w+.-]*:\/\/)?.*@/is, '$1')
