/** Runs the rows against a proxy: several at once, then those that need it for themselves. */
import { clientOf, settledWithin } from './client.mjs'
import { openJournal } from './journal.mjs'

export const pass = (seen) => ({ result: 'pass', seen })
export const fail = (seen) => ({ result: 'fail', seen })
export const skip = (seen) => ({ result: 'skip', seen })
export const when = (isRight, seen) => (isRight ? pass(seen) : fail(seen))

const usualBound = 2000
const atOnce = 4

/** Whoever is at the address has to be a proxy, and lead to the backend. */
const arrives = async (proxy, journal, { at }) => {
  const client = clientOf(proxy)
  const id = `arrives-${process.pid}-${Date.now()}`
  const where = `http://${proxy.authority}`
  try {
    const answer = await client.ask({ path: `/play/echo/${id}`, ms: 5000 })
    if ((await journal.wait(id, 'request', 500)) === undefined) {
      const seen = answer.status > 0 ? `status ${answer.status}` : answer.end
      throw new Error(`a request to ${where} did not arrive at the backend on ${at.path ?? `port ${at.port}`} (${seen})`)
    }
  } catch (error) {
    throw error.code === undefined ? error : new Error(`nobody listens at ${where} (${error.code})`)
  } finally {
    client.close()
  }
}

const knock = async (proxy) => {
  const client = clientOf(proxy)
  for (const end = Date.now() + 2000; Date.now() < end; ) {
    const isThere = await client.open().then(
      () => true,
      () => false,
    )
    if (isThere) break
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  client.close()
}

/** What a row works with. */
const worldOf = ({ proxy, journal, number, slow, backend }) => {
  const client = clientOf(proxy)
  const id = `k${process.pid.toString(36)}${Date.now().toString(36)}-${number}`
  let more = 0
  const play = (what, args = {}, to = id) => {
    const query = new URLSearchParams()
    for (const [name, value] of Object.entries(args)) for (const one of [value].flat()) query.append(name, String(one))
    const text = query.toString()
    return `/play/${what}/${to}${text === '' ? '' : `?${text}`}`
  }
  return {
    ...client,
    ...{ proxy, id, play, slow, backend, journal },
    /** A name of its own, for a row with several requests. */
    another: () => `${id}.${++more}`,
    /** The path of an answer that is given byte by byte. */
    raw: (bytes, args = {}, to = id) =>
      play('raw', { ...args, bytes: [bytes].flat().map((part) => Buffer.from(part).toString('base64')) }, to),
    /** What the backend has seen of it. */
    wait: (what, ms = 1000, to = id) => journal.wait(to, what, ms),
    seen: (what, to = id) => journal.of(to, what),
    pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    /** Another request comes through: all that was sent before has arrived by now. */
    fence: async () => {
      await client.ask({ path: play('echo', {}, `${id}.fence`) })
      await new Promise((resolve) => setTimeout(resolve, 50))
    },
    close: client.close,
  }
}

const runRow = async (row, options) => {
  const world = worldOf(options)
  const boundMs = row.boundMs ?? usualBound
  const began = Date.now()
  const run = Promise.resolve()
    .then(() => row.run(world))
    .catch((error) => fail(`${error.name === 'AssertionError' ? '' : 'broke off: '}${error.message}`))
  const outcome = (await settledWithin(run, boundMs)) ?? fail(`no end within ${boundMs} ms`)
  world.close()
  const { noun, name, expected, group } = row
  return { row: `${noun}/${name}`, noun, expected, ...(group && { group }), ...outcome, tookMs: Date.now() - began }
}

/**
 * @param {{ proxy: string, rows: object[], backend: { at: object, stop?: () => Promise<void>, start?: () => Promise<void> },
 *   slow?: boolean, crashes?: () => number }} options `backend.at`: where it listens; `stop` and `start` where it can be taken away.
 * `crashes`: how often the proxy has ended by itself, where somebody counts; the rows beside are run again.
 */
export const runKit = async ({ proxy: address, rows, backend, slow = false, crashes = () => undefined }) => {
  const { hostname, port, host } = new URL(address)
  const proxy = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 80), authority: host }
  const journal = await openJournal(backend.at)
  const results = new Map()
  const shaken = new Set()
  const run = async (row) => {
    const before = crashes()
    const result = await runRow(row, { proxy, journal, slow, backend, number: rows.indexOf(row) })
    results.set(row, result)
    // a connection is closed before the end of its process is told
    if (result.result === 'fail' && before !== undefined) await new Promise((resolve) => setTimeout(resolve, 150))
    if (crashes() !== before || /ECONNREFUSED/.test(result.seen)) shaken.add(row)
  }
  /** One that has crashed may be on its way back. */
  const runAlone = async (row) => {
    await knock(proxy)
    const before = crashes()
    await run(row)
    if (crashes() === before) return
    const result = results.get(row)
    results.set(row, { ...result, ...fail('the proxy crashed') })
  }
  try {
    await arrives(proxy, journal, backend)
    const together = rows.filter(({ alone }) => alone !== true)
    const queue = [...together].sort((a, b) => (b.boundMs ?? usualBound) - (a.boundMs ?? usualBound))
    const slowly = slow ? queue.filter((row) => row.isSlow) : []
    const others = queue.filter((row) => !slowly.includes(row))
    const worker = async () => {
      for (let row = others.shift(); row !== undefined; row = others.shift()) await run(row)
    }
    await Promise.all([...slowly.map(run), ...Array.from({ length: atOnce }, worker)])
    const last = rows.filter(({ noun }) => noun === 'down')
    for (const row of rows.filter((row) => row.alone === true && !last.includes(row))) await runAlone(row)
    // what went wrong beside a row that ended the proxy may be the other row's fault
    for (const row of [...shaken]) await runAlone(row)
    for (const row of last) await runAlone(row)
  } finally {
    journal.close()
  }
  return rows.map((row) => results.get(row))
}
