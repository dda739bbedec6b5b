import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { explainNotStarted, type StartFacts } from '../../src/causes/not-started.ts'
import { collectStartFacts } from '../../src/detect/start-facts.ts'
import { errnoOf } from '../../src/errors.ts'
import { elf, emptyFolder, install, link, shScript, type Tree, text } from '../detect/installed.ts'

const fine: StartFacts = {
  command: '/opt/tool',
  cwd: '/work',
  cwdExists: true,
  platform: 'linux',
  file: '/opt/tool',
  pathEntries: 3,
  fileExists: true,
  notAFile: null,
  isExecutable: true,
  missingInterpreter: null,
  builtFor: null,
  isBatch: false,
  isPlaceholder: false,
  inArchive: null,
  elsewhere: null,
  errorCode: 'ENOENT',
}

const inApp = (below: string) => ({ path: `/A/app.asar${below}`, unpacked: `/A/app.asar.unpacked${below}` })

describe('why a command did not start, from facts', () => {
  it.each([
    [{ command: 'node', file: null }, 'NODE_NOT_IN_PATH', 'none of the 3 folders on PATH has it'],
    [{ command: 'claude', file: null }, 'CLAUDE_NOT_FOUND', 'none of the 3 folders'],
    [{ command: 'redis-server', file: null }, 'COMMAND_NOT_FOUND', 'none of the 3 folders'],
    [{ fileExists: false }, 'COMMAND_NOT_FOUND', '/opt/tool does not exist'],
    [{ cwd: '/gone', cwdExists: false }, 'CWD_MISSING', 'the working directory /gone is not there'],
    [{ cwd: '/gone', cwdExists: false, fileExists: false }, 'CWD_MISSING', '/gone'],
    [{ missingInterpreter: 'node' }, 'INTERPRETER_MISSING', 'what runs it is not: "node"'],
    [{ missingInterpreter: '/lib/ld-musl-x86_64.so.1' }, 'INTERPRETER_MISSING', 'ld-musl'],
    [{ inArchive: inApp('/x'), fileExists: false, errorCode: 'ENOTDIR' }, 'PATH_INSIDE_ASAR', '/A/app.asar/x lies inside'],
    [{ inArchive: inApp(''), cwdExists: false, errorCode: 'ENOTDIR' }, 'PATH_INSIDE_ASAR', '/A/app.asar lies inside'],
    [{ command: 'node', file: null, elsewhere: '/opt/n/bin/node' }, 'NODE_NOT_IN_PATH', 'but it lies at /opt/n/bin/node'],
    [{ command: 'uv', file: null, elsewhere: '/h/.local/bin/uv' }, 'COMMAND_NOT_FOUND', 'but it lies at /h/.local/bin/uv'],
    [{ isPlaceholder: true, isExecutable: true, errorCode: null }, 'CLAUDE_UNUSABLE', 'is the placeholder of npm'],
    [{ isExecutable: false, errorCode: 'EACCES' }, 'NOT_EXECUTABLE', 'it is not executable'],
    [{ errorCode: 'EACCES' }, 'NOT_EXECUTABLE', 'the system forbids it'],
    [{ notAFile: 'a directory', errorCode: 'EACCES' }, 'NOT_EXECUTABLE', 'is a directory'],
    [{ builtFor: 'arm64', errorCode: null }, 'WRONG_ARCHITECTURE', 'built for arm64'],
    [{ errorCode: 'E2BIG' }, 'ARGUMENTS_TOO_LONG', 'longer than the system allows'],
    [{ platform: 'win32', isBatch: true, errorCode: 'EINVAL' }, 'WINDOWS_CMD_WITHOUT_SHELL', 'is a batch file'],
  ] satisfies [Partial<StartFacts>, string, string][])('%j: %s', (facts, cause, seen) => {
    const explained = explainNotStarted({ ...fine, ...facts })
    expect(explained).toMatchObject({ cause, message: expect.stringContaining(seen), hint: expect.stringMatching(/\.$/) })
  })

  it('admits that nothing explains it', () => {
    expect(explainNotStarted({ ...fine, errorCode: 'EAGAIN' })).toMatchObject({
      cause: undefined,
      message: expect.stringContaining('EAGAIN'),
    })
  })
})

