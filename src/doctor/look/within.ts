/** What `promise` gives, or `otherwise` if it fails or takes longer. Whatever it waits for goes on, and nobody waits for it. */
export const within = <T, U>(ms: number, promise: Promise<T>, otherwise: U): Promise<T | U> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => resolve(otherwise), ms)
    const settle = (value: T | U): void => {
      clearTimeout(timer)
      resolve(value)
    }
    promise.then(settle, () => settle(otherwise))
  })
