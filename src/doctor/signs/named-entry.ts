/** The script that an interpreter says it cannot find. Pure. */

const patterns = [
  /Cannot find module '([^']+)'/,
  /open file '([^']+)'/,
  /\bjarfile (\S+)/,
  /No such file or directory -- (\S+)/,
  /Module not found "([^"]+)"/,
  /application to execute does not exist: '([^']+)'/,
]

export const namedEntry = (line: string | null): string | undefined => {
  for (const pattern of patterns) {
    const path = pattern.exec(line ?? '')?.[1]
    if (path !== undefined) return path
  }
  return undefined
}
