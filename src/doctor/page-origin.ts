/** The origin of a page, as a browser writes it into the header. Pure. */

/** What a page has that is nobody's, or lies on disk. */
const withoutHost = new Set(['null', 'file://'])

/** `HTTP://Localhost:80` is `http://localhost`. undefined: no origin, as where a path follows. */
export const originFrom = (text: string): string | undefined => {
  if (withoutHost.has(text)) return text
  if (/^https?:\/\/[^\s/?#@\\*]+$/i.test(text)) return URL.canParse(text) ? new URL(text).origin : undefined
  // of an app's own: `app://.`
  const [, scheme, port] = /^([a-z][a-z\d+.-]*):\/\/[\w.~-]+(?::(\d{1,5}))?$/i.exec(text) ?? []
  return scheme === undefined || /^https?$/i.test(scheme) || Number(port ?? 0) > 65_535 ? undefined : text
}
