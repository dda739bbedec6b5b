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
    ['what is not there yet', { services: { api: {} }, gateway: { port: 1 } }, ['`gateway` is not supported by this version']],
    [
      'all of it at once',
      { services: [], stateDir: '' },
      ['expected `services` to be an object, got []', 'expected `stateDir` to be a text that is not empty, got ""'],
    ],
  ])('says what is wrong: %s', (_what, config, messages) => {
    expect(severalProblems(config as unknown as SeveralServices).map(({ message }) => message)).toEqual(messages)
  })

  it('leaves the services to their own check', () => {
    const config: Config = { services: { api: { script: 'a.js', port: -1 } }, stateDir: 'state' }
    expect(severalProblems(config as SeveralServices)).toEqual([])
  })
})
