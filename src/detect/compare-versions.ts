/** Decides which of two version folders is the newer one: 2.1.10 comes after 2.1.9, a pre-release before its release. Pure. */

const shape = /^v?(\d+(?:\.\d+)*)(-.+)?/

/** Negative when `a` is older. What is no version (`latest`, `system`) is older than every version. */
export const compareVersions = (a: string, b: string): number => {
  const [left, right] = [shape.exec(a), shape.exec(b)]
  if (left === null || right === null) return Number(left !== null) - Number(right !== null) || a.localeCompare(b)
  const [x, y] = [left[1]!.split('.').map(Number), right[1]!.split('.').map(Number)]
  for (let index = 0; index < Math.max(x.length, y.length); index++) {
    const difference = (x[index] ?? 0) - (y[index] ?? 0)
    if (difference !== 0) return difference
  }
  const [pre, other] = [left[2], right[2]]
  if (pre === undefined || other === undefined) return Number(pre === undefined) - Number(other === undefined)
  return pre.localeCompare(other, 'en', { numeric: true })
}
