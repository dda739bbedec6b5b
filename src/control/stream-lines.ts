import type { ServerResponse } from 'node:http'
import { drained } from '../logs/drained.ts'
import type { LogLine } from '../logs/tail.ts'

/** Sends lines as NDJSON, as fast as they are read on the other side. Ends when they end, or with `signal`. */
export const streamLines = async (
  lines: AsyncIterable<LogLine>,
  response: ServerResponse,
  { signal, redact }: { readonly signal: AbortSignal; readonly redact: (line: string) => string },
): Promise<void> => {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' })
  // the first line may be a long time in coming
  response.flushHeaders()
  for await (const line of lines) {
    if (signal.aborted) break
    const hasRoom = response.write(`${JSON.stringify({ ...line, line: redact(line.line) })}\n`)
    if (!hasRoom) await drained(response, signal)
  }
  if (!response.destroyed) response.end()
}
