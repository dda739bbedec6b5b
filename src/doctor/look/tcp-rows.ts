/** Reads the rows of /proc/net/tcp and tcp6 that belong to some sockets, in whatever state they are. Pure. */
export interface TcpRow {
  readonly inode: string
  readonly localPort: number
  /** As the kernel numbers them: 1 is established, 10 listens. */
  readonly state: number
}

export const established = 1

/**   sl  local_address rem_address   st tx_queue:rx_queue tr:tm->when retrnsmt   uid  timeout inode */
const row = /^ *\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} ([0-9A-F]{2}) \S+ \S+ \S+ +\d+ +\d+ (\d+)/

export const tcpRowsOf = (lines: string, inodes: ReadonlySet<string>): TcpRow[] =>
  lines.split('\n').flatMap((line) => {
    const [, port = '', state = '', inode = ''] = row.exec(line) ?? []
    return inodes.has(inode) ? [{ inode, localPort: Number.parseInt(port, 16), state: Number.parseInt(state, 16) }] : []
  })
