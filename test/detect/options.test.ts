import { chmodSync, copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lookForClaude, resolveClaude } from '../../src/detect/claude.ts'
import { lookForNode, resolveNode } from '../../src/detect/node.ts'
import type { Surroundings } from '../../src/detect/surroundings.ts'
import { isSupervisorError } from '../../src/errors.ts'
import { cliJs, elf, emptyFolder, install, machO, shScript, type Tree, text } from './installed.ts'

const around = (root: string, own: Partial<Surroundings> = {}): Surroundings => ({
  platform: 'linux',
  arch: 'x64',
  env: { PATH: `${root}/bin` },
  execPath: `${root}/runtime/node`,
  home: `${root}/home`,
  electron: undefined,
  versions: { node: '22.0.0' },
  ...own,
})

const built = (tree: Tree): string => {
  const root = emptyFolder()
  install(root, tree)
  return root
}

const thrown = (act: () => unknown): unknown => {
  try {
    act()
  } catch (error) {
    return error
  }
  return undefined
}

describe.skipIf(process.platform === 'win32')('a path given as an option', () => {
  it('is taken before everything else', () => {
    const root = built({ 'mine/claude': elf(), 'bin/claude': elf() })
    const found = lookForClaude({ path: `${root}/mine/claude`, surroundings: around(root) })
    expect(found).toMatchObject({ path: `${root}/mine/claude`, source: 'option', usable: true })
  })

  it.each([
    ['nothing there', {}, 'does not exist', 'COMMAND_NOT_FOUND'],
    ['a folder', { 'mine/claude': { folder: true } }, 'is a directory', 'NOT_EXECUTABLE'],
    ['another architecture', { 'mine/claude': elf('arm64') }, 'is built for arm64', 'WRONG_ARCHITECTURE'],
    ['a missing interpreter', { 'mine/claude': shScript('', '#!/nowhere/sh') }, 'interpreter "/nowhere/sh"', 'INTERPRETER_MISSING'],
    ['a text', { 'mine/claude': text('hello') }, 'is a text without a #! line', 'NOT_EXECUTABLE'],
  ] satisfies [string, Tree, string, string][])('is an error with its reason: %s', (_, tree, reason, cause) => {
    const root = built({ ...tree, 'bin/claude': elf() })
    const error = thrown(() => lookForClaude({ path: `${root}/mine/claude`, surroundings: around(root) }))
    expect(isSupervisorError(error, 'ERR_EXECUTABLE_NOT_FOUND')).toBe(true)
    expect(error).toMatchObject({ message: expect.stringContaining(reason), reason: cause, hint: expect.stringMatching(/.+/) })
    expect(error).toMatchObject({ message: expect.stringContaining(`${root}/mine/claude`) })
  })

  it('without a folder is a command on PATH, never a file of the working directory', () => {
    const root = built({ 'bin/my-claude': elf(), 'cwd/other': elf() })
    expect(lookForClaude({ path: 'my-claude', surroundings: around(root) })).toMatchObject({
      path: `${root}/bin/my-claude`,
      source: 'option',
    })
    const before = process.cwd()
    process.chdir(join(root, 'cwd'))
    const error = thrown(() => lookForClaude({ path: 'other', surroundings: around(root) }))
    const own = lookForClaude({ path: './other', surroundings: around(root) })
    process.chdir(before)
    expect(error).toMatchObject({ code: 'ERR_EXECUTABLE_NOT_FOUND', message: expect.stringContaining('other is not a command on PATH') })
    expect(own.path).toBe(`${root}/cwd/other`)
  })

  it('rejects the promise of the asynchronous form', async () => {
    const root = built({})
    await expect(resolveClaude({ path: `${root}/no`, surroundings: around(root) })).rejects.toMatchObject({
      code: 'ERR_EXECUTABLE_NOT_FOUND',
    })
    await expect(resolveNode({ path: `${root}/no`, surroundings: around(root) })).rejects.toMatchObject({
      code: 'ERR_EXECUTABLE_NOT_FOUND',
    })
  })
})

