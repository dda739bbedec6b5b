/** Answers as they are written to a connection that no server of node:http looks after any more. Pure. */

/** Status line and headers, which are name and value in turn; to be written as latin1, as they were read. */
export const rawHead = (status: number, message: string, headers: readonly string[]): string => {
  const lines = [`HTTP/1.1 ${status} ${message}`]
  for (let at = 0; at + 1 < headers.length; at += 2) lines.push(`${headers[at]}: ${headers[at + 1]}`)
  return `${lines.join('\r\n')}\r\n\r\n`
}

/** Whether a header is among them, in whatever case. */
export const hasHeader = (headers: readonly string[], name: string): boolean =>
  headers.some((text, at) => at % 2 === 0 && text.length === name.length && text.toLowerCase() === name)
