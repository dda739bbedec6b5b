// Ten clients behind the front door of `jarvis-supervise start`, while its backend is killed or restarted again and again:
// what became of each request, what was run twice, and how long anybody waited. For the benches and for the tests.
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { answering, clientOf, streaming } from './chaos-clients.mjs'
import { Events, readEvents } from './events.mjs'
import { ask, firstAnswer, freePort } from './http.mjs'
import { median, quantile } from './stats.mjs'
import { now, sleep } from './time.mjs'
import { openSocket } from './websocket.mjs'

const backend = fileURLToPath(new URL('../fixtures/chaos-backend.mjs', import.meta.url))
/** What the backend takes for each answer. */
export const workMs = 30

/**
 * `evil`: `kill` (SIGKILL of the process that is ready) or `restart` (`jarvis-supervise restart`), every `everyMs`.
 * `options` of `start`; `backendArgs` of its fixture. `patient`: what is killed has a standby. Everything is started in `dir`, with `env`, and has ended when it resolves.
 */
export const chaos = async ({
  command,
  dir,
  env = process.env,
  evil = 'kill',
  seconds = 30,
  everyMs = evil === 'kill' ? 1500 : 2000,
  options = [],
  backendArgs = [],
  bootMs = 400,
  getters = 5,
  posters = 5,
  streams = 0,
  sockets = 0,
  boots = 3,
  patient = false,
}) => {
  const ledger = join(dir, 'ledger')
  writeFileSync(ledger, '')
  const fixture = ['--boot', String(bootMs), '--ledger', ledger, ...backendArgs]
  const run = (args, stdio) => spawn(process.execPath, args, { cwd: dir, env, stdio })
  const boot = () => bareBoot((port) => run([backend, ...fixture, '--port', String(port)], 'ignore'))
  const bare = await times(boots, boot)

  const name = `chaos-${process.pid}`
  const start = ['start', backend, '--name', name, '--gateway', 'auto', '--max-restarts', '1000', '--ready', '/api/health', '--json']
  const supervisor = follow(run([command, ...start, ...options, '--', ...fixture], ['ignore', 'pipe', 'pipe']))
  let bystander
  try {
    const { port } = await supervisor.event('gateway')
    await supervisor.event('ready')
    if (options.includes('--standby')) await supervisor.event('standby', ({ state }) => state === 'ready')
    // how long anybody has to wait on this machine, whoever is killed
    bystander = await beside((place) => run([backend, ...fixture, '--port', String(place)], 'ignore'))

    const world = { port, supervisor, patient, deaths: new Map(), over: new AbortController() }
    const until = now() + seconds * 1000
    const asking = (place, ofWhat) => repeat(until, clientOf(place, ofWhat))
    const evildoer = evil === 'kill' ? killer(world, everyMs) : restarter(world, everyMs, () => run([command, 'restart', name], 'ignore'))
    const [gets, posts, streamed, socketed, undisturbed] = await Promise.all([
      many(getters, (i) => asking(port, { name: `g${i}` })),
      many(posters, (i) => asking(port, { name: `p${i}`, isPost: true })),
      many(streams, () => repeat(until, streaming(port))),
      many(sockets, () => echoing(world, until)),
      asking(bystander.port, { name: 'b' }),
      sleep(seconds * 1000).then(() => world.over.abort()),
    ])
    const done = await evildoer
    const answer = await ask(port, '/_supervise/health', { timeoutMs: 5000 })
    const ending = await supervisor.end()
    await bystander.end()
    bare.push(...(await times(boots, boot)))
    return {
      ...{ gets: judged(gets, world.deaths), posts: judged(posts, world.deaths), bystander: judged(undisturbed, new Map()) },
      ...twice(readFileSync(ledger, 'utf8'), posts),
      ...(streams > 0 && { streams: tally(streamed) }),
      ...(sockets > 0 && { sockets: closes(socketed) }),
      boot: { medianMs: median(bare), longestMs: quantile(bare, 1) },
      [evil === 'kill' ? 'kills' : 'restarts']: done.length,
      readyAgain: readyAgain(world),
      failedRestarts: done.filter(({ code }) => code !== undefined && code !== 0).length,
      unprotected: done.filter(({ hadStandby }) => hadStandby === false).length,
      exits: supervisor.events.of('exit').length,
      port,
      health: answer === undefined ? null : JSON.parse(answer.text),
      ...ending,
    }
  } finally {
    await bystander?.end()
    await supervisor.end()
  }
}

