/** http-proxy as its readme shows it: a target, upgrades, and a listener for errors that answers 502, or cuts what has begun. */
import { createServer } from 'node:http'
import { importPackage } from '../lib/find-package.mjs'

const { default: httpProxy } = await importPackage('http-proxy')
const [listen, backend] = process.argv.slice(2).map(Number)
const proxy = httpProxy.createProxyServer({ target: `http://127.0.0.1:${backend}` })
proxy.on('error', (_error, _request, answer) => {
  if (answer?.writeHead === undefined || answer.headersSent) answer?.destroy?.()
  else answer.writeHead(502).end()
})
const server = createServer((request, answer) => proxy.web(request, answer))
server.on('upgrade', (request, socket, head) => proxy.ws(request, socket, head))
server.listen(listen, '127.0.0.1', () => process.send?.('up'))
process.on('disconnect', () => process.exit(0))
