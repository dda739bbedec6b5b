import type { Generation } from './gate.ts'
import { abortedWithin } from './within.ts'

/** A death is told within this time, mostly together with the end of a connection. */
const tellMs = 50
/** What takes as long is a stream, and its end no matter of habit. */
const streamMs = 1000

/**
 * For an answer whose end is nothing but the end of its connection: a process that dies ends its connections, too. To be called
 * when its head has come; what it returns tells, asked right at its end, whether it is whole.
 */
export const watchOpenEnd = ({ ended, life }: Generation): (() => Promise<boolean>) => {
  const begunAt = performance.now()
  const known = life.servers
  const before = life.signOf(known)

  return async () => {
    const tookMs = performance.now() - begunAt
    // who was found since was there then
    const [servers, wereThere] = known.length > 0 ? [known, before === 'there'] : [life.servers, true]
    const isOver = (sign: ReturnType<typeof life.signOf>): boolean => sign === 'ending' || (sign === 'gone' && wereThere)
    const after = life.signOf(servers)
    if (isOver(after)) return false
    const isThere = after === 'there' && wereThere
    if (isThere && life.closesByHabit && tookMs < streamMs) return true
    await abortedWithin(tellMs, ended)
    if (ended.aborted) return isThere && life.wasKilled
    // while some of its threads were still there, nobody could tell
    if (isOver(life.signOf(servers))) return false
    life.outlive()
    return true
  }
}
