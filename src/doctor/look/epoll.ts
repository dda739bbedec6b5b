/** Reads the text of /proc/PID/fdinfo/N. Pure. */

/** What an epoll descriptor waits for. */
export interface Registration {
  readonly fd: number
  /** Of the file that was registered: a descriptor may have been given away since. null: this kernel does not tell. */
  readonly inode: string | null
}

/** `tfd:       19 events:       19 data:               13  pos:0 ino:60d887 sdev:9`; the inode in hexadecimal digits */
const row = /^tfd: +(\d+) .*?(?: ino:([0-9a-f]+) |$)/

export const parseRegistrations = (lines: string): Registration[] =>
  lines.split('\n').flatMap((line) => {
    const [, fd, inode] = row.exec(line) ?? []
    return fd === undefined ? [] : [{ fd: Number(fd), inode: inode === undefined ? null : String(Number.parseInt(inode, 16)) }]
  })

const closesOnExec = 0o2000000

/** Whether a descriptor would not be there after an exec: so none has come through one with it. */
export const isClosedOnExec = (fdinfo: string): boolean => {
  const flags = /^flags:\s*([0-7]+)$/m.exec(fdinfo)?.[1]
  return flags !== undefined && (Number.parseInt(flags, 8) & closesOnExec) !== 0
}
