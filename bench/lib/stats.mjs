// Numbers about samples. Pure.

export const quantile = (values, q) => {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (sorted.length - 1) * q
  const below = sorted[Math.floor(at)] ?? Number.NaN
  const above = sorted[Math.ceil(at)] ?? Number.NaN
  return below + (above - below) * (at % 1)
}

export const median = (values) => quantile(values, 0.5)

export const summary = (values) => ({
  median: median(values),
  min: quantile(values, 0),
  p95: quantile(values, 0.95),
  n: values.length,
})

/** Growth per step: the slope of the least-squares line through the values. */
export const slope = (values) => {
  const middle = (values.length - 1) / 2
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  let covariance = 0
  let variance = 0
  values.forEach((value, i) => {
    covariance += (i - middle) * (value - mean)
    variance += (i - middle) ** 2
  })
  return covariance / variance
}

export const shuffled = (items) => {
  const list = [...items]
  for (let i = list.length - 1; i > 0; i -= 1) {
    const j = Math.floor(Math.random() * (i + 1))
    ;[list[i], list[j]] = [list[j], list[i]]
  }
  return list
}
