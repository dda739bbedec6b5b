import type { Options } from '@anthropic-ai/claude-code'
import { describe, expect, it } from 'vitest'
import type { FoundExecutable } from '../../src/detect/found.ts'
import { queryOptions } from '../../src/detect/query-options.ts'

const found = (path: string, more: Partial<FoundExecutable> = {}): FoundExecutable => ({
  path,
  realPath: path,
  kind: 'native',
  source: 'path',
  run: [path],
  env: { ELECTRON_RUN_AS_NODE: null, CLAUDECODE: null },
  version: null,
  usable: true,
  candidates: [],
  ...more,
})

const node = '/opt/node/bin/node'
const script = (file: string, run: FoundExecutable['run'], env: FoundExecutable['env'] = { ELECTRON_RUN_AS_NODE: null }): FoundExecutable =>
  found('/usr/local/bin/claude', { kind: 'script', realPath: file, run, env })

describe('options for query()', () => {
  it.each(['/lib/cli.js', '/lib/cli.mjs', '/lib/cli.ts', '/lib/cli.tsx', '/lib/cli.jsx'])(
    'start the script %s itself, not the link to it, with the Node that was found',
    (file) => {
      expect(queryOptions(script(file, [node, file]), {})).toEqual({
        pathToClaudeCodeExecutable: file,
        executable: node,
        executableArgs: [],
        env: {},
      })
    },
  )

  it('hand on what comes between Node and the script', () => {
    const options = queryOptions(script('/lib/cli.js', [node, '--no-warnings', '--enable-source-maps', '/lib/cli.js']), {})
    expect(options).toMatchObject({ executable: node, executableArgs: ['--no-warnings', '--enable-source-maps'] })
  })

  it('make a Node of an Electron', () => {
    const run = ['/app/electron', '/lib/cli.js'] as const
    const options = queryOptions(script('/lib/cli.js', run, { ELECTRON_RUN_AS_NODE: '1', CLAUDECODE: null }), { HOME: '/me' })
    expect(options).toMatchObject({ executable: '/app/electron', env: { HOME: '/me', ELECTRON_RUN_AS_NODE: '1' } })
  })

  it.each(['native', 'wrapper', 'shim', 'stub'] as const)('name a %s alone, under the name by which it was found', (kind) => {
    const options = queryOptions(found('/me/.volta/bin/claude', { kind, realPath: '/me/.volta/bin/volta-shim' }), { PATH: '/bin' })
    expect(options).toEqual({ pathToClaudeCodeExecutable: '/me/.volta/bin/claude', executableArgs: [], env: { PATH: '/bin' } })
    expect(options).not.toHaveProperty('executable')
  })

  it('bring a whole environment: the given one without what was removed', () => {
    const env = { PATH: '/bin', HOME: '/me', GONE: undefined, CLAUDECODE: '1', ELECTRON_RUN_AS_NODE: '1', KEPT: '' }
    expect(queryOptions(found('/bin/claude'), env).env).toEqual({ PATH: '/bin', HOME: '/me', KEPT: '' })
    expect(queryOptions(found('/bin/claude', { env: { ADDED: 'x' } }), env).env).toEqual({
      PATH: '/bin',
      HOME: '/me',
      KEPT: '',
      ELECTRON_RUN_AS_NODE: '1',
      ADDED: 'x',
    })
  })

  it('are new each time: an SDK writes into them', () => {
    const env = { PATH: '/bin' }
    const options = queryOptions(found('/bin/claude'), env)
    options.env.CLAUDE_CODE_ENTRYPOINT = 'sdk-ts'
    expect(env).toEqual({ PATH: '/bin' })
    expect(queryOptions(found('/bin/claude'), env).env).toEqual({ PATH: '/bin' })
  })

  it('are options to the compiler too', () => {
    const options: Options = { cwd: '/', ...queryOptions(found('/bin/claude'), {}) }
    expect(options.pathToClaudeCodeExecutable).toBe('/bin/claude')
  })

  describe('for a script that no SDK takes for one', () => {
    it.each(['/usr/bin/claude', '/usr/bin/claude.cjs'])('let %s start itself, with its Node last on the PATH', (file) => {
      expect(queryOptions(script(file, [node, file]), { PATH: '/usr/bin::/bin' })).toEqual({
        pathToClaudeCodeExecutable: file,
        executableArgs: [],
        env: { PATH: '/usr/bin:/bin:/opt/node/bin' },
      })
      expect(queryOptions(script(file, [node, file]), {}).env).toEqual({ PATH: '/opt/node/bin' })
    })

    it('add nothing to the PATH for a Node that is not called so', () => {
      const options = queryOptions(script('/usr/bin/claude', ['/app/electron', '/usr/bin/claude'], { ELECTRON_RUN_AS_NODE: '1' }), {
        PATH: '/bin:/shim',
      })
      expect(options.env).toEqual({ PATH: '/bin:/shim', ELECTRON_RUN_AS_NODE: '1' })
    })

    it('start Node with it on Windows, which reads no first lines', () => {
      const run = ['C:\\node\\node.exe', 'C:\\claude\\cli.cjs'] as const
      const claude = found('C:\\claude\\claude.cmd', { kind: 'script', realPath: run[1], run })
      expect(queryOptions(claude, { Path: 'C:\\x' })).toEqual({
        pathToClaudeCodeExecutable: run[0],
        executableArgs: [run[1]],
        env: { Path: 'C:\\x' },
      })
    })
  })

  it('know variables on Windows in whatever case', () => {
    const env = { Path: 'C:\\x', ClaudeCode: '1', electron_run_as_node: '1' }
    expect(queryOptions(found('C:\\bin\\claude.exe'), env).env).toEqual({ Path: 'C:\\x' })
    expect(queryOptions(found('/bin/claude'), env).env).toEqual(env)
  })
})
