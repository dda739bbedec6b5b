/** @fastify/http-proxy as its readme shows it, with WebSockets. */
import { importPackage } from '../lib/find-package.mjs'

const { default: fastify } = await importPackage('fastify')
const { default: proxy } = await importPackage('@fastify/http-proxy')
const [listen, backend] = process.argv.slice(2).map(Number)
const server = fastify()
server.register(proxy, { upstream: `http://127.0.0.1:${backend}`, websocket: true })
await server.listen({ port: listen, host: '127.0.0.1' })
process.send?.('up')
process.on('disconnect', () => process.exit(0))