interface Failure {
  readonly name: string
  readonly build: Tree
  readonly command: string
  readonly cwd?: string
  readonly path?: string
  readonly cause: string
}

const failures: readonly Failure[] = [
  { name: 'node is not on PATH', build: {}, command: 'node', path: '/nonexistent', cause: 'NODE_NOT_IN_PATH' },
  { name: 'a command is nowhere', build: {}, command: 'no-such-command', cause: 'COMMAND_NOT_FOUND' },
  { name: 'the working directory is gone', build: { tool: shScript() }, command: '$/tool', cwd: 'gone', cause: 'CWD_MISSING' },
  {
    name: 'the interpreter is missing',
    build: { tool: shScript('', '#!/nonexistent/node') },
    command: '$/tool',
    cause: 'INTERPRETER_MISSING',
  },
  {
    name: 'env does not find the program',
    build: { tool: shScript('', '#!/usr/bin/env no-such-program') },
    command: '$/tool',
    cause: 'INTERPRETER_MISSING',
  },
  { name: 'through an archive', build: { 'app.asar': text('archive', 0o644) }, command: '$/app.asar/tool', cause: 'PATH_INSIDE_ASAR' },
  { name: 'not executable', build: { tool: { ...shScript(), mode: 0o644 } }, command: '$/tool', cause: 'NOT_EXECUTABLE' },
  {
    name: 'not executable, by name',
    build: { 'bin/tool': { ...shScript(), mode: 0o644 } },
    command: 'tool',
    path: '$/bin',
    cause: 'NOT_EXECUTABLE',
  },
  { name: 'a folder', build: { tool: { folder: true } }, command: '$/tool', cause: 'NOT_EXECUTABLE' },
  { name: 'a link to nowhere', build: { tool: link('gone') }, command: '$/tool', cause: 'COMMAND_NOT_FOUND' },
  { name: 'another architecture', build: { tool: elf('unknown') }, command: '$/tool', cause: 'WRONG_ARCHITECTURE' },
]

/** What Node reports: thrown, by event, or only as the code of what a shell made of it. */
const reallyStart = async (command: string, cwd: string, env: Record<string, string>): Promise<string | undefined> => {
  try {
    const child = spawn(command, [], { cwd, env, stdio: 'ignore' })
    return await Promise.race([
      once(child, 'error').then(([error]) => errnoOf(error)),
      once(child, 'exit').then(([code]) => `exit ${code}`),
    ])
  } catch (error) {
    return errnoOf(error)
  }
}

describe.skipIf(process.platform !== 'linux')('why a command did not start, from the disk', () => {
  it.each(failures)('$name', async ({ build, command, cwd = '.', path = '/usr/bin:/bin', cause }) => {
    const root = emptyFolder()
    install(root, build)
    const at = (value: string) => value.replace('$', root)
    const env = { PATH: at(path) }
    const error = await reallyStart(at(command), `${root}/${cwd}`, env)
    expect(error).toMatch(/^E[A-Z]+$|^exit [1-9]/)
    const errorCode = error?.startsWith('E') ? error : undefined
    expect(explainNotStarted(collectStartFacts(at(command), `${root}/${cwd}`, env, { errorCode })).cause).toBe(cause)
  })

  it('finds nothing wrong with what can be started', () => {
    const root = emptyFolder()
    install(root, { 'bin/tool': shScript() })
    expect(explainNotStarted(collectStartFacts('tool', root, { PATH: 'bin:/usr/bin' })).cause).toBeUndefined()
  })
})
