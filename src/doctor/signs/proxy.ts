/** Decides which proxy Node clients take for an address, as axios, undici's agents and their like read the environment. Pure. */

export interface Proxy {
  /** The variable that says so. */
  readonly variable: string
  readonly host: string
  readonly port: number
}

const variables = ['http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY']

/** null: none, or the address is exempt from it. */
export const proxyFor = (host: string, port: number, env: Readonly<Record<string, string | undefined>>): Proxy | null => {
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

/** `localhost,127.0.0.1,.example.com,host:8080`; `*` is everybody. */
const isExempt = (host: string, port: number, noProxy: string): boolean =>
  noProxy
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      if (entry === '*') return true
      const [, name = entry, only] = /^(.*?)(?::(\d+))?$/.exec(entry.replace(/^\[(.*)\]/, '$1')) ?? []
      const plain = isWholeIpv6(entry) ? entry.replace(/^\[|\]$/g, '') : name
      if (only !== undefined && !isWholeIpv6(entry) && Number(only) !== port) return false
      return plain === host || (plain.startsWith('.') && host.endsWith(plain)) || host.endsWith(`.${plain}`)
    })

const isWholeIpv6 = (entry: string): boolean => (entry.match(/:/g) ?? []).length > 1