/** Spawn of the bare backend to its first 200. */
const bareBoot = async (launch) => {
  const port = await freePort()
  const began = now()
  const child = launch(port)
  const gone = new Promise((resolve) => child.once('exit', resolve))
  try {
    return (await firstAnswer(port)).at - began
  } finally {
    child.kill('SIGKILL')
    await gone
  }
}

/** A backend that nobody kills. */
const beside = async (launch) => {
  const port = await freePort()
  const child = launch(port)
  await firstAnswer(port)
  const gone = new Promise((resolve) => child.once('exit', resolve))
  return { port, end: () => child.kill('SIGKILL') && gone }
}

const times = async (count, measure) => {
  const values = []
  for (let i = 0; i < count; i += 1) values.push(await measure())
  return values
}

const many = async (count, work) => (await Promise.all(Array.from({ length: count }, (_, i) => work(i)))).flat()

/** Next at once after the answer. */
const repeat = async (until, { next, end }) => {
  const results = []
  while (now() < until) results.push(await next())
  end()
  return results
}

/** The command, and what it tells. */
const follow = (child) => {
  const events = new Events()
  readEvents(child.stdout, events)
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said += text
  })
  const exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })))
  const early = exited.then(({ code, signal }) => Promise.reject(new Error(`the command ended (${code ?? signal}): ${said}`)))
  early.catch(() => {})
  /** `ready`: the pid of the process that is, `since` then. */
  const state = { ready: undefined, since: 0, hasStandby: false }
  const tell = events.push.bind(events)
  events.push = (event) => {
    if (event.type === 'state' && event.to !== 'ready') state.ready = undefined
    if (event.type === 'ready') Object.assign(state, { ready: event.pid, since: event.at })
    if (event.type === 'standby') state.hasStandby = event.state === 'ready'
    tell(event)
  }
  return {
    events,
    state,
    event: async (type, fits = () => true) => {
      for (let since = 0; ; ) {
        const event = await Promise.race([events.next(type, { since }), early])
        if (fits(event)) return event
        since = event.at + 1e-6
      }
    },
    end: async () => {
      child.kill('SIGTERM')
      const insisting = setTimeout(() => child.kill('SIGKILL'), 10_000)
      const { code, signal } = await exited
      clearTimeout(insisting)
      return { code: code ?? signal, said }
    },
  }
}

/** As long is a process left in peace: a request that meets two deaths is not repeated again, and is another matter. */
const restMs = 300

/** At its beat, but only a process that is ready and has answered those who waited. */
const beat = async ({ supervisor, patient, over: { signal } }, everyMs, strike) => {
  const done = []
  const mayStrike = () =>
    supervisor.state.ready !== undefined && now() - supervisor.state.since > restMs && (!patient || supervisor.state.hasStandby)
  const began = now()
  const pause = (ms) => sleep(Math.max(0, ms), undefined, { signal }).catch(() => {})
  for (let i = 1; !signal.aborted; i += 1) {
    await pause(began + i * everyMs - now())
    while (!signal.aborted && !mayStrike()) await pause(1)
    if (!signal.aborted) done.push(await strike(supervisor.state.ready))
  }
  return done
}

const killer = (world, everyMs) =>
  beat(world, everyMs, (pid) => {
    const { hasStandby: hadStandby } = world.supervisor.state
    process.kill(pid, 'SIGKILL')
    world.deaths.set(pid, now())
    return { pid, hadStandby }
  })

