#!/usr/bin/env node
/** Holds the rows of the conformance kit against a proxy. See docs/conformance.md. */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { runKit } from './lib/kit.mjs'
import { ownBackend } from './lib/own-backend.mjs'
import { sumOf, textTable } from './lib/table.mjs'
import { nameOf, rows } from './rows/index.mjs'

const usage = `node conformance/run.mjs --proxy URL --backend-port PORT [options]

The proxy at URL is to pass everything on to 127.0.0.1:PORT, where this program puts a backend that misbehaves on demand.

  --backend-is-running   it is there already: conformance/backend.mjs, started by somebody else with PORT in its environment
  --backend-socket PATH  in the place of a port: the backend that is running listens there
  --only ROW             a row or a noun (upgrades/echo, streams); may be there more than once
  --not ROW              not this row or noun; may be there more than once
  --ws, --no-ws          with the rows of WebSockets (default), or without
  --slow                 with the rows that take 35 s
  --json FILE            the results, also as JSON; - for stdout, without the table
  --list                 only names the rows

Exit code: 0 all passed, 1 a row failed, 2 it could not be run.`

const optionsOf = () => {
  const { values } = parseArgs({
    options: {
      proxy: { type: 'string' },
      'backend-port': { type: 'string' },
      'backend-socket': { type: 'string' },
      'backend-is-running': { type: 'boolean' },
      only: { type: 'string', multiple: true, default: [] },
      not: { type: 'string', multiple: true, default: [] },
      ws: { type: 'boolean', default: true },
      slow: { type: 'boolean' },
      json: { type: 'string' },
      list: { type: 'boolean' },
      help: { type: 'boolean' },
    },
    allowNegative: true,
  })
  return values
}

/** The rows that are meant, by name or by noun. */
const chosen = ({ only, not, ws }) => {
  const isMeant = (row, words) => words.some((word) => nameOf(row) === word || row.noun === word)
  const unknown = [...only, ...not].find((word) => !rows.some((row) => isMeant(row, [word])))
  if (unknown !== undefined) throw new Error(`there is no row ${unknown}; --list names them`)
  const isOfSockets = (row) => row.noun === 'upgrades' || /upgrade|socket/.test(row.name)
  return rows.filter((row) => (only.length === 0 || isMeant(row, only)) && !isMeant(row, not) && (ws || !isOfSockets(row)))
}

const main = async () => {
  const options = optionsOf()
  if (options.help) return console.log(usage) ?? 0
  const meant = chosen(options)
  if (options.list) {
    for (const row of meant) console.log(`${nameOf(row).padEnd(40)}  ${row.expected}`)
    return 0
  }
  const { proxy, json } = options
  const port = Number(options['backend-port'])
  const path = options['backend-socket']
  if (proxy === undefined || !URL.canParse(proxy)) throw new Error('--proxy needs the URL of the proxy')
  if (path === undefined && !(port > 0 && port < 65_536)) throw new Error('--backend-port needs a number')
  const isRunning = options['backend-is-running'] || path !== undefined
  const backend = isRunning ? { at: path === undefined ? { port } : { path } } : ownBackend(port)
  if (!isRunning) await backend.start()
  const began = Date.now()
  try {
    const results = await runKit({ proxy, rows: meant, backend, slow: options.slow })
    const isForProgram = json === '-'
    if (!isForProgram) console.log(`${textTable(results)}\n\n${sumOf(results)} in ${((Date.now() - began) / 1000).toFixed(1)} s`)
    if (json !== undefined) {
      const text = `${JSON.stringify({ schema: 1, proxy, node: process.version, results }, null, 2)}\n`
      if (isForProgram) process.stdout.write(text)
      else writeFileSync(json, text)
    }
    return results.some(({ result }) => result === 'fail') ? 1 : 0
  } finally {
    if (!isRunning) await backend.stop()
  }
}

try {
  process.exitCode = await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 2
}
