/** Reads the moment that `--since` names. Asks for nothing but the local time zone. */

const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const ago = /^(?:\d+[smhd])+$/
const iso = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/

/** Milliseconds since 1970, for `30s`, `10m`, `1h30m` ago, or an ISO time (local without a zone); undefined for anything else. */
export const sinceOf = (text: string, now: number): number | undefined => {
  if (ago.test(text)) {
    const back = [...text.matchAll(/(\d+)([smhd])/g)].reduce((sum, [, count, unit = '']) => sum + Number(count) * (units[unit] ?? 0), 0)
    return now - back
  }
  if (!iso.test(text)) return undefined
  // a day alone would be one of UTC
  const time = new Date(text.length === 10 ? `${text}T00:00` : text.replace(' ', 'T')).getTime()
  return Number.isNaN(time) ? undefined : time
}
