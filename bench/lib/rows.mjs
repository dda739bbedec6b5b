// Rows of a metric's table: samples, what they are compared with, the bar they are held against.
import { median, summary } from './stats.mjs'

/**
 * `base`: bare Node's samples of the same rounds. `by` says how they compare: `ratio`, or `over` (the difference); the
 * median of the rounds counts. Without a base the median itself is held against `atMost` or `atLeast`; with `worst`, the maximum.
 */
export const row = (what, values, { unit = 'ms', base, by = 'ratio', atMost, atLeast, aim, worst = false } = {}) => {
  const compared = base && median(values.map((value, i) => (by === 'ratio' ? value / base[i] : value - base[i])))
  const judged = compared ?? (worst ? Math.max(...values) : median(values))
  const met = atMost === undefined && atLeast === undefined ? null : judged <= (atMost ?? judged) && judged >= (atLeast ?? judged)
  return { what, unit, ...summary(values), by: base ? by : null, compared: compared ?? null, atMost, atLeast, aim, worst, met, values }
}

const number = (value) => {
  if (!Number.isFinite(value)) return '–'
  const size = Math.abs(value)
  return value.toFixed(size === 0 || size >= 100 || Number.isInteger(value) ? 0 : size >= 10 ? 1 : 2)
}

const comparison = ({ by, compared, unit }) => {
  if (by === null) return ''
  return by === 'ratio' ? `${number(compared)} ×` : `${compared < 0 ? '' : '+'}${number(compared)} ${unit}`
}

const bar = ({ atMost, atLeast, aim, by, unit, worst }) => {
  const sign = by === 'ratio' ? ' ×' : unit && ` ${unit}`
  if (atMost === undefined && atLeast === undefined) return ''
  const limit = atMost === undefined ? `≥ ${atLeast}${sign}` : `≤ ${by === 'over' ? '+' : ''}${atMost}${sign}`
  return `${limit}${aim === undefined ? '' : ` (aim ${aim})`}${worst ? ' always' : ''}`
}

const columns = ['', 'unit', 'median', 'min', 'p95', 'n', 'to bare', 'bar', 'met']

export const table = (rows) => {
  const cells = rows.map((one) => {
    const numbers = [one.median, one.min, one.p95].map(number)
    return [one.what, one.unit, ...numbers, String(one.n), comparison(one), bar(one), { true: 'yes', false: 'NO' }[one.met] ?? '']
  })
  const widths = columns.map((title, i) => Math.max(title.length, ...cells.map((line) => line[i].length)))
  const isText = (i) => i < 2 || i > 6
  const line = (texts) => texts.map((text, i) => (isText(i) ? text.padEnd(widths[i]) : text.padStart(widths[i]))).join('  ')
  return [line(columns), ...cells.map(line)].map((text) => text.trimEnd()).join('\n')
}