const restarter = (world, everyMs, launch) =>
  beat(world, everyMs, async (pid) => {
    const child = launch()
    const code = await new Promise((resolve) => child.once('exit', resolve))
    return { pid, code }
  })

/** A WebSocket that is opened again whenever it was closed. */
const echoing = async ({ port, deaths, supervisor }, until) => {
  const results = []
  while (now() < until) {
    const socket = await openSocket(port)
    if (socket.say === undefined) {
      results.push({ is: 'not opened', why: String(socket.status ?? socket.error) })
      await sleep(20)
      continue
    }
    let closedAt
    socket.closed.then(({ at }) => {
      closedAt = at
    })
    let wrong = 0
    while (closedAt === undefined && now() < until) {
      const said = await Promise.race([socket.say('again'), socket.closed])
      if (Number.isNaN(said)) wrong += 1
      await Promise.race([sleep(20), socket.closed])
    }
    // what was closed by nobody's death was open until the end
    if (closedAt === undefined) await socket.close()
    const diedAt = deaths.get(socket.pid) ?? supervisor.events.of('exit').find(({ pid }) => pid === socket.pid)?.at
    results.push({ is: 'closed', wrong, lateMs: closedAt === undefined || diedAt === undefined ? undefined : closedAt - diedAt })
  }
  return results
}

const closes = (results) => {
  const closed = results.filter(({ is }) => is === 'closed')
  return {
    opened: closed.length,
    notOpened: counted(results.flatMap(({ is, why }) => (is === 'not opened' ? [why] : []))),
    wrong: closed.reduce((sum, { wrong }) => sum + wrong, 0),
    longestCloseMs: Math.max(0, ...closed.flatMap(({ lateMs }) => lateMs ?? [])),
  }
}

/**
 * `longestMs`: from the question to the end of the answer. `longestExtraMs`: of this, what it waited for nothing: neither
 * the work that answered it, nor what had been worked for it until its backend died.
 */
const judged = (requests, deaths) => {
  const answered = requests.filter(({ is }) => is === answering.right)
  const failed = requests.filter(({ is }) => is !== answering.right)
  const moments = [...deaths.values()]
  const extra = ({ began, ended }) => ended - Math.max(began, ...moments.filter((at) => at > began && at < ended)) - workMs
  const took = answered.map(({ began, ended }) => ended - began)
  return {
    count: requests.length,
    failed: failed.length,
    failures: counted(failed.map(({ is }) => is)),
    medianMs: median(took),
    longestMs: Math.max(0, ...took),
    longestExtraMs: Math.max(0, ...answered.map(extra)),
  }
}

/** From the death of a process until the next one is said to be ready. */
const readyAgain = ({ deaths, supervisor: { events } }) => {
  const took = [...deaths.values()].flatMap((at) => {
    const next = events.of('ready').find((event) => event.at > at)
    return next === undefined ? [] : [next.at - at]
  })
  return { medianMs: median(took), longestMs: Math.max(0, ...took) }
}

const counted = (words) => {
  const counts = {}
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1
  return counts
}

const tally = (results) => ({ complete: 0, broken: 0, ...counted(results) })

/** What the backends wrote down: doubles show even where the first run ended in a death. */
const twice = (text, posts) => {
  const begun = counted(text.split('\n').flatMap((line) => /^begin (\S+)/.exec(line)?.[1] ?? []))
  const answered = posts.filter(({ is }) => is === answering.right)
  return {
    ranTwice: Object.values(begun).filter((count) => count > 1).length,
    /** Told as done, and not done. */
    neverRan: answered.filter(({ id }) => begun[id] === undefined).length,
    /** Told as failed, although nothing had been begun. */
    failedUnbegun: posts.filter(({ id, is }) => is !== answering.right && begun[id] === undefined).length,
  }
}
