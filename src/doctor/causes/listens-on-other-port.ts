import type { Cause, Finding } from '../cause.ts'
import type { ListenerEvidence, RunEvidence } from '../evidence.ts'
import { again } from '../signs/again.ts'
import { saysTaken } from '../signs/bind-error.ts'
import { heldBy, holderOf } from '../signs/holders.ts'
import { astray, isLoopback, listed, type Place } from '../signs/listeners.ts'
import { isSocket, linesOf, place, placeOf } from '../signs/reading.ts'

export const listensOnOtherPort: Cause = {
  code: 'LISTENS_ON_OTHER_PORT',
  title: 'The backend listens on another port than the one that is dialled',
  find: (evidence) => {
    const found = astray(evidence)
    if (found === undefined || found.listeners.length === 0) return undefined
    const { run, target, listeners } = found
    if (listeners.some(({ port }) => port === target.port)) return undefined
    const [main] = [...listeners].sort((a, b) => weight(b, run) - weight(a, run) || a.port - b.port)
    if (main === undefined) return undefined
    if (isSocket(target)) return onPort(listeners, target)
    // it has what it was given: a socket, which has a name of its own
    if (listeners.every(({ family }) => family === 'unix')) return undefined
    const holder = holderOf(evidence, target)
    const line = run && saysTaken(run, target.port)
    const isAnnounced = run !== undefined && announces(run, main.port)
    const places = listed(listeners.map(placeOf))
    const who = run === undefined ? (evidence.service?.name ?? 'The backend') : 'It'
    const taken = holder === undefined ? (line === undefined ? '' : ` It said: ${line}`) : ` ${heldBy(holder)}.`
    return {
      // what it opens besides may be all that is left of it
      confidence: line !== undefined && !isAnnounced ? 'likely' : 'certain',
      explanation: `${who} listens on ${places}, and not on ${place(target)}, where the window dials.${taken}`,
      hint: `${holder === undefined ? '' : `Free port ${target.port} if it gave way to that; else let `}${holder === undefined ? 'Let ' : ''}it listen on the number in the PORT variable, or say by \`port: ${main.port}\` which one it takes.`,
      fix: again(evidence, `--port ${main.port}`),
      supports: [
        `${who} listens on ${places}.`,
        `It does not listen on port ${target.port}.`,
        ...(run?.given == null ? [] : [`It was given PORT=${run.given.port}.`]),
        ...(line === undefined ? [] : [`It said: ${line}`]),
        ...(holder === undefined ? [] : [`${heldBy(holder)}.`]),
      ],
    }
  },
}

/** It was given a socket. */
const onPort = (listeners: readonly ListenerEvidence[], socket: Place): Finding => {
  const places = listed(listeners.map(placeOf))
  return {
    confidence: 'certain',
    explanation: `It listens on ${places}, and not on ${place(socket)}, the socket that it was given and where its window dials.`,
    hint: "Let it listen on the path in the JARVIS_SOCKET variable where there is one: server.listen(process.env.JARVIS_SOCKET). If it can only have a port, leave `transport: 'socket'` out.",
    supports: [`It listens on ${places}.`, `It was given JARVIS_SOCKET=${place(socket)}.`, 'Nobody listens there.'],
  }
}

/** The one that it speaks of, then one that a window may reach. */
const weight = (listener: ListenerEvidence, run: RunEvidence | undefined): number => {
  const { address, port } = listener
  const isNear = isLoopback(address) || address === '0.0.0.0' || address === '::'
  return (run !== undefined && announces(run, port) ? 2 : 0) + (isNear ? 1 : 0)
}

const announces = (run: RunEvidence, port: number): boolean => {
  const number = new RegExp(String.raw`(?<![\d.])${port}(?!\d)`)
  return linesOf(run).some((line) => number.test(line.slice(0, 500)))
}
