/** Under which names the door may be called, and which pages are its own. Pure. */
import type { GatewaySpec } from '../config/gateway.ts'
import type { Asked } from './asked.ts'
import type { Problem } from './problem.ts'
import { shown } from './shown.ts'

export interface Names {
  /** Each `Host` that is accepted, in lower case. */
  readonly hosts: ReadonlySet<string>
  /** Of pages that come through the door, in lower case. */
  readonly origins: ReadonlySet<string>
}

type Scheme = 'http' | 'https'

const defaultPorts: Readonly<Record<Scheme, number>> = { http: 80, https: 443 }
const schemes: readonly Scheme[] = ['http', 'https']
const everyAddress = ['0.0.0.0', '::', '[::]']

export const namesOf = ({ host, allowedHosts }: Pick<GatewaySpec, 'host' | 'allowedHosts'>, port: number): Names => {
  const hosts = new Set<string>()
  const origins = new Set<string>()
  const add = (name: string, at: number): void => {
    hosts.add(`${name}:${at}`)
    for (const scheme of schemes) {
      const isDefault = at === defaultPorts[scheme]
      origins.add(isDefault ? `${scheme}://${name}` : `${scheme}://${name}:${at}`)
      // nobody writes the port that goes without saying
      if (isDefault) hosts.add(name)
    }
  }
  const own = host === undefined || everyAddress.includes(host) ? [] : [nameOf(isAddress6(host) ? `[${host}]` : host)]
  for (const name of ['127.0.0.1', 'localhost', '[::1]', ...own]) {
    add(name, port)
    // on 443, too, the door itself speaks no TLS
    if (port !== defaultPorts.http) hosts.delete(name)
  }
  for (const entry of allowedHosts) {
    const [, name = '', at] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(entry) ?? []
    if (at !== undefined) add(nameOf(name), Number(at))
    else {
      add(nameOf(name), port)
      // with something in front of the door that has the port of its scheme
      hosts.add(nameOf(name))
      for (const scheme of schemes) origins.add(`${scheme}://${nameOf(name)}`)
    }
  }
  return { hosts, origins }
}

const isAddress6 = (host: string): boolean => host.includes(':') && !host.startsWith('[')

/** As browsers write it: lower case, other alphabets in Punycode, addresses shortened. */
const nameOf = (name: string): string => {
  try {
    return new URL(`http://${name}`).hostname
  } catch {
    return name.toLowerCase()
  }
}

/** Another name may be that of a page elsewhere, which leads here since it was looked up again. */
export const hostProblem = ({ host }: Asked, { hosts }: Names, port: number): Problem | undefined => {
  const [name] = host
  if (name === undefined || host.length > 1) return name === undefined ? noHost : twoHosts
  if (hosts.has(name) || hosts.has(name.toLowerCase())) return
  return {
    status: 403,
    reason: 'host-not-allowed',
    title: 'This name is not known here',
    detail:
      `The request was for the host ${shown(name)}, which is not a name of this door: those are 127.0.0.1, localhost and [::1] ` +
      `with port ${port}. If it is to be reached under that name, add it to \`gateway.allowedHosts\`.`,
  }
}

const noHost: Problem = {
  ...{ status: 400, reason: 'host-missing', title: 'For which host is this?' },
  detail: 'The request has no Host header. Send one.',
}

const twoHosts: Problem = {
  ...{ status: 400, reason: 'host-ambiguous', title: 'For which host is this?' },
  detail: 'The request has more than one Host header. Send one.',
}
