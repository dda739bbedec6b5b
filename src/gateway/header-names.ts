/** Names of headers, as they are sorted on the way. Pure. */

/** Of one connection, never of the message: RFC 9110, 7.6.1, and what is as old. */
export const hopByHop: ReadonlySet<string> = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'proxy-authorization', 'proxy-authenticate', 'proxy-authentication-info'],
  ...['te', 'transfer-encoding', 'upgrade', 'http2-settings'],
])

/** What `Connection` names besides `close` and `keep-alive`, in lower case; null where that is nothing. */
export const namedIn = (connection: string): Set<string> | null => {
  // what nearly everybody says
  if (connection === 'keep-alive' || connection === 'close' || connection === 'Keep-Alive' || connection === 'Close') return null
  const names = connection
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    // the frame of a message is not to be talked away
    .filter((name) => name !== '' && name !== 'close' && name !== 'keep-alive' && name !== 'content-length' && name !== 'host')
  return names.length === 0 ? null : new Set(names)
}

/** Without the fields of these names. `headers`: name and value in turn. */
export const withoutNamed = (headers: readonly string[], names: ReadonlySet<string>): string[] => {
  const kept: string[] = []
  for (let i = 0; i < headers.length; i += 2) if (!names.has(headers[i]!.toLowerCase())) kept.push(headers[i]!, headers[i + 1]!)
  return kept
}
