/** Decides whether a path can be that of a socket. Pure. */
import { SupervisorError } from '../errors.ts'
import { longestSocketPath } from '../record/places.ts'

const isPipe = (path: string): boolean => path.startsWith('\\\\.\\pipe\\')

/**
 * Node 20 cuts what is too long without a word, and would talk to another socket.
 * @throws SupervisorError `ERR_STATE_DIR`
 */
export const refuseLongPath = (path: string): void => {
  const bytes = Buffer.byteLength(path)
  if (isPipe(path) || bytes <= longestSocketPath) return
  throw new SupervisorError(
    'ERR_STATE_DIR',
    `The path of the control socket is ${bytes} bytes long, of ${longestSocketPath} at most: ${path}.`,
    {
      reason: 'SOCKET_PATH_TOO_LONG',
      hint: 'Name a state folder with a shorter path: --state-dir, `stateDir` or JARVIS_STATE_DIR.',
    },
  )
}
