import { lstatSync, unlinkSync } from 'node:fs'
import { connect } from 'node:net'
import { errnoOf } from '../errors.ts'

/** What is at the path of a socket. `gone`: nothing now; what lay there was a socket of ours that nobody listened on. */
export type AtPath = 'nothing' | 'gone' | 'somebody' | 'no socket' | "somebody else's"

/** On this machine somebody lets us in at once, or nobody is there. */
const answerMs = 1000

/** Frees a path of what the dead have left at it. Only a socket of this user's that refuses a connection is removed. */
export const clearSocket = async (path: string, platform: NodeJS.Platform): Promise<AtPath> => {
  // the name of a pipe goes with the last process that has it
  if (platform === 'win32') return (await isAnswered(path)) ? 'somebody' : 'nothing'
  const before = lstatSync(path, { throwIfNoEntry: false })
  if (before === undefined) return 'nothing'
  if (!before.isSocket()) return 'no socket'
  if (before.uid !== process.getuid?.()) return "somebody else's"
  if (await isAnswered(path)) return 'somebody'
  const now = lstatSync(path, { throwIfNoEntry: false })
  if (now === undefined) return 'gone'
  // somebody has put another one there meanwhile
  if (now.ino !== before.ino || now.mtimeMs !== before.mtimeMs) return 'somebody'
  unlinkSync(path)
  return 'gone'
}

/** Whoever cannot be proved to be absent is there. */
const isAnswered = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ path, timeout: answerMs })
    const end = (isThere: boolean) => () => {
      socket.destroy()
      resolve(isThere)
    }
    socket.once('connect', end(true)).once('timeout', end(true))
    socket.once('error', (error) => end(!absent.has(errnoOf(error) ?? ''))())
  })

const absent = new Set(['ECONNREFUSED', 'ENOENT'])
