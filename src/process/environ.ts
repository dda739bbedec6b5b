/**
 * Finds a variable in the text of /proc/PID/environ. Pure. Only a whole entry counts, from its name at the very start
 * to the NUL at its end: half an entry, where the text was cut, proves nothing.
 */
export const variableIn = (environment: Buffer, name: string): string | undefined => {
  const start = Buffer.from(`${name}=`)
  const isFirst = environment.subarray(0, start.length).equals(start)
  const separator = environment.indexOf(`\0${name}=`)
  if (!isFirst && separator === -1) return undefined
  const from = (isFirst ? 0 : separator + 1) + start.length
  const end = environment.indexOf(0, from)
  return end === -1 ? undefined : environment.toString('utf8', from, end)
}
