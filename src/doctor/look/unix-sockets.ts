/** Reads the text of /proc/net/unix. Pure. Only sockets that listen and have a name; an abstract one begins with `@`. */
export interface UnixListener {
  readonly inode: string
  readonly path: string
}

/** Num: RefCount Protocol Flags Type St Inode Path; the flag is `__SO_ACCEPTCON`. */
const row = /^[0-9a-f]+: [0-9A-F]+ [0-9A-F]+ 00010000 [0-9A-F]+ [0-9A-F]+ +(\d+) (.+)$/

export const parseUnixListeners = (lines: string): UnixListener[] =>
  lines.split('\n').flatMap((line) => {
    const [, inode, path] = row.exec(line) ?? []
    return inode === undefined || path === undefined ? [] : [{ inode, path: path.startsWith('@') ? unpadded(path) : path }]
  })

/** Older versions of Node fill an abstract name up with NULs, which the kernel shows as `@`. */
const unpadded = (name: string): string => name.replace(/(?<=[^@])@+$/, '')
