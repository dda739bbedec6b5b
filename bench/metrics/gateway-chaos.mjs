// Ten clients, while the backend behind the front door is killed or restarted again and again: see lib/chaos.mjs.
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { chaos } from '../lib/chaos.mjs'
import { environment, paths, scratch } from '../lib/processes.mjs'
import { row } from '../lib/rows.mjs'

export const title = '10 clients (5 GET, 5 POST), a backend of 400 ms boot and 30 ms work, 30 s each (n: repetitions)'
export const defaultReps = 1

/** What each may cost. Planned restarts fail nobody; a kill fails no GET, and runs no POST twice. */
const variants = {
  'kill -9 every 1.5 s': { evil: 'kill', wait: 'cold' },
  'restart every 2 s': { evil: 'restart', failed: 0, wait: 'cold' },
  'restart every 2 s, overlap': { evil: 'restart', options: ['--overlap'], failed: 0 },
  'kill -9 every 1.5 s, standby': { evil: 'kill', options: ['--standby'], wait: 'standby' },
  'kill -9 every 1.5 s, streams and WebSockets, too': { evil: 'kill', streams: 5, sockets: 5 },
}

export const run = async ({ reps, onRound }) => {
  const rows = []
  for (const [name, { failed, wait, ...variant }] of Object.entries(variants)) {
    const reports = []
    for (let round = 0; round < reps; round += 1) {
      const dir = mkdtempSync(join(scratch, 'chaos-'))
      reports.push(await chaos({ command: paths.command, dir, env: environment(), ...variant }))
      onRound(round + 1, reps)
    }
    const told = (what, of, bar = {}) => rows.push(row(`${name}: ${what}`, reports.map(of), { unit: '', worst: true, ...bar }))
    const boot = reports.map((report) => report.boot.medianMs)
    const waiting = { unit: 'ms', ...(wait === 'cold' && { base: boot, by: 'over', atMost: 100 }) }
    const deaths = variant.evil === 'kill' ? 'kills' : 'restarts'
    told(deaths, (report) => report[deaths])
    if (deaths === 'kills') told('from the kill until ready, median', ({ readyAgain }) => readyAgain.medianMs, { unit: 'ms' })
    if (deaths === 'restarts') told('restarts that failed', (report) => report.failedRestarts, { atMost: 0 })
    told('bare boot', (report) => report.boot.medianMs, { unit: 'ms' })
    told('GETs', ({ gets }) => gets.count)
    told('GETs that failed', ({ gets }) => gets.failed, { atMost: 0 })
    told('POSTs', ({ posts }) => posts.count)
    told('POSTs that failed', ({ posts }) => posts.failed, failed === undefined ? {} : { atMost: failed })
    // of five clients: those that were being done
    if (deaths === 'kills') told('POSTs that failed at a kill', ({ posts, kills }) => posts.failed / kills, { atMost: 5 })
    told('POSTs that ran twice', ({ ranTwice }) => ranTwice, { atMost: 0 })
    told('POSTs that were answered and never ran', ({ neverRan }) => neverRan, { atMost: 0 })
    told('longest GET', ({ gets }) => gets.longestMs, waiting)
    told('longest POST', ({ posts }) => posts.longestMs, waiting)
    told('longest GET straight to a backend that nobody kills', ({ bystander }) => bystander.longestMs, { unit: 'ms' })
    // what was under way is worked for twice: that is no waiting
    const extra = { unit: 'ms', ...(wait === 'standby' && { atMost: 30 }) }
    told('longest wait of a GET besides the work', ({ gets }) => gets.longestExtraMs, extra)
    if (variant.options?.includes('--standby')) told('kills without a standby', ({ unprotected }) => unprotected, { atMost: 0 })
    if (variant.streams !== undefined) {
      told('streams that were whole', ({ streams }) => streams.complete)
      told('streams that ended in an error', ({ streams }) => streams.broken)
      const wrong = ({ streams: { complete, broken, ...others } }) => Object.values(others).reduce((sum, count) => sum + count, 0)
      told('streams that ended otherwise', wrong, { atMost: 0 })
    }
    if (variant.sockets !== undefined) {
      told('WebSockets', ({ sockets }) => sockets.opened)
      told('WebSockets closed after the kill', ({ sockets }) => sockets.longestCloseMs, { unit: 'ms', atMost: 1000 })
      const refused = ({ sockets: { notOpened } }) => Object.values(notOpened).reduce((sum, count) => sum + count, 0)
      told('WebSockets that were not opened', refused, { atMost: 0 })
    }
  }
  return rows
}
