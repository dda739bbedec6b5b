import { describe, expect, it } from 'vitest'
import type { ServiceOptions } from '../../../src/config/options.ts'
import { specifyService } from '../../../src/config/service.ts'
import { type RawSurroundings, type Surrounded, surrounded, surroundingsFacts } from '../../../src/doctor/gather/surroundings.ts'
import type { LaunchSpec } from '../../../src/launch/launcher.ts'

const prepared: LaunchSpec = {
  ...{ command: 'serve', execArgv: [], script: undefined, args: [], cwd: '/app', instanceId: 'a.b' },
  env: { PATH: '/opt/bin:/bin', PORT: '8081', HOST: '127.0.0.1', JARVIS_INSTANCE: 'a.b', SHELL_ONLY: '1' },
}
const raw: RawSurroundings = {
  ...{ system: 'darwin', env: { PATH: '/usr/bin:/bin', HOME: '/home/me' }, cwd: '/', stdin: 'null', repaired: null },
}
const trialOf = (options: ServiceOptions, given: RawSurroundings | null): Surrounded => ({
  options,
  spec: specifyService({ command: 'serve', ...options }, { baseDir: '/', packageName: () => undefined }),
  raw: given,
})

describe('a trial', () => {
  it('in its own surroundings has what a start would have', () => {
    expect(surrounded(prepared, trialOf({}, null))).toBe(prepared)
  })

  it('in raw ones has nothing of ours but its address and its certificate', () => {
    const { env, cwd } = surrounded(prepared, trialOf({}, raw))
    expect(env).toEqual({ PATH: '/usr/bin:/bin', HOME: '/home/me', PORT: '8081', HOST: '127.0.0.1', JARVIS_INSTANCE: 'a.b' })
    expect(cwd).toBe('/')
  })

  it('in raw ones keeps what its options say', () => {
    const options = { env: { PATH: '/own', HOME: undefined, TOKEN: 'x' }, cwd: '/app' }
    const { env, cwd } = surrounded(prepared, trialOf(options, raw))
    expect(env).toMatchObject({ PATH: '/own', TOKEN: 'x' })
    expect(env).not.toHaveProperty('HOME')
    expect(cwd).toBe('/app')
  })

  it('tells what surrounds it', () => {
    const trial = trialOf({}, raw)
    const facts = surroundingsFacts(surrounded(prepared, trial), trial)
    expect(facts).toMatchObject({
      label: 'packaged',
      system: 'darwin',
      cwd: '/',
      path: ['/usr/bin', '/bin'],
      home: '/home/me',
      stdin: 'null',
    })
    expect(facts.values).toEqual({ PORT: '8081', HOST: '127.0.0.1' })
    const missing = Object.keys(process.env).filter((name) => !['PATH', 'HOME', 'PORT', 'HOST', 'JARVIS_INSTANCE'].includes(name))
    expect(facts.missing).toEqual(missing)
  })

  it('tells of its own surroundings that nothing is missing, even before it has started', () => {
    expect(surroundingsFacts(undefined, trialOf({ cwd: '/' }, null))).toMatchObject({ label: 'own', cwd: '/', stdin: 'pipe', missing: [] })
  })
})
