/**
 * Where one look shows a listener together with who has it open, its holders are written into what ties the two: the
 * `socket` of such a listener is `4711,4712 0x82a93244c5435ea6`. Pure.
 */
import type { Listener } from './owners.ts'

/** `id`: the socket's own, the same for all who have inherited it. */
export const tie = (pids: readonly number[], id: string): string => `${pids.join(',')} ${id}`

/** None where it is another reader's socket. */
export const holdersOf = ({ socket }: Pick<Listener, 'socket'>): number[] => {
  const [, pids] = /^(\d+(?:,\d+)*) /.exec(socket) ?? []
  return pids === undefined ? [] : pids.split(',').map(Number)
}
