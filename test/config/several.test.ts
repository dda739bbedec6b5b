import { describe, expect, it } from 'vitest'
import type { Config } from '../../src/config/options.ts'
import { isSeveral, type SeveralServices, severalProblems } from '../../src/config/several.ts'

describe('a config of several services', () => {
  it('is one that has `services`', () => {
    expect(isSeveral({ services: {} })).toBe(true)
    expect(isSeveral({ script: 'server.js' })).toBe(false)
  })

  it.each([
    ['no service', { services: {} }, ['`services` is empty: there is nothing to run']],
    ['a word that it does not know', { services: { api: {} }, statDir: 'x' }, ['unknown option `statDir`; did you mean `stateDir`?']],
    [
      'a door that is none',
      { services: { api: {} }, gateway: { prot: 1 } },
      ['unknown option `gateway.prot`; did you mean `port`?', '`gateway.port` is missing'],
    ],
    [
      'a door for everybody',
      { services: { api: {} }, gateway: { port: 1, host: '0.0.0.0' } },
      ['`gateway.host` (0.0.0.0) lets other machines in, which needs `gateway.token` true'],
    ],
    [
      'a door of one of them, and none knows of which',
      { services: { api: {}, web: {} }, gateway: { port: 1 } },
      ['`gateway.service` is missing: which of api, web is behind it?'],
    ],
    [
      'a door of none of them',
      { services: { api: {}, web: {} }, gateway: { port: 1, service: 'wbe' } },
      ["`gateway.service` ('wbe') is none of the services: api, web"],
    ],
    [
      'two doors of one service',
      { services: { api: { gateway: { port: 2 } } }, gateway: { port: 1 } },
      ['`gateway` and `services.api.gateway` exclude each other: it is one door'],
    ],
    [
      'all of it at once',
      { services: [], stateDir: '' },
      ['expected `services` to be an object, got []', 'expected `stateDir` to be a text that is not empty, got ""'],
    ],
  ])('says what is wrong: %s', (_what, config, messages) => {
    expect(severalProblems(config as unknown as SeveralServices).map(({ message }) => message)).toEqual(messages)
  })

  it.each([
    { services: { api: {} }, gateway: { port: 1 } },
    { services: { api: {}, web: {} }, gateway: { port: 1, service: 'web' } },
    { services: { api: { gateway: { port: 2 } }, web: {} }, gateway: { port: 1, service: 'web' } },
  ])('knows which is behind its door: %j', (config) => {
    expect(severalProblems(config as SeveralServices)).toEqual([])
  })

  it('leaves the services to their own check', () => {
    const config: Config = { services: { api: { script: 'a.js', port: -1 } }, stateDir: 'state' }
    expect(severalProblems(config as SeveralServices)).toEqual([])
  })
})
