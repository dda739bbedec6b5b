import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as source from '../../src/index.ts'

const root = resolve(import.meta.dirname, '../..')
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string; dependencies: Record<string, string> }

/** The packed package in a project of its own, as an install would lay it out. */
let project: string
const installed = (...parts: string[]): string => join(project, 'node_modules', 'jarvis-supervise', ...parts)

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'packed-'))
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', project], { cwd: root, encoding: 'utf8' }),
  ) as [{ filename: string }]
  mkdirSync(installed(), { recursive: true })
  execFileSync('tar', ['-xzf', join(project, packed.filename), '-C', installed(), '--strip-components=1'])
  for (const name of Object.keys(manifest.dependencies)) symlinkSync(join(root, 'node_modules', name), join(project, 'node_modules', name))
  writeFileSync(
    join(project, 'server.mjs'),
    "import http from 'node:http'\nhttp.createServer((_, res) => res.end('ok')).listen(process.env.PORT, process.env.HOST)\n",
  )
})

afterAll(() => rmSync(project, { recursive: true, force: true }))

const run = (file: string, text: string): string => {
  writeFileSync(join(project, file), text)
  return execFileSync(process.execPath, [join(project, file)], { cwd: project, encoding: 'utf8' })
}

const useIt =
  "const s = createSupervisor({ script: './server.mjs' }); s.start().then(async ({ url }) => { console.log((await fetch(url)).status); await s.stop() })"

describe('the packed package', () => {
  it('supervises when it is imported', () => {
    expect(run('use.mjs', `import { createSupervisor } from 'jarvis-supervise'\n${useIt}`)).toBe('200\n')
  })

  it('supervises when it is required', () => {
    expect(run('use.cjs', `const { createSupervisor } = require('jarvis-supervise')\n${useIt}`)).toBe('200\n')
  })

  it('exports the same from both', () => {
    const print = 'console.log(Object.keys(all).filter((name) => name !== "default").sort().join())'
    const names = Object.keys(source).sort().join()
    expect(run('names.mjs', `import * as all from 'jarvis-supervise'\n${print}`).trim()).toBe(names)
    expect(run('names.cjs', `const all = require('jarvis-supervise')\n${print}`).trim()).toBe(names)
  })

  it('knows an error of its other copy', () => {
    const text =
      "import { isSupervisorError } from 'jarvis-supervise'\nimport { createRequire } from 'node:module'\nconst { createSupervisor } = createRequire(import.meta.url)('jarvis-supervise')\ntry { createSupervisor({}) } catch (error) { console.log(isSupervisorError(error, 'ERR_INVALID_OPTIONS')) }"
    expect(run('brand.mjs', text)).toBe('true\n')
  })

  it('resolves executables behind its subpath', () => {
    expect(run('detect.mjs', "import { resolveNode } from 'jarvis-supervise/detect'\nconsole.log((await resolveNode()).path)").trim()).toBe(
      process.execPath,
    )
  })

  it.each([
    ['imported', 'doctor.mjs', "import { runDoctor } from 'jarvis-supervise/doctor'"],
    ['required', 'doctor.cjs', "const { runDoctor } = require('jarvis-supervise/doctor')"],
    ['asked by the way', 'all.mjs', "import { runDoctor } from 'jarvis-supervise'"],
    ['asked by the way of an old program', 'all.cjs', "const { runDoctor } = require('jarvis-supervise')"],
  ])('examines when it is %s', (_how, file, line) => {
    const ask = "runDoctor({ service: { script: './missing.mjs' } }).then(({ verdict }) => console.log(verdict.code))"
    expect(run(file, `${line}\n${ask}`)).toBe('ENTRY_MISSING\n')
  })

  it.each([
    [
      'imported',
      'gateway.mjs',
      "import { createSupervisor } from 'jarvis-supervise'\nimport { createGateway } from 'jarvis-supervise/gateway'",
    ],
    [
      'required',
      'gateway.cjs',
      "const { createSupervisor } = require('jarvis-supervise')\nconst { createGateway } = require('jarvis-supervise/gateway')",
    ],
    ['asked by the way', 'door.mjs', "import { createGateway, createSupervisor } from 'jarvis-supervise'"],
    ['asked by the way of an old program', 'door.cjs', "const { createGateway, createSupervisor } = require('jarvis-supervise')"],
  ])('opens a front door when it is %s', (_how, file, line) => {
    const use = `const upstream = createSupervisor({ script: './server.mjs', stateDir: false, gateway: { port: 'auto' } })
const gateway = createGateway({ port: 'auto', upstream })
const run = async () => {
  const { url } = await gateway.listen()
  const first = fetch(url)
  await upstream.start()
  console.log((await first).status, (await fetch(upstream.gatewayUrl)).status)
  await gateway.close()
  await upstream.stop()
}
run()`
    expect(run(file, `${line}\n${use}`)).toBe('200 200\n')
  })

  it('loads what a front door is made of only when one is opened', () => {
    const text = `import { createRequire } from 'node:module'
const loaded = () => Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes('undici'))
const { createSupervisor } = createRequire(import.meta.url)('jarvis-supervise')
const supervisor = createSupervisor({ script: './server.mjs', stateDir: false, gateway: { port: 'auto' } })
const before = loaded()
await supervisor.start()
console.log(before, loaded())
await supervisor.stop()`
    expect(run('lazy.mjs', text)).toBe('false true\n')
  })

  it('has types for whoever imports and whoever requires', () => {
    const text = `import { createSupervisor, type Supervisor } from 'jarvis-supervise'
import { type Counters, createGateway, type Gateway, type GatewayOptions } from 'jarvis-supervise/gateway'
const options: GatewayOptions = { port: 'auto', allowedOrigins: ['http://localhost:5173'], hold: { maxPending: 3 } }
const upstream: Supervisor = createSupervisor({ script: 'a.js', gateway: options, standby: true, overlap: true })
upstream.on('gateway', ({ url, port, tokenFile }) => console.log(url.length, port + 1, tokenFile?.length))
const gateway: Gateway = createGateway({ ...options, upstream })
const counters: Readonly<Counters> = gateway.counters
export const total: number = counters.requests + counters.wouldHaveDuplicated
// @ts-expect-error a port is needed
createGateway({ upstream })
`
    for (const file of ['types.mts', 'types.cts']) writeFileSync(join(project, file), text)
    symlinkSync(join(root, 'node_modules', '@types'), join(project, 'node_modules', '@types'))
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
    const flags = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--types', 'node', '--target', 'es2023']
    const { stdout } = spawnSync(process.execPath, [tsc, ...flags, 'types.mts', 'types.cts'], { cwd: project, encoding: 'utf8' })
    expect(stdout).toBe('')
  })

  it('has the faulty backends that it runs on demand', () => {
    const list = execFileSync(process.execPath, [installed('dist', 'cli.js'), 'chaos', '--list', '--json'], { encoding: 'utf8' })
    const codes = (JSON.parse(list) as { code: string }[]).map(({ code }) => code)
    expect(codes.length).toBeGreaterThan(60)
    expect(readdirSync(installed('dist', 'faults')).length).toBeGreaterThanOrEqual(codes.length)
  })

  it('has a command that says its version', () => {
    expect(execFileSync(process.execPath, [installed('dist', 'cli.js'), '--version'], { encoding: 'utf8' }).trim()).toBe(manifest.version)
  })

  it('is published without a mistake in its manifest', async () => {
    const { messages, pkg } = await publint({ pkgDir: installed(), level: 'warning', pack: false })
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([])
  })
})
