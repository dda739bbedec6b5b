// A load generator, to be run in a process of its own (`Host`): how many requests, how late, how much later than direct.
import { Connection } from './connection.mjs'
import { median, quantile } from './stats.mjs'
import { now, sleep } from './time.mjs'
import { openSocket } from './websocket.mjs'

const requestFor = (port, path) => Buffer.from(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept: */*\r\nUser-Agent: load\r\n\r\n`)

/** Each connection asks again at once: requests per second, after a time to warm up; `total` with those of that time. */
const rate = async ({ port, path = '/1k', connections = 50, warmMs = 500, ms = 2000 }) => {
  const request = requestFor(port, path)
  let count = 0
  let failed = 0
  const all = Array.from({ length: connections }, () => {
    const connection = new Connection(port, {
      onAnswer: ({ status }) => {
        if (status === 200) count += 1
        else failed += 1
        connection.ask(request)
      },
      onLost: () => {
        failed += 1
        connection.ask(request)
      },
    })
    return connection
  })
  for (const connection of all) connection.ask(request)
  await sleep(warmMs)
  const began = now()
  const before = count
  await sleep(ms)
  const perSecond = (1000 * (count - before)) / (now() - began)
  for (const connection of all) connection.end()
  return { perSecond, total: count, failed }
}

/**
 * At a fixed rate, whether or not there were answers; each counts from the moment at which it was due, so that a pause
 * is seen by all that it kept waiting. Quantiles in milliseconds.
 */
const paced = async ({ port, path = '/1k', connections = 50, perSecond = 1000, warmMs = 500, ms = 4000 }) => {
  const request = requestFor(port, path)
  const took = []
  const due = []
  let failed = 0
  let answered = 0
  const free = []
  const began = now() + 50
  const counts = began + warmMs
  const next = (connection) => {
    const at = due.shift()
    if (at === undefined) return free.push(connection)
    connection.at = at
    connection.ask(request)
  }
  const all = Array.from({ length: connections }, () => {
    const done = (isRight) => {
      answered += 1
      if (!isRight) failed += 1
      else if (connection.at >= counts) took.push(now() - connection.at)
      next(connection)
    }
    const connection = new Connection(port, { onAnswer: ({ status }) => done(status === 200), onLost: () => done(false) })
    return connection
  })
  free.push(...all)
  const total = Math.round(((warmMs + ms) * perSecond) / 1000)
  let sent = 0
  await new Promise((resolve) => {
    const tick = () => {
      for (; sent < total && began + (sent * 1000) / perSecond <= now(); sent += 1) {
        due.push(began + (sent * 1000) / perSecond)
        const connection = free.shift()
        if (connection !== undefined) next(connection)
      }
      if (sent < total) setTimeout(tick, 1)
      else resolve()
    }
    tick()
  })
  for (const until = now() + 5000; answered < total && now() < until; ) await sleep(5)
  for (const connection of all) connection.end()
  return { p50: quantile(took, 0.5), p99: quantile(took, 0.99), longest: quantile(took, 1), failed: failed + total - answered }
}

/** Milliseconds from the question to the first piece of the answer's body, by port, in turn. */
const firstPieces = async ({ ports, path, count = 100, warmUp = 10 }) => {
  const asking = ports.map((port) => {
    const request = requestFor(port, path)
    let settle
    const connection = new Connection(port, {
      onAnswer: ({ firstAt }) => settle(firstAt),
      onLost: () => settle(Number.NaN),
    })
    const ask = async () => {
      const began = now()
      connection.ask(request)
      return (await new Promise((resolve) => (settle = resolve))) - began
    }
    return { ask, end: () => connection.end() }
  })
  const medians = await inTurn(
    asking.map(({ ask }) => ask),
    count,
    warmUp,
  )
  for (const { end } of asking) end()
  return medians
}

/** Milliseconds from a word into a WebSocket until it is said again, by port, in turn. */
const echoes = async ({ ports, path = '/socket', count = 500, warmUp = 50 }) => {
  const sockets = await Promise.all(ports.map((port) => openSocket(port, { path })))
  const closed = sockets.findIndex(({ say }) => say === undefined)
  if (closed !== -1) throw new Error(`no WebSocket on port ${ports[closed]}: ${JSON.stringify(sockets[closed])}`)
  const medians = await inTurn(
    sockets.map(
      ({ say }) =>
        () =>
          say('hello'),
    ),
    count,
    warmUp,
  )
  await Promise.all(sockets.map(({ close }) => close()))
  return medians
}

const inTurn = async (works, count, warmUp) => {
  const samples = works.map(() => [])
  for (let i = -warmUp; i < count; i += 1) {
    for (const [at, work] of works.entries()) {
      const value = await work()
      if (i >= 0) samples[at].push(value)
    }
  }
  return samples.map(median)
}

const works = { rate, paced, firstPieces, echoes }
export const inside = ({ work, ...params }) => works[work](params)