describe.skipIf(process.platform === 'win32')('a search', () => {
  it('stops at the first healthy one, and with `all` tells about every other', () => {
    const root = built({ 'bin/claude': elf(), 'home/.local/bin/claude': elf(), 'home/.bun/bin/claude': text('') })
    expect(lookForClaude({ surroundings: around(root) }).candidates).toHaveLength(1)
    const all = lookForClaude({ all: true, surroundings: around(root) })
    expect(all.path).toBe(`${root}/bin/claude`)
    const mine = all.candidates.filter(({ path }) => path.startsWith(root)).map(({ path, usable }) => [path.slice(root.length), usable])
    expect(mine).toEqual([
      ['/bin/claude', true],
      ['/home/.local/bin/claude', true],
      ['/home/.bun/bin/claude', false],
    ])
  })

  it('names a path once, however often PATH does', () => {
    const root = built({ 'bin/claude': elf('arm64') })
    const surroundings = around(root, { env: { PATH: `${root}/bin:${root}/bin` } })
    expect(lookForClaude({ surroundings }).candidates.filter(({ path }) => path === `${root}/bin/claude`)).toHaveLength(1)
  })

  it('sees that a file was replaced', () => {
    const root = built({ 'bin/claude': elf('arm64') })
    expect(lookForClaude({ surroundings: around(root) }).path?.startsWith(root) ?? false).toBe(false)
    writeFileSync(`${root}/bin/claude`, cliJs.bytes!)
    install(root, { 'runtime/node': elf() })
    expect(lookForClaude({ surroundings: around(root) })).toMatchObject({ path: `${root}/bin/claude`, kind: 'script' })
    chmodSync(`${root}/bin/claude`, 0o644)
    expect(lookForClaude({ surroundings: around(root) }).path?.startsWith(root) ?? false).toBe(false)
  })

  it('runs nothing, reads no environment but the given, and leaves it as it was', () => {
    const root = built({ 'bin/claude': shScript('touch "$0.was-run"'), 'bin/node': shScript('touch "$0.was-run"') })
    const env = Object.freeze({ PATH: `${root}/bin` })
    expect(lookForClaude({ all: true, surroundings: around(root, { env }) })).toMatchObject({ kind: 'wrapper' })
    expect(lookForNode({ all: true, surroundings: around(root, { env }) })).toMatchObject({ kind: 'wrapper' })
    expect(readdirSync(`${root}/bin`)).toEqual(['claude', 'node'])
  })
})

describe.skipIf(process.platform !== 'linux' || process.arch !== 'x64')('a real executable', () => {
  it('is native with its loader in place, and unusable once its header names another machine', () => {
    const root = built({ 'mine/.keep': text('') })
    copyFileSync('/bin/true', `${root}/mine/claude`)
    expect(lookForClaude({ path: `${root}/mine/claude`, surroundings: around(root) })).toMatchObject({ kind: 'native', usable: true })
    const bytes = readFileSync(`${root}/mine/claude`)
    bytes.writeUInt16LE(183, 18)
    writeFileSync(`${root}/mine/other`, bytes, { mode: 0o755 })
    const error = thrown(() => lookForClaude({ path: `${root}/mine/other`, surroundings: around(root) }))
    expect(error).toMatchObject({
      reason: 'WRONG_ARCHITECTURE',
      message: expect.stringContaining('is built for arm64, and this is linux on x64'),
    })
  })
})

describe.skipIf(process.platform === 'win32')('the Node that runs scripts', () => {
  it('is the running one, before PATH', () => {
    const root = built({ 'runtime/node': elf(), 'bin/node': elf() })
    expect(lookForNode({ surroundings: around(root) })).toMatchObject({
      path: `${root}/runtime/node`,
      source: 'runtime',
      run: [`${root}/runtime/node`],
      env: { ELECTRON_RUN_AS_NODE: null },
      version: '22.0.0',
    })
  })

  it('is the next one when the running one was removed by an update', () => {
    const root = built({ 'bin/node': elf() })
    expect(lookForNode({ surroundings: around(root) })).toMatchObject({ path: `${root}/bin/node`, source: 'path', version: null })
  })

  it('inside Electron is its helper, told to be a Node', () => {
    const root = built({ 'Helper/My Helper': machO(), 'runtime/node': machO() })
    const electron = { version: '40.0.0', helperExecPath: `${root}/Helper/My Helper` }
    expect(lookForNode({ surroundings: around(root, { platform: 'darwin', arch: 'arm64', electron }) })).toMatchObject({
      path: `${root}/Helper/My Helper`,
      source: 'runtime',
      env: { ELECTRON_RUN_AS_NODE: '1' },
    })
  })

  it('given as an option is not told to be a Node, inside Electron either', () => {
    const root = built({ 'mine/node': elf(), 'runtime/node': elf() })
    const surroundings = around(root, { electron: { version: '40.0.0' } })
    expect(lookForNode({ path: `${root}/mine/node`, surroundings })).toMatchObject({ env: { ELECTRON_RUN_AS_NODE: null } })
    install(root, { 'bin/claude': cliJs })
    expect(lookForClaude({ nodePath: `${root}/mine/node`, surroundings })).toMatchObject({
      run: [`${root}/mine/node`, `${root}/bin/claude`],
      env: { ELECTRON_RUN_AS_NODE: null, CLAUDECODE: null },
    })
  })

  it('of a version manager is the newest, with the version of its folder', () => {
    const root = built({ 'home/.nvm/versions/node/v9.0.0/bin/node': elf(), 'home/.nvm/versions/node/v20.19.1/bin/node': elf() })
    expect(lookForNode({ surroundings: around(root) })).toMatchObject({ source: 'known-place', version: '20.19.1' })
  })

  it('is never a script', () => {
    const root = built({ 'mine/node': cliJs })
    const error = thrown(() => lookForNode({ path: `${root}/mine/node`, surroundings: around(root) }))
    expect(error).toMatchObject({ message: expect.stringContaining('is a script that itself needs a Node') })
  })
})
