#!/usr/bin/env node
/**
 * Holds the rows against every proxy of conformance/peers that is installed, and prints them side by side. The packages are not
 * this project's: install them in a folder of its own and name it in $CONFORMANCE_PEERS. See docs/conformance.md.
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { peers, runPeer } from './lib/peer.mjs'
import { markdownSums, markdownTable, sumOf } from './lib/table.mjs'
import { nameOf, rows } from './rows/index.mjs'

const { values, positionals } = parseArgs({
  options: {
    json: { type: 'string' },
    only: { type: 'string', multiple: true, default: [] },
    slow: { type: 'boolean' },
  },
  allowPositionals: true,
})

const meant = rows.filter((row) => values.only.length === 0 || values.only.some((word) => nameOf(row) === word || row.noun === word))
const done = []
for (const peer of peers.filter(({ name }) => positionals.length === 0 || positionals.includes(name))) {
  const began = Date.now()
  const outcome = await runPeer(peer, { rows: meant, slow: values.slow })
  const sentence =
    outcome === undefined
      ? 'not installed'
      : `${sumOf(outcome.results)} in ${((Date.now() - began) / 1000).toFixed(1)} s${outcome.crashes > 0 ? `; it crashed ${outcome.crashes} times` : ''}`
  console.error(`${outcome?.name ?? peer.name}: ${sentence}`)
  if (outcome !== undefined) done.push(outcome)
}
if (done.length > 0) {
  const isTold = ({ group }) => values.only.length > 0 || group === 'a2'
  console.log(`${markdownSums(done)}\n\n${markdownTable(done, isTold)}`)
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(done, null, 2)}\n`)
process.exitCode = done.length > 0 ? 0 : 2
