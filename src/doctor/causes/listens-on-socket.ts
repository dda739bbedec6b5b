import type { Cause, Finding } from '../cause.ts'
import type { Evidence } from '../evidence.ts'
import { saysTaken } from '../signs/bind-error.ts'
import { servingSockets } from '../signs/deafness.ts'
import { astray, deaf, listed } from '../signs/listeners.ts'
import { isSocket, linesOf, place } from '../signs/reading.ts'

export const listensOnSocket: Cause = {
  code: 'LISTENS_ON_SOCKET',
  title: 'The backend serves on a socket, not on a port',
  find: (evidence) => asGiven(evidence) ?? inPlaceOfPort(evidence),
}

/** By its `transport`; and a window that knows nothing of that. */
const asGiven = (evidence: Evidence): Finding | undefined => {
  const found = astray(evidence)
  const [listener, ...others] = found?.listeners ?? []
  if (found === undefined || isSocket(found.target) || listener?.family !== 'unix' || others.length > 0) return undefined
  return {
    confidence: 'certain',
    explanation: `It listens on the socket ${listener.address}, as its \`transport\` says; the window dials ${place(found.target)}.`,
    hint: "Let the window ask through a protocol of the app's own, which the main process answers from the socket (app://…). If it is to dial a port, leave `transport: 'socket'` out.",
    supports: [`It listens on ${listener.address}, and on no port.`, `It was given JARVIS_SOCKET=${listener.address}.`],
  }
}

const inPlaceOfPort = (evidence: Evidence): Finding | undefined => {
  const found = deaf(evidence)
  if (found === undefined || saysTaken(found.run, found.target.port) !== undefined) return undefined
  const sockets = servingSockets(found.run).filter((path) => path !== '')
  if (sockets.length === 0) return undefined
  const isSaid = sockets.some((path) => linesOf(found.run).some((line) => line.includes(path)))
  const at = place(found.target)
  const isGiven = isSocket(found.target)
  return {
    confidence: isSaid ? 'certain' : 'likely',
    explanation: `It listens on the Unix socket ${listed(sockets)} and on ${isGiven ? 'no other' : 'no port'}; the window dials ${at}.`,
    hint: isGiven
      ? 'Let it listen on the path in the JARVIS_SOCKET variable, as it stands there.'
      : `Let it listen on PORT (${found.target.port}): see its options for a port instead of a socket. If its clients use a socket, give it one by \`transport: 'socket'\`; if they know its own, it has no port: \`port: false\`.`,
    supports: [
      `It listens on ${listed(sockets)}.`,
      isGiven ? `It was given JARVIS_SOCKET=${at}.` : 'It listens on no port.',
      ...(isSaid ? ['It says so itself.'] : []),
    ],
  }
}
