/** Reads the text of /proc/net/unix. Pure. Only sockets that listen and have a name; an abstract one begins with `@`. */
export interface UnixListener {
  readonly inode: string
  /** As it was bound: relative, if that was. */
  readonly path: string
}

/** Num: RefCount Protocol Flags Type St Inode Path; the flag is `__SO_ACCEPTCON`. */
const row = /^[0-9a-f]+: [0-9A-F]+ [0-9A-F]+ 00010000 [0-9A-F]+ [0-9A-F]+ +(\d+) (.+)$/
/** What waits to be accepted has the name of its listener, and is nobody's yet: it has no inode. */
const waiting = /^[0-9a-f]+: [0-9A-F]+ [0-9A-F]+ 00000000 [0-9A-F]+ [0-9A-F]+ +0 (.+)$/

export const parseUnixListeners = (lines: string): UnixListener[] =>
  lines.split('\n').flatMap((line) => {
    const [, inode, path] = row.exec(line) ?? []
    return inode === undefined || path === undefined ? [] : [{ inode, path: nameOf(path) }]
  })

/** Connections to a path that nobody has accepted yet. */
export const countWaiting = (lines: string, path: string): number =>
  lines.split('\n').filter((line) => line.endsWith(path) && nameOf(waiting.exec(line)?.[1] ?? '') === path).length

/** Older versions of Node fill an abstract name up with NULs, which the kernel shows as `@`. */
const nameOf = (shown: string): string => (shown.startsWith('@') ? shown.replace(/(?<=[^@])@+$/, '') : shown)
