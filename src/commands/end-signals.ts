/**
 * Calls `listener` when we are asked to end, with the number of times so far: a second time is an order to hurry. A
 * SIGHUP only counts as the first: a terminal that goes away sends several (one as it hangs up, one more as the leader of its
 * session ends), and nobody was impatient.
 */
export const onEndSignals = (listener: (times: number) => void): void => {
  let times = 0
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      if (signal === 'SIGHUP' && times > 0) return
      times += 1
      listener(times)
    })
}
