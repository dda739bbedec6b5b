/** Writes durations and sizes for people, short and of even width. Pure. */

const [second, minute, hour, day] = [1000, 60_000, 3_600_000, 86_400_000] as const

/** `8s`, `12m 5s`, `2h 3m`, `3d 4h`: two units, the second one only where it is not nought. */
export const duration = (ms: number): string => {
  const units: readonly (readonly [number, string])[] = [
    [day, 'd'],
    [hour, 'h'],
    [minute, 'm'],
    [second, 's'],
  ]
  const first = Math.max(
    0,
    units.findIndex(([size]) => ms >= size),
  )
  if (ms < second) return '0s'
  const parts: string[] = []
  let rest = ms
  for (const [size, letter] of units.slice(first, first + 2)) {
    const count = Math.floor(rest / size)
    rest -= count * size
    if (count > 0) parts.push(`${count}${letter}`)
  }
  return parts.join(' ')
}

/** `900 KB`, `54 MB`, `1.2 GB`, of 1024 each. */
export const bytes = (count: number): string => {
  const megabytes = count / 1024 / 1024
  if (megabytes >= 1000) return `${(megabytes / 1024).toFixed(1)} GB`
  return megabytes >= 1 ? `${Math.round(megabytes)} MB` : `${Math.round(count / 1024)} KB`
}

export const percent = (value: number): string => `${value >= 100 ? Math.round(value) : value.toFixed(1)}%`
