// Other proxies in front of the same backend, each in a process of its own (`Host`), as their documentation sets them up.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { Agent, createServer } from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const packages = {
  'http-proxy': '1.18.1',
  'http-proxy-3': '1.23.3',
  httpxy: '0.5.6',
  fastify: '5',
  '@fastify/http-proxy': '11.6.3',
}

/**
 * A folder with the peers: that of `JARVIS_BENCH_PEERS`, or one that is filled by npm the first time. undefined where they
 * cannot be had.
 */
export const peersFolder = () => {
  const given = process.env.JARVIS_BENCH_PEERS
  if (given !== undefined) return given
  const folder = fileURLToPath(new URL('../../node_modules/.cache/bench-peers', import.meta.url))
  const isThere = Object.keys(packages).every((name) => existsSync(join(folder, 'node_modules', name)))
  if (isThere) return folder
  try {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies: packages }))
    execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--silent'], { cwd: folder, timeout: 120_000 })
    return folder
  } catch {
    return undefined
  }
}

const listen = (server) => new Promise((resolve) => server.listen({ port: 0, host: '127.0.0.1' }, () => resolve(server.address().port)))

const nodeStyle = (createProxyServer, options) => {
  const proxy = createProxyServer(options)
  proxy.on('error', () => {})
  const server = createServer((request, response) => proxy.web(request, response))
  server.on('upgrade', (request, socket, head) => proxy.ws(request, socket, head))
  return listen(server)
}

const subjects = {
  'http-proxy': (require, target) =>
    nodeStyle(require('http-proxy').createProxyServer, { target, ws: true, agent: new Agent({ keepAlive: true }) }),
  'http-proxy, as it comes': (require, target) => nodeStyle(require('http-proxy').createProxyServer, { target, ws: true }),
  'http-proxy-3': (require, target) => nodeStyle(require('http-proxy-3').createProxyServer, { target, ws: true }),
  'http-proxy-3, keep-alive': (require, target) =>
    nodeStyle(require('http-proxy-3').createProxyServer, { target, ws: true, agent: new Agent({ keepAlive: true }) }),
  httpxy: async (require, target) => {
    const { createProxyServer } = await import(pathToFileURL(require.resolve('httpxy')).href)
    return nodeStyle(createProxyServer, { target, ws: true })
  },
  'httpxy, keep-alive': async (require, target) => {
    const { createProxyServer } = await import(pathToFileURL(require.resolve('httpxy')).href)
    return nodeStyle(createProxyServer, { target, ws: true, agent: new Agent({ keepAlive: true }) })
  },
  '@fastify/http-proxy': async (require, target) => {
    const app = require('fastify')()
    app.register(require('@fastify/http-proxy'), { upstream: target, websocket: true })
    await app.listen({ port: 0, host: '127.0.0.1' })
    return app.server.address().port
  },
}

export const peerNames = Object.keys(subjects)
export const inside = ({ name, folder, port }) => subjects[name](createRequire(join(folder, 'package.json')), `http://127.0.0.1:${port}`)
