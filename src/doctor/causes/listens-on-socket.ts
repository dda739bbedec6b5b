import type { Cause } from '../cause.ts'
import { saysTaken } from '../signs/bind-error.ts'
import { servingSockets } from '../signs/deafness.ts'
import { deaf, listed } from '../signs/listeners.ts'
import { linesOf, place } from '../signs/reading.ts'

export const listensOnSocket: Cause = {
  code: 'LISTENS_ON_SOCKET',
  title: 'The backend serves on a socket, not on a port',
  find: (evidence) => {
    const found = deaf(evidence)
    if (found === undefined || saysTaken(found.run, found.target.port) !== undefined) return undefined
    const sockets = servingSockets(found.run).filter((path) => path !== '')
    if (sockets.length === 0) return undefined
    const isSaid = sockets.some((path) => linesOf(found.run).some((line) => line.includes(path)))
    return {
      confidence: isSaid ? 'certain' : 'likely',
      explanation: `It listens on the Unix socket ${listed(sockets)} and on no port; the window dials ${place(found.target)}.`,
      hint: `Let it listen on PORT (${found.target.port}): see its options for a port instead of a socket. If its clients use that socket, it has no port: say so by \`port: false\`.`,
      supports: [`It listens on ${listed(sockets)}.`, 'It listens on no port.', ...(isSaid ? ['It says so itself.'] : [])],
    }
  },
}
