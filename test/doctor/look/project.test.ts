import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { projectFacts } from '../../../src/doctor/look/project.ts'
import { createTemp } from '../../helpers/temp.ts'

const manifest = (fields: object): string => JSON.stringify(fields)

describe('the project of a script', () => {
  it('is where the nearest package.json lies', () => {
    using temp = createTemp()
    temp.file('package.json', manifest({ type: 'commonjs' }))
    temp.file('inner/package.json', manifest({ type: 'module', engines: { node: '>=20' } }))
    const script = temp.file('inner/dist/server.js', '')
    const facts = { dir: join(temp.dir, 'inner'), type: 'module', engines: '>=20', enginesMet: true, cwdWritable: true }
    expect(projectFacts(script, temp.dir, 'v20.20.0')).toEqual(facts)
    expect(projectFacts('inner/dist/server.js', temp.dir, '18.0.0')).toEqual({ ...facts, enginesMet: false })
  })

  it('is that of the working directory where there is none', () => {
    using temp = createTemp()
    temp.file('package.json', manifest({}))
    expect(projectFacts(null, temp.dir, '20.0.0')).toMatchObject({ dir: temp.dir, type: null, engines: null, enginesMet: null })
  })

  it('is where the script really lies', () => {
    using temp = createTemp()
    temp.file('real/package.json', manifest({ type: 'module' }))
    const script = temp.file('real/server.js', '')
    temp.file('seeming/package.json', manifest({ type: 'commonjs' }))
    symlinkSync(script, join(temp.dir, 'seeming/server.js'))
    expect(projectFacts(join(temp.dir, 'seeming/server.js'), temp.dir, null)).toMatchObject({ dir: join(temp.dir, 'real'), type: 'module' })
  })

  it('does not reach out of a node_modules', () => {
    using temp = createTemp()
    temp.file('package.json', manifest({ type: 'module' }))
    const script = temp.file('node_modules/server.js', '')
    expect(projectFacts(script, temp.dir, null)).toMatchObject({ dir: null, type: null })
  })

  it('of a script that is not there is told all the same', () => {
    using temp = createTemp()
    temp.file('package.json', manifest({ type: 'module' }))
    expect(projectFacts('dist/server.js', temp.dir, null)).toMatchObject({ dir: temp.dir, type: 'module' })
  })

  it.each([
    ['torn', '{"type": "mod', { type: null, engines: null }],
    ['an array', '[]', { type: null, engines: null }],
    ['not of these types', manifest({ type: 'esm', engines: { node: 20 } }), { type: null, engines: null }],
    ['without engines that matter', manifest({ engines: ['node'] }), { engines: null }],
    ['with a byte order mark', `\uFEFF${manifest({ type: 'module' })}`, { type: 'module' }],
    ['with engines that nobody understands', manifest({ engines: { node: 'lts/*' } }), { engines: 'lts/*', enginesMet: null }],
  ])('whose package.json is %s', (_, text, facts) => {
    using temp = createTemp()
    temp.file('package.json', text)
    expect(projectFacts(null, temp.dir, '20.0.0')).toMatchObject({ dir: temp.dir, ...facts })
  })

  it('is looked for further up where package.json is a folder, a pipe or immense', () => {
    using temp = createTemp()
    temp.file('package.json', manifest({ type: 'module' }))
    mkdirSync(join(temp.dir, 'a/package.json'), { recursive: true })
    mkdirSync(join(temp.dir, 'a/b'))
    expect(spawnSync('mkfifo', [join(temp.dir, 'a/b/package.json')]).status).toBe(0)
    temp.file('a/b/c/package.json', `{"type":"commonjs"}${' '.repeat(1024 * 1024)}`)
    expect(projectFacts(null, join(temp.dir, 'a/b/c'), null)).toMatchObject({ dir: temp.dir, type: 'module' })
  })
})

describe('the working directory', () => {
  it('that is not there is not writable', () => {
    using temp = createTemp()
    expect(projectFacts(null, join(temp.dir, 'gone'), null).cwdWritable).toBe(false)
  })

  it.skipIf(process.geteuid?.() === 0)('that may not be written to is not writable', () => {
    using temp = createTemp()
    chmodSync(temp.dir, 0o555)
    expect(projectFacts(null, temp.dir, null).cwdWritable).toBe(false)
  })

  it('is not written to, to find out', () => {
    using temp = createTemp()
    const { mtimeMs } = statSync(temp.dir)
    expect(projectFacts(null, temp.dir, null).cwdWritable).toBe(true)
    expect(statSync(temp.dir).mtimeMs).toBe(mtimeMs)
    expect(readdirSync(temp.dir)).toEqual([])
  })
})
