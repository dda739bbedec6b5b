// The front door beside other proxies and beside no proxy at all: how many requests a second, how much later each.
import { commandDoor, libraryDoor, loadGenerator, peerDoor } from '../lib/doors.mjs'
import { peerNames, peersFolder } from '../lib/peers.mjs'
import { row } from '../lib/rows.mjs'
import { median, shuffled } from '../lib/stats.mjs'
import { cpuMs } from '../lib/usage.mjs'

export const title = '50 connections, 1 kB answers: the front door beside other proxies'
export const defaultReps = 5

/** Those that the bar names, each as it is quickest. */
const named = ['http-proxy', 'http-proxy-3', 'httpxy', '@fastify/http-proxy']
const ours = ['library', 'command']

const open = async () => {
  const library = await libraryDoor()
  const subjects = { direct: { door: library.backend }, library, command: await commandDoor() }
  const folder = peersFolder()
  if (folder === undefined) console.log('The other proxies cannot be installed here: without them.')
  else for (const name of peerNames) subjects[name] = await peerDoor(name, folder, library.backend)
  return subjects
}

export const run = async ({ reps, onRound }) => {
  const subjects = await open()
  const ask = loadGenerator()
  const names = Object.keys(subjects)
  const samples = Object.fromEntries(names.map((name) => [name, { rate: [], cpu: [], p99: [], piece: [], echo: [], failed: 0 }]))
  const inRandomOrder = async (work, list = names) => {
    for (const name of shuffled(list)) await work(subjects[name], samples[name])
  }
  for (let round = -1; round < reps; round += 1) {
    await inRandomOrder(async ({ door, pid }, sample) => {
      const before = pid && cpuMs(pid)
      const { perSecond, total, failed } = await ask('rate', { port: door })
      if (round >= 0) sample.rate.push(perSecond)
      if (round >= 0 && pid) sample.cpu.push((1000 * (cpuMs(pid) - before)) / total)
      sample.failed += failed
    })
    await inRandomOrder(async ({ door }, sample) => {
      const { p99, failed } = await ask('paced', { port: door })
      if (round >= 0) sample.p99.push(p99)
      sample.failed += failed
    })
    await inRandomOrder(
      async ({ door, backend }, { piece, echo }) => {
        const [bare, later] = await ask('firstPieces', { ports: [backend, door], path: '/pieces' })
        const [bareEcho, laterEcho] = await ask('echoes', { ports: [backend, door] })
        if (round < 0) return
        piece.push(later - bare)
        echo.push(laterEcho - bareEcho)
      },
      names.filter((name) => ours.includes(name) || named.includes(name)),
    )
    onRound(round + 1, reps)
  }
  return rows(samples, names)
}

/** The median of the peers that the bar names, in each round. */
const medianPeer = (samples, names) => {
  const peers = named.flatMap((name) => names.filter((other) => other === name || other === `${name}, keep-alive`))
  if (peers.length === 0) return undefined
  return samples.direct.rate.map((_, round) =>
    median(
      named.map((name) =>
        Math.max(...peers.filter((peer) => peer === name || peer.startsWith(`${name},`)).map((peer) => samples[peer].rate[round])),
      ),
    ),
  )
}

const rows = (samples, names) => {
  const peers = medianPeer(samples, names)
  const ofOurs = (name, bar) => (ours.includes(name) ? bar : {})
  const rest = names.filter((name) => name !== 'direct')
  const word = (name) => (ours.includes(name) ? `the door, ${name}` : name)
  const rate = { unit: '1/s', ...(peers && { base: peers }) }
  return [
    row('requests: direct', samples.direct.rate, { unit: '1/s' }),
    ...(peers ? [row('requests: median of the other proxies', peers, { unit: '1/s' })] : []),
    ...rest.map((name) =>
      row(`requests: ${word(name)}`, samples[name].rate, { ...rate, ...ofOurs(name, { ...(peers && { atLeast: 1 }) }) }),
    ),
    ...rest.map((name) => row(`processor per request: ${word(name)}`, samples[name].cpu, { unit: 'µs' })),
    row('p99 at 1000/s: direct', samples.direct.p99),
    ...rest.map((name) =>
      row(`p99 at 1000/s: ${word(name)}`, samples[name].p99, { base: samples.direct.p99, by: 'over', ...ofOurs(name, { atMost: 2 }) }),
    ),
    ...rest.flatMap((name) => {
      const { piece, echo } = samples[name]
      const bar = ofOurs(name, { atMost: 1 })
      if (piece.length === 0) return []
      return [row(`first piece later: ${word(name)}`, piece, bar), row(`WebSocket echo later: ${word(name)}`, echo, bar)]
    }),
    ...names.map((name) => row(`failed: ${name}`, [samples[name].failed], { unit: '', ...ofOurs(name, { atMost: 0 }) })),
  ]
}
