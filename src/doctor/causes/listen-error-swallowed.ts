import type { Cause } from '../cause.ts'
import { again } from '../signs/again.ts'
import { isExplained } from '../signs/deafness.ts'
import { blocked, cameMeanwhile, heldBy, likeness } from '../signs/holders.ts'
import { deaf, listenedOn } from '../signs/listeners.ts'
import { duration, place, whoIs } from '../signs/reading.ts'

export const listenErrorSwallowed: Cause = {
  code: 'LISTEN_ERROR_SWALLOWED',
  title: 'It could not listen, and lives on as if it could',
  find: (evidence) => {
    const found = deaf(evidence)
    const block = found && blocked(evidence)
    if (found === undefined || block === undefined) return undefined
    const { holder, line, at } = block
    // it could, and did
    if (listenedOn(found.run, at.port) !== undefined) return undefined
    // where it has said nothing, somebody on its port may not be the reason
    if (line === undefined && (holder === undefined || cameMeanwhile(holder, evidence) || isExplained(found.run))) return undefined
    const end =
      holder?.process == null ? `Free ${place(at)}` : `End ${whoIs(holder.process)}, or let the port move (--prefer-port ${at.port})`
    return {
      confidence: line !== undefined && holder !== undefined ? 'certain' : 'likely',
      explanation: `It runs and listens on nothing after ${duration(found.run.watchedMs)}${line === undefined ? '' : `; it said: ${line}`}. ${holder === undefined ? 'Nobody is seen on its port any more.' : `${heldBy(holder)}.${likeness(holder, evidence)}`}`,
      hint: `${end}. And let it end when it cannot listen: server.on('error', (error) => { console.error(error); process.exit(1) }), and no uncaughtException handler that goes on.`,
      fix: again(evidence, `--prefer-port ${at.port}`),
      supports: [
        'It lives, and listens on no port.',
        ...(line === undefined ? [] : [`It said: ${line}`]),
        ...(holder === undefined ? [] : [`${heldBy(holder)}.`]),
      ],
    }
  },
}
