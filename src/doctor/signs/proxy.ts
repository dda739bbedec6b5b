/** Decides which proxy Node clients take for an address, as axios, undici's agents and their like read the environment. Pure. */
import { isSocket } from './reading.ts'

export interface Proxy {
  /** The variable that says so. */
  readonly variable: string
  readonly host: string
  readonly port: number
}

const variables = ['http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY']

/** null: none, or the address is exempt from it. */
export const proxyFor = (host: string, port: number, env: Readonly<Record<string, string | undefined>>): Proxy | null => {
  // a socket is asked by nobody's proxy
  if (isSocket({ host, port })) return null
  const variable = variables.find((name) => env[name] !== undefined && env[name] !== '')
  const value = variable === undefined ? undefined : env[variable]
  if (variable === undefined || value === undefined || isExempt(host, port, env.no_proxy ?? env.NO_PROXY ?? '')) return null
  try {
    const url = new URL(value.includes('://') ? value : `http://${value}`)
    // another kind of proxy speaks another language
    return url.protocol === 'http:' && url.hostname !== '' ? { variable, host: url.hostname, port: Number(url.port || 80) } : null
  } catch {
    return null
  }
}

/** `localhost,127.0.0.1,.example.com,host:8080,[::1]:8080`; `*` is everybody. */
const isExempt = (host: string, port: number, noProxy: string): boolean =>
  noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      if (entry === '*') return true
      const { name, only } = parsed(entry)
      if (only !== undefined && Number(only) !== port) return false
      const own = host.toLowerCase()
      return name === own || own.endsWith(name.startsWith('.') ? name : `.${name}`)
    })

const parsed = (entry: string): { readonly name: string; readonly only: string | undefined } => {
  const [, bracketed, itsPort] = /^\[(.*)\](?::(\d+))?$/.exec(entry) ?? []
  if (bracketed !== undefined) return { name: bracketed, only: itsPort }
  // more than one colon: an address of IPv6, and no port
  const [, name = entry, only] = /^([^:]*):(\d+)$/.exec(entry) ?? []
  return { name: name.replace(/^\*(?=\.)/, ''), only }
}
