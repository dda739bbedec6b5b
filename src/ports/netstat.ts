/**
 * Reads what `netstat -ano` of Windows prints. Pure. The words in it are those of the user's language (LISTENING,
 * ABHÖREN, ESCUCHANDO), in an encoding of its own: a listener is known by having nobody at the other end.
 */
import { tie } from './holders.ts'
import type { Listener } from './owners.ts'

/** `  TCP    [fe80::1%4]:139        [::]:0                 LISTENING       4`: local, remote, state, pid */
const row = /^ *TCP +(?:\[([^\]]+)\]|([\d.]+)):(\d+) +(?:0\.0\.0\.0|\[::\]):0 .* (\d+) *$/

export const parseNetstat = (text: string): Listener[] =>
  text.split(/\r?\n/).flatMap((line) => {
    const [, ipv6, ipv4 = '', port, pid] = row.exec(line) ?? []
    if (port === undefined) return []
    // the zone is this machine's own word for an interface
    const address = ipv6?.replace(/%.*$/, '') ?? ipv4
    const family = ipv6 === undefined ? ('ipv4' as const) : ('ipv6' as const)
    return [{ family, address, port: Number(port), socket: tie([Number(pid)], `${address} ${port}`), acceptQueue: -1 }]
  })
