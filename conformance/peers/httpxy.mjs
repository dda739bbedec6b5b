/** httpxy as its readme shows it: a target, upgrades, and a listener for errors that answers 502, or cuts what has begun. */
import { createServer } from 'node:http'
import { importPackage } from '../lib/find-package.mjs'

const { createProxyServer } = await importPackage('httpxy')
const [listen, backend] = process.argv.slice(2).map(Number)
const proxy = createProxyServer({ target: `http://127.0.0.1:${backend}` })
proxy.on('error', (_error, _request, answer) => {
  if (answer?.writeHead === undefined || answer.headersSent) answer?.destroy?.()
  else answer.writeHead(502).end()
})
// what it returns tells of errors too, and nobody else does
const server = createServer((request, answer) => proxy.web(request, answer)?.catch?.(() => {}))
server.on('upgrade', (request, socket, head) => proxy.ws(request, socket, {}, head)?.catch?.(() => {}))
server.listen(listen, '127.0.0.1', () => process.send?.('up'))
process.on('disconnect', () => process.exit(0))
