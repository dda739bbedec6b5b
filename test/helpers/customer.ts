import type { Supervisor } from '../../src/index.ts'
import { ask } from './ports.ts'

/** Asks a service over and over, as a front door does: the process that is ready, and never one that must end meanwhile. */
export interface Customer {
  /** Who has answered, in order, each once. */
  readonly answered: readonly string[]
  readonly failures: readonly string[]
  /** How many were answered. */
  readonly count: number
  /** Settles when the last answer has come. */
  leave(): Promise<void>
}

const betweenMs = 2

export const customerOf = (supervisor: Supervisor): Customer => {
  const answered: string[] = []
  const failures: string[] = []
  const asking = new Map<number, Set<Promise<void>>>()
  let place = supervisor.state.state === 'ready' ? { pid: supervisor.state.pid, url: supervisor.url ?? '' } : null
  let count = 0
  const one = async (url: string): Promise<void> => {
    try {
      const { body } = await ask(`${url}/`)
      count += 1
      if (!answered.includes(body)) answered.push(body)
    } catch (error) {
      failures.push(String(error))
    }
  }
  const unsubscribe = [
    supervisor.on('state', ({ to }) => {
      if (to !== 'ready') place = null
    }),
    supervisor.on('ready', ({ pid, url }) => {
      place = { pid, url: url ?? '' }
    }),
    supervisor.onDrain(async (pid) => void (await Promise.all(asking.get(pid) ?? []))),
  ]
  const timer = setInterval(() => {
    if (place === null) return
    const { pid, url } = place
    const those = asking.get(pid) ?? new Set()
    asking.set(pid, those)
    const question = one(url).then(() => void those.delete(question))
    those.add(question)
  }, betweenMs)
  return {
    answered,
    failures,
    get count() {
      return count
    },
    leave: async () => {
      clearInterval(timer)
      await Promise.all([...asking.values()].flatMap((those) => [...those]))
      for (const end of unsubscribe) end()
    },
  }
}
