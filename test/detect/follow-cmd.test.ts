import { describe, expect, it, vi } from 'vitest'
import { followCmd } from '../../src/detect/follow-cmd.ts'
import type { Surroundings } from '../../src/detect/surroundings.ts'
import { cliJs, emptyFolder, exe, install, placeholder, type Tree, text } from './installed.ts'
import { disk } from './other-disk.ts'
import { npmNative, npmScript, oldNative, psNative, scoopBatch } from './shims.ts'

vi.mock('node:fs', async (original) => (await import('./other-disk.ts')).otherFs(await original()))

const surroundings = (platform: NodeJS.Platform): Surroundings => ({
  platform,
  arch: 'x64',
  env: {},
  execPath: 'C:\\node.exe',
  home: 'C:\\Users\\me',
  versions: {},
})

const follow = (tree: Tree, path = 'C:\\npm\\claude.cmd', platform: NodeJS.Platform = 'win32') => {
  disk.root = emptyFolder()
  install(disk.root, tree)
  return followCmd(path, surroundings(platform))
}

const native = { 'C:/npm/pkg/claude.exe': exe() }

describe.skipIf(process.platform === 'win32')('following a batch file', () => {
  it('ends at the native file', () => {
    expect(follow({ 'C:/npm/claude.cmd': text(npmNative('pkg/claude.exe')), ...native })).toEqual({
      usable: true,
      path: 'C:\\npm\\pkg\\claude.exe',
      sound: { usable: true, kind: 'native', realPath: 'C:\\npm\\pkg\\claude.exe', args: [], reason: 'is a native executable for x64' },
      reason: 'is a batch file of npm; C:\\npm\\pkg\\claude.exe is started instead',
    })
  })

  it('ends at the script, with what Node is to get before it', () => {
    const tree = { 'C:/npm/claude.cmd': text(npmScript('pkg/cli.js', '--no-warnings')), 'C:/npm/pkg/cli.js': cliJs }
    expect(follow(tree)).toMatchObject({ path: 'C:\\npm\\pkg\\cli.js', sound: { kind: 'script', args: ['--no-warnings'] } })
  })

  it('is the same for its PowerShell twin', () => {
    expect(follow({ 'C:/npm/claude.ps1': text(psNative('pkg/claude.exe')), ...native }, 'C:\\npm\\claude.ps1')).toMatchObject({
      path: 'C:\\npm\\pkg\\claude.exe',
      sound: { kind: 'native' },
    })
  })

  it('goes by what the target is now, whatever it was when the batch file was written', () => {
    const now = { 'C:/npm/pkg/cli.js': exe() }
    expect(follow({ 'C:/npm/claude.cmd': text(npmScript('pkg/cli.js', '--no-warnings')), ...now })).toMatchObject({
      sound: { kind: 'native', args: [] },
    })
  })

  it('heals the placeholder behind it', () => {
    const tree = {
      'C:/npm/claude.cmd': text(npmNative('node_modules/@anthropic-ai/claude-code/bin/claude.exe')),
      'C:/npm/node_modules/@anthropic-ai/claude-code/bin/claude.exe': placeholder,
      'C:/npm/node_modules/@anthropic-ai/claude-code-win32-x64/claude.exe': exe(),
    }
    const path = 'C:\\npm\\node_modules\\@anthropic-ai\\claude-code-win32-x64\\claude.exe'
    expect(follow(tree)).toMatchObject({ usable: true, path, reason: `is a batch file of npm; ${path} is started instead` })
  })

  it('goes through three of them, and no further', () => {
    const chain = {
      'C:/npm/claude.cmd': text(scoopBatch('C:\\npm\\b\\claude.cmd')),
      'C:/npm/b/claude.cmd': text(oldNative('../c/claude.cmd')),
      'C:/npm/c/claude.cmd': text(npmNative('../pkg/claude.exe')),
      ...native,
    }
    expect(follow(chain)).toMatchObject({ usable: true, path: 'C:\\npm\\pkg\\claude.exe' })
    expect(follow({ ...chain, 'C:/one/claude.cmd': text(oldNative('../npm/claude.cmd')) }, 'C:\\one\\claude.cmd')).toMatchObject({
      usable: false,
      kind: 'cmd',
      cause: 'WINDOWS_CMD_WITHOUT_SHELL',
    })
  })

  it('gives up on one that starts itself', () => {
    expect(follow({ 'C:/npm/claude.cmd': text(npmNative('claude.cmd')) })).toMatchObject({
      usable: false,
      kind: 'cmd',
      reason: 'is a batch file of npm; C:\\npm\\claude.cmd, which it starts, is a batch file, which only a shell can run',
    })
  })

  it.each([
    ['is not there', {}, 'does not exist', 'COMMAND_NOT_FOUND'],
    ['is for another machine', { 'C:/npm/pkg/claude.exe': exe('arm64') }, 'is built for arm64', 'WRONG_ARCHITECTURE'],
    ['is a directory', { 'C:/npm/pkg/claude.exe': { folder: true } }, 'is a directory', 'NOT_EXECUTABLE'],
    ['is the placeholder', { 'C:/npm/pkg/claude.exe': placeholder }, 'is the placeholder of npm', 'CLAUDE_UNUSABLE'],
  ] satisfies [string, Tree, string, string][])(
    'names the target that %s, as something that is there and unusable',
    (_, target, why, cause) => {
      expect(follow({ 'C:/npm/claude.cmd': text(npmNative('pkg/claude.exe')), ...target })).toMatchObject({
        usable: false,
        kind: 'cmd',
        absent: false,
        cause,
        hint: expect.stringMatching(/.+/),
        reason: expect.stringMatching(`^is a batch file of npm; C:\\\\npm\\\\pkg\\\\claude\\.exe, which it starts, ${why}`),
      })
    },
  )

  it('leaves alone what nobody recognises, and what lies on another system', () => {
    const asItIs = { usable: false, kind: 'cmd', reason: 'is a batch file, which only a shell can run' }
    expect(follow({ 'C:/npm/claude.cmd': text('@echo off\r\nclaude.exe %*\r\n'), ...native })).toMatchObject(asItIs)
    const root = emptyFolder()
    install(root, { 'claude.cmd': text(npmNative('pkg/claude.exe')), 'pkg/claude.exe': exe() })
    expect(followCmd(`${root}/claude.cmd`, surroundings('linux'))).toMatchObject(asItIs)
  })

  it('says of a file that is gone that it is gone', () => {
    expect(follow({})).toMatchObject({ usable: false, absent: true, reason: 'does not exist' })
  })
})
