/** So many connections wait to be accepted that the kernel takes no more: clients see a timeout, not a refusal. Pure. */
import type { Cause } from '../cause.ts'
import { place, quoted, whoIs } from '../signs/reading.ts'
import { hang } from '../signs/silence.ts'

export const acceptQueueFull: Cause = {
  code: 'ACCEPT_QUEUE_FULL',
  title: 'The queue of waiting connections is full',
  find: (evidence) => {
    const found = hang(evidence)
    if (found?.silence !== 'queue-full') return undefined
    const { request, listener, confidence } = found
    const server = found.process
    const queue = listener?.acceptQueue ?? -1
    const busy = server !== null && (server.state === 'R' || (server.cpuPercent ?? 0) >= 60)
    const why =
      server === null
        ? 'its owner does not take them'
        : `${whoIs(server)} does not take them: ${busy ? 'its event loop is blocked by what it computes' : 'its event loop is blocked while it waits for something else'}`
    return {
      confidence,
      explanation: `Connections to ${place(request)} are no longer made${queue > 0 ? `, ${queue} wait already` : ''}, and ${why}.`,
      hint: `Mend what blocks its event loop (${busy ? 'long work: worker threads, smaller steps' : 'execSync, Atomics.wait, a lock'}); a larger backlog would only hide it. A restart frees it${server === null ? '' : ` (pid ${server.pid})`} for now.`,
      fix: evidence.service?.supervised ? `jarvis-supervise restart ${quoted(evidence.service.name)}` : undefined,
      supports: [
        `GET ${request.path}: no connection within ${Math.round(request.latencyMs)} ms.`,
        ...(queue > 0 ? [`Connections that wait to be accepted: ${queue}.`] : []),
        ...(server === null
          ? []
          : [
              `Pid ${server.pid} is in state ${server.state || 'unknown'}${server.cpuPercent === null ? '' : ` and uses ${Math.round(server.cpuPercent)} % of a core`}.`,
            ]),
      ],
    }
  },
}
