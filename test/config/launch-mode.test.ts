import { describe, expect, it } from 'vitest'
import { contradictsUtilityProcess, lackedByUtilityProcess, launchMode } from '../../src/config/launch-mode.ts'
import type { ServiceOptions } from '../../src/config/options.ts'

const script = { script: 'server.js' }

describe('how a service is launched', () => {
  it.each([
    ['a script is forked', script, false, 'fork'],
    ["in Electron's main process it is a utilityProcess", script, true, 'utilityProcess'],
    ['a command is spawned everywhere', { command: 'redis-server' }, true, 'spawn'],
    ['what is asked for is taken', { ...script, launch: 'spawn' }, true, 'spawn'],
    ['so is a fork', { ...script, launch: 'fork' }, true, 'fork'],
    [
      'and a utilityProcess outside Electron, which is refused when it is to start',
      { ...script, launch: 'utilityProcess' },
      false,
      'utilityProcess',
    ],
  ] as const satisfies [string, ServiceOptions, boolean, string][])('%s', (_name, options, isElectronMain, kind) => {
    expect(launchMode(options, isElectronMain)).toEqual({ kind, because: null })
  })
})

describe('what a utilityProcess has not', () => {
  const lacking: [string, ServiceOptions][] = [
    ['node.path', { ...script, node: { path: '/usr/bin/node' } }],
    ['node.execArgv', { ...script, node: { execArgv: ['--max-old-space-size=64'] } }],
    ['node.compileCache', { ...script, node: { compileCache: true } }],
    ['script', { script: 'server.ts' }],
    ['script', { script: new URL('file:///app/server.mts') }],
    ['dieWithParent', { ...script, dieWithParent: false }],
    ['readiness.kind', { ...script, readiness: { kind: 'ipc' } }],
    ['liveness.kind', { ...script, liveness: { kind: 'ipc' } }],
    ['stop.message', { ...script, stop: { message: 'shutdown' } }],
  ]

  it.each(lacking)('%s: it is forked, and the reason is said', (path, options) => {
    expect(lackedByUtilityProcess(options).map((lack) => lack.path)).toEqual([path])
    expect(launchMode(options, true)).toEqual({ kind: 'fork', because: expect.stringMatching(`^a utilityProcess .* \\(${path}\\)$`) })
  })

  it.each(lacking)('%s: nobody asks for a reason where there is no utilityProcess', (_path, options) => {
    expect(launchMode(options, false)).toEqual({ kind: 'fork', because: null })
  })

  it('has a channel all the same: who asks for both was written for parentPort', () => {
    const options: ServiceOptions = { ...script, readiness: { kind: 'ipc' }, stop: { message: 'shutdown' } }
    expect(contradictsUtilityProcess(options)).toEqual([])
    expect(contradictsUtilityProcess({ ...options, dieWithParent: false }).map(({ path }) => path)).toEqual(['dieWithParent'])
  })
})
