/** Where a window dials, from an address as it is written. Pure. */
import type { Dialled } from './subject.ts'

/** undefined: no http or https address that could be dialled. */
export const dialledFrom = (text: string): Dialled | undefined => {
  if (!URL.canParse(text)) return undefined
  const { protocol, hostname, port: written, pathname, search } = new URL(text)
  if ((protocol !== 'http:' && protocol !== 'https:') || hostname === '' || written === '0') return undefined
  const port = written === '' ? (protocol === 'https:' ? 443 : 80) : Number(written)
  return { protocol, host: hostname.replace(/^\[|\]$/g, ''), port, path: `${pathname}${search}` }
}
