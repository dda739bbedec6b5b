import { describe, expect, it } from 'vitest'
import { chooseService, type FoundService } from '../../src/control/choose-service.ts'
import { isSupervisorError } from '../../src/errors.ts'
import type { RunRecord } from '../../src/record/record.ts'

/** `api@/a`, `api@/a silent`, `api@/a no` */
const parse = (text: string): FoundService => {
  const [, service = '', root = '', answers = 'yes'] = /^(\w+)@(\S+)(?: (\w+))?$/.exec(text) ?? []
  const record = { service, root, key: `${service}-${root.slice(1)}`, supervisor: { pid: 42 } } as RunRecord
  return { record, hello: null, answers: answers as FoundService['answers'] }
}

const choose = (found: readonly string[], name?: string, cwd = '/elsewhere'): string => {
  try {
    return chooseService(found.map(parse), { name, cwd, stateDir: '/state' }).record.key
  } catch (error) {
    if (!isSupervisorError(error)) throw error
    return `${error.code}: ${error.message}`
  }
}

describe('the service that is meant', () => {
  it.each([
    ['the only one', ['api@/a'], undefined, '/elsewhere', 'api-a'],
    ['the only one that answers', ['api@/a', 'web@/a no', 'db@/a silent'], undefined, '/elsewhere', 'api-a'],
    ['the one of this place', ['api@/a', 'api@/b'], undefined, '/b', 'api-b'],
    ['by name', ['api@/a', 'web@/a'], 'web', '/elsewhere', 'web-a'],
    ['by key', ['api@/a', 'api@/b'], 'api-b', '/a', 'api-b'],
    ['by name, of this place', ['api@/a', 'api@/b', 'web@/b'], 'api', '/b', 'api-b'],
    ['by name, the one that runs, though it is of another place', ['api@/a', 'api@/b no'], 'api', '/b', 'api-a'],
    ['by name, the one that answers', ['api@/a', 'api@/b silent'], 'api', '/elsewhere', 'api-a'],
  ])('%s', (_what, found, name, cwd, expected) => {
    expect(choose(found, name, cwd)).toBe(expected)
  })

  it.each([
    ['several', ['api@/a', 'web@/b'], undefined, '/elsewhere', 'ERR_INVALID_OPTIONS: Several services run: api, web. Name one.'],
    ['several here', ['api@/a', 'web@/a', 'db@/b'], undefined, '/a', 'ERR_INVALID_OPTIONS: Several services run: api, web, db. Name one.'],
    [
      'several of one name among them',
      ['api@/a', 'api@/b', 'web@/b'],
      undefined,
      '/c',
      'ERR_INVALID_OPTIONS: Several services run: api (in /a), api (in /b), web. Name one.',
    ],
    ['several of the name', ['api@/a', 'api@/b'], 'api', '/c', 'ERR_INVALID_OPTIONS: Several services are called api: in /a, in /b.'],
    ['none', [], undefined, '/a', 'ERR_NOT_RUNNING: No service runs (state folder /state).'],
    ['records of the dead', ['api@/a no'], undefined, '/a', 'ERR_NOT_RUNNING: No service runs (state folder /state).'],
    ['none of the name', [], 'api', '/a', 'ERR_NOT_RUNNING: No service called api runs (state folder /state).'],
    [
      'only others',
      ['web@/a', 'api@/a no'],
      'api',
      '/a',
      'ERR_NOT_RUNNING: No service called api runs (state folder /state). Running: web.',
    ],
    [
      'one that is silent',
      ['api@/a silent', 'web@/a'],
      'api',
      '/a',
      'ERR_NOT_RUNNING: The supervisor of api (process 42) is silent: it does not answer.',
    ],
    [
      'only silent ones',
      ['api@/a silent'],
      undefined,
      '/b',
      'ERR_NOT_RUNNING: The supervisor of api (process 42) is silent: it does not answer.',
    ],
  ])('is not known: %s', (_what, found, name, cwd, expected) => {
    expect(choose(found, name, cwd)).toBe(expected)
  })
})
