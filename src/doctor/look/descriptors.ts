import { opendir } from 'node:fs'
import { promisify } from 'node:util'
import { Slices } from '../../process/slices.ts'
import { openFilesLimit } from './limits.ts'
import { linkNow, textNow } from './proc-files.ts'

/** What a process has open, as far as a look at all of it matters. Linux only. */
export interface Descriptors {
  readonly open: number
  /** By inode, the descriptors that lead to it. */
  readonly sockets: ReadonlyMap<string, readonly number[]>
  readonly epolls: readonly number[]
  /** It may wait for anything through io_uring, which does not show for what. */
  readonly hasRing: boolean
  /** Whether these are all. */
  readonly whole: boolean
}

const openedDir = promisify(opendir)

/** Descriptors whose links are read, of all processes of one look together: 50 ms. */
export class Budget {
  left: number
  readonly slices = new Slices()

  constructor(links = 20_000) {
    this.left = links
  }
}

/** Counting goes on where reading has ended, as long as it costs nothing to speak of. */
const countLimit = 200_000

/** null: it is gone, or somebody else's. */
export const descriptorsOf = async (pid: number, budget: Budget): Promise<Descriptors | null> => {
  const folder = `/proc/${pid}/fd`
  const dir = await openedDir(folder, { bufferSize: 512 }).catch(() => undefined)
  if (dir === undefined) return null
  const sockets = new Map<string, number[]>()
  const epolls: number[] = []
  let [count, hasRing, whole] = [0, false, true]
  try {
    for await (const { name } of dir) {
      count += 1
      if (count >= countLimit) break
      if (budget.left <= 0) {
        whole = false
        continue
      }
      budget.left -= 1
      const target = linkNow(`${folder}/${name}`)
      const inode = socketIn(target)
      if (inode !== undefined) sockets.set(inode, [...(sockets.get(inode) ?? []), Number(name)])
      else if (target === 'anon_inode:[eventpoll]') epolls.push(Number(name))
      else if (target === 'anon_inode:[io_uring]') hasRing = true
      if (budget.slices.over) await budget.slices.pause()
    }
  } catch {
    // it has ended, if only to become a zombie
    return null
  }
  return { open: count, sockets, epolls, hasRing, whole }
}

const socketIn = (target: string): string | undefined => (target.startsWith('socket:[') ? target.slice(8, -1) : undefined)

/** null where its number or its limit is unknown. */
export const describeDescriptors = (
  pid: number,
  descriptors: Descriptors | null,
): { readonly open: number; readonly limit: number } | null => {
  const limit = openFilesLimit(textNow(`/proc/${pid}/limits`))
  return limit === null || descriptors === null ? null : { open: descriptors.open, limit }
}
