import type { Cause, Finding } from '../cause.ts'
import type { AddressEvidence, Evidence, HolderEvidence } from '../evidence.ts'
import { isAdvice } from '../signs/asides.ts'
import { deaf, isClosing, listed, listenedOn, target } from '../signs/listeners.ts'
import { after, duration, isSocket, lastLook, patientRun, place, placeOf, whoIs } from '../signs/reading.ts'

export const nothingListens: Cause = {
  code: 'NOTHING_LISTENS',
  title: 'Nothing listens there',
  find: (evidence) => (patientRun(evidence) === undefined ? atAddress(evidence) : inRun(evidence)),
}

const inRun = (evidence: Evidence): Finding | undefined => {
  const found = deaf(evidence)
  if (found === undefined || isClosing(found.run, found.target)) return undefined
  const { run, target: at } = found
  const earlier = listenedOn(run, at.port)
  const processes = lastLook(run)?.processes ?? []
  const held = processes.find(({ state }) => /^[TtD]/.test(state))
  const busy = processes.find(({ cpuPercent }) => (cpuPercent ?? 0) >= 80)
  const last = run.output.findLast(({ text }) => !isAdvice(text))
  const said = last === undefined ? 'It has said nothing.' : `The last that it said, ${after(last.atMs)}: ${last.text.trim().slice(0, 200)}`
  return {
    confidence: held === undefined ? 'likely' : 'possible',
    explanation:
      earlier === undefined
        ? `It runs, and after ${duration(run.watchedMs)} it still listens on nothing. ${said}`
        : `It runs and listened on ${isSocket(at) ? at.host : `port ${at.port}`} ${after(earlier.atMs)}, but it does not any more. ${said}`,
    hint:
      earlier === undefined
        ? `See what it waits for at its start, and that it calls listen on ${isSocket(at) ? `JARVIS_SOCKET (${at.host})` : `PORT (${at.port})`}. If it only needs longer, give it more time: --timeout MS, \`readiness.timeoutMs\`.`
        : 'See who closes its server: it must keep that open as long as it runs.',
    supports: [
      earlier === undefined ? `It has listened on nothing in ${duration(run.watchedMs)}.` : 'It listens on nothing any more.',
      said,
      ...(busy === undefined ? [] : [`${whoIs(busy)} is busy: ${Math.round(busy.cpuPercent ?? 0)} % of a core.`]),
    ],
    contradicts: held === undefined ? [] : [`${whoIs(held)} does not run at all: its state is ${held.state}.`],
  }
}

const atAddress = (evidence: Evidence): Finding | undefined => {
  const { address, service } = evidence
  const at = target(evidence)
  if (address === null || at === null || service?.port === 'none' || !isRefused(address)) return undefined
  // who is known to listen elsewhere has another trouble
  const isElsewhere = [...address.holders, ...address.nearby].some(({ relation }) => relation === 'ours')
  if (isElsewhere || (service === null && address.holders.length > 0)) return undefined
  const near = address.nearby.slice(0, 5).map(nearWords)
  const start =
    service === null
      ? 'Start the backend, or name it: `jarvis-supervise doctor server.js` tries it'
      : `Start ${service.name}: \`jarvis-supervise start\``
  return {
    confidence: 'certain',
    explanation: `Nothing listens on ${place(at)}.${near.length === 0 ? '' : ` Near by: ${listed(near)}.`}`,
    hint: `${start}.${near.length === 0 ? '' : ' If it is one of those near by, dial that port.'}`,
    supports: [...refusals(address), ...near.map((words) => `Near by: ${words}.`)],
  }
}

const nearWords = ({ listener, process }: HolderEvidence): string => `${placeOf(listener)}, ${whoIs(process)}`

const familiesOf = ({ ipv4, ipv6, named }: AddressEvidence) => [ipv4, ipv6, named].filter((family) => family !== null)

const isRefused = (address: AddressEvidence): boolean => {
  const families = familiesOf(address)
  return families.some(({ tcp }) => tcp === 'refused') && families.every(({ tcp }) => tcp === 'refused' || tcp === 'unreachable')
}

const refusals = (address: AddressEvidence): string[] =>
  familiesOf(address)
    .filter(({ tcp }) => tcp === 'refused')
    .map((family) => `${place({ host: family.address, port: address.port })} refuses connections.`)
