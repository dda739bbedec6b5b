import type { Cause, Finding } from '../cause.ts'
import type { Evidence, ProcessEvidence } from '../evidence.ts'
import { awayProcesses } from '../signs/deafness.ts'
import { deaf, isLoopback, listed, target } from '../signs/listeners.ts'
import { lastLook, patientRun, place, placeOf, whoIs } from '../signs/reading.ts'

export const networkNamespace: Cause = {
  code: 'NETWORK_NAMESPACE',
  title: 'Backend and window are in different networks',
  find: (evidence) => ofTree(evidence) ?? ofWindows(evidence),
}

const hint =
  'Run both in the same network: without unshare -n, ip netns or bwrap --unshare-net, in a container with --network host or a published port. Or dial the address that the backend has in its own network.'

const ofTree = (evidence: Evidence): Finding | undefined => {
  const found = deaf(evidence)
  if (found === undefined) return undefined
  const away = awayProcesses(found.run)
  if (away.length === 0) return undefined
  const { target: at } = found
  const serving = away.find(({ ownListeners }) => ownListeners?.some(({ port }) => port === at.port))
  const listening = serving ?? away.find(({ ownListeners }) => (ownListeners?.length ?? 0) > 0)
  // a helper in a sandbox of its own says nothing about the server
  const isRoot = lastLook(found.run)?.processes[0]?.otherNetwork === true
  const who = whoIs(listening ?? away[0] ?? null)
  return {
    confidence: serving !== undefined ? 'certain' : isRoot || listening !== undefined ? 'likely' : 'possible',
    explanation: `${capital(who)} is in another network namespace than this one${listening === undefined ? '' : `, and listens there on ${listensThere(listening)}`}: nobody here reaches it at ${place(at)}.`,
    hint,
    supports: [
      ...away.slice(0, 5).map((process) => `${capital(whoIs(process))} has a network namespace of its own.`),
      ...(listening === undefined ? [] : [`There it listens on ${listensThere(listening)}.`]),
      'Here it listens on no port.',
    ],
  }
}

const listensThere = ({ ownListeners = [] }: ProcessEvidence): string => listed(ownListeners.map(placeOf))

/** Mirrored networking of WSL swallows what it would refuse. */
const ofWindows = (evidence: Evidence): Finding | undefined => {
  const { address, machine } = evidence
  const at = target(evidence)
  if (address === null || at === null || patientRun(evidence) !== undefined || !machine.confinement.includes('WSL')) return undefined
  const asked = [address.ipv4, address.ipv6].filter((family) => family?.request != null)
  const isSwallowed = asked.length > 0 && asked.every((family) => family?.tcp === 'timeout' && isLoopback(family.address))
  if (!isSwallowed || address.holders.length > 0) return undefined
  return {
    confidence: 'likely',
    explanation: `This is Linux within Windows (WSL), nothing in it listens on ${place(at)}, and a connection is neither taken nor refused: the server is on the side of Windows, or nowhere.`,
    hint: 'Run window and backend on the same side, or dial the address of the other: `ip route show default` names that of Windows.',
    supports: ['This is WSL.', `A connection to ${place(at)} got no reaction.`, 'Nothing here listens on that port.'],
  }
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
