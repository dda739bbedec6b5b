import { describe, expect, it, vi } from 'vitest'
import { lookForClaude } from '../../src/detect/claude.ts'
import type { CandidateSource, ExecutableKind } from '../../src/detect/found.ts'
import { lookForNode } from '../../src/detect/node.ts'
import type { Surroundings } from '../../src/detect/surroundings.ts'
import {
  cliJs,
  elf,
  emptyFolder,
  exe,
  firstGeneration,
  install,
  link,
  packageJson,
  placeholder,
  secondGeneration,
  shScript,
  type Tree,
  text,
} from './installed.ts'
import { disk } from './other-disk.ts'
import { npmNative, npmScript, oldNative, oldScript, pnpmNative, pnpmScript, psScript, scoopBatch } from './shims.ts'

vi.mock('node:fs', async (original) => (await import('./other-disk.ts')).otherFs(await original()))

interface Installation {
  readonly name: string
  /** Paths with slashes, from the drive on. */
  readonly build: Tree
  readonly arch?: string
  readonly path?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly electron?: { readonly resourcesPath: string }
  /** With slashes too. undefined: nothing is found. */
  readonly found?: {
    readonly path: string
    readonly kind: ExecutableKind
    readonly source: CandidateSource
    readonly run?: readonly string[]
    readonly version?: string | null
    readonly healed?: true
    /** Of the candidate that was chosen. */
    readonly reason?: string
  }
  readonly passedOver?: Readonly<Record<string, string>>
}

const me = 'C:/Users/me'
const roaming = `${me}/AppData/Roaming`
const local = `${me}/AppData/Local`
const node = 'C:/Program Files/nodejs/node.exe'
const inModules = 'node_modules/@anthropic-ai/claude-code'
const npmFolder = `${roaming}/npm`
const ofNpm = `${npmFolder}/${inModules}`

/** As npm leaves it: the package, and three shims for it. */
const viaNpm = (folder: string, generation: typeof firstGeneration | typeof secondGeneration): Tree => {
  const second = generation === secondGeneration
  return {
    ...(second ? secondGeneration(`${folder}/${inModules}`, '2.1.197', exe()) : firstGeneration(`${folder}/${inModules}`)),
    [`${folder}/claude`]: shScript(),
    [`${folder}/claude.cmd`]: text(second ? npmNative(`${inModules}/bin/claude.exe`) : npmScript(`${inModules}/cli.js`)),
    [`${folder}/claude.ps1`]: text(psScript(`${inModules}/${second ? 'bin/claude.exe' : 'cli.js'}`)),
  }
}

const native = (path: string, source: CandidateSource = 'known-place') => ({ path, kind: 'native', source }) as const

/** Found without a batch file. */
const direct: readonly Installation[] = [
  {
    name: 'the native installer',
    build: { [`${me}/.local/bin/claude.exe`]: exe() },
    found: { ...native(`${me}/.local/bin/claude.exe`), run: [`${me}/.local/bin/claude.exe`], version: null },
  },
  {
    name: 'npm off PATH, second generation: what its batch file starts',
    build: viaNpm(npmFolder, secondGeneration),
    found: { ...native(`${ofNpm}/bin/claude.exe`), version: '2.1.197' },
  },
  {
    name: 'npm off PATH, first generation',
    build: viaNpm(npmFolder, firstGeneration),
    found: { path: `${ofNpm}/cli.js`, kind: 'script', source: 'known-place', run: [node, `${ofNpm}/cli.js`], version: '1.0.128' },
  },
  {
    name: 'scoop: the executable that it puts into its shims',
    build: { [`${me}/scoop/shims/claude.exe`]: exe() },
    path: [`${me}/scoop/shims`],
    found: native(`${me}/scoop/shims/claude.exe`, 'path'),
  },
  {
    name: 'scoop off PATH: the current version of the app',
    build: { [`${me}/scoop/apps/claude-code/2.1.10/claude.exe`]: exe(), [`${me}/scoop/apps/claude-code/current`]: link('2.1.10') },
    found: native(`${me}/scoop/apps/claude-code/current/claude.exe`),
  },
  {
    name: 'WinGet: its link',
    build: {
      [`${local}/Microsoft/WinGet/Packages/Anthropic.ClaudeCode_Source_8wek/claude.exe`]: exe(),
      [`${local}/Microsoft/WinGet/Links/claude.exe`]: link('../Packages/Anthropic.ClaudeCode_Source_8wek/claude.exe'),
    },
    path: [`${local}/Microsoft/WinGet/Links`],
    found: native(`${local}/Microsoft/WinGet/Links/claude.exe`, 'path'),
  },
  {
    name: 'WinGet without the right to make links: in its package',
    build: { [`${local}/Microsoft/WinGet/Packages/Anthropic.ClaudeCode_Microsoft.Winget.Source_8wekyb3d8bbwe/claude.exe`]: exe() },
    found: native(`${local}/Microsoft/WinGet/Packages/Anthropic.ClaudeCode_Microsoft.Winget.Source_8wekyb3d8bbwe/claude.exe`),
  },
  {
    name: 'bun: the executable that it puts into its folder',
    build: { [`${me}/.bun/bin/claude.exe`]: exe() },
    found: native(`${me}/.bun/bin/claude.exe`),
  },
  {
    name: 'mise with links: its shim keeps its own name',
    build: { [`${local}/mise/bin/mise.exe`]: exe(), [`${local}/mise/shims/claude.exe`]: link('../bin/mise.exe') },
    found: { path: `${local}/mise/shims/claude.exe`, kind: 'shim', source: 'known-place', run: [`${local}/mise/shims/claude.exe`] },
  },
  {
    name: 'an app with its own, unpacked beside its archive',
    build: { 'C:/My App/resources/app.asar.unpacked/node_modules/@anthropic-ai/claude-agent-sdk-win32-x64/claude.exe': exe() },
    electron: { resourcesPath: 'C:\\My App\\resources' },
    found: native('C:/My App/resources/app.asar.unpacked/node_modules/@anthropic-ai/claude-agent-sdk-win32-x64/claude.exe', 'bundled'),
  },
  {
    name: 'nothing else: the one that the desktop app keeps for itself, 2.1.10 before 2.1.9',
    build: { [`${roaming}/Claude/claude-code/2.1.9/claude.exe`]: exe(), [`${roaming}/Claude/claude-code/2.1.10/claude.exe`]: exe() },
    found: native(`${roaming}/Claude/claude-code/2.1.10/claude.exe`),
  },
  {
    name: 'the build for x64 on ARM, which Windows translates',
    arch: 'arm64',
    build: { [`${me}/.local/bin/claude.exe`]: exe('x64') },
    found: native(`${me}/.local/bin/claude.exe`),
  },
  { name: 'no Claude at all', build: {} },
]

const good: Tree = { 'D:/good/claude.exe': exe() }
const goodFound = native('D:/good/claude.exe', 'path')

/** Passed over without following a batch file; a healthy one comes after it on PATH. */
const faulty: readonly Installation[] = [
  {
    name: 'the alias of the desktop app, which Windows puts before the rest: it would open a window',
    build: { [`${local}/Microsoft/WindowsApps/claude.exe`]: text(''), ...good },
    path: [`${local}/Microsoft/WindowsApps`, 'D:/good'],
    found: goodFound,
    passedOver: { [`${local}/Microsoft/WindowsApps/claude.exe`]: 'belongs to the Claude desktop app, which opens a window' },
  },
  {
    name: 'the desktop app itself',
    build: { [`${local}/AnthropicClaude/claude.exe`]: exe(), ...good },
    path: [`${local}/AnthropicClaude`, 'D:/good'],
    found: goodFound,
    passedOver: { [`${local}/AnthropicClaude/claude.exe`]: 'belongs to the Claude desktop app, which opens a window' },
  },
  {
    name: 'the folder of aliases without a Claude: not worth a word',
    build: { [`${local}/Microsoft/WindowsApps/python.exe`]: text(''), ...good },
    path: [`${local}/Microsoft/WindowsApps`, 'D:/good'],
    found: goodFound,
    passedOver: {},
  },
  {
    name: 'a batch file of the user',
    build: { 'D:/mine/claude.cmd': text('@echo off\r\nset ANTHROPIC_API_KEY=x\r\nC:\\claude.exe %*\r\n'), ...good },
    path: ['D:/mine', 'D:/good'],
    found: goodFound,
    passedOver: { 'D:/mine/claude.cmd': 'is a batch file, which only a shell can run' },
  },
  {
    name: 'a batch file of npm to which somebody added a command',
    build: {
      ...viaNpm('D:/mine', secondGeneration),
      'D:/mine/claude.cmd': text(`${npmNative(`${inModules}/bin/claude.exe`)}pause\r\n`),
      ...good,
    },
    path: ['D:/mine', 'D:/good'],
    found: goodFound,
    passedOver: { 'D:/mine/claude.cmd': 'is a batch file, which only a shell can run' },
  },
  {
    name: 'the script of npm for Git Bash, as `which` names it there',
    build: { ...viaNpm(npmFolder, secondGeneration), ...good },
    env: { CLAUDE_PATH: `${npmFolder}/claude`.replaceAll('/', '\\') },
    path: ['D:/good'],
    found: goodFound,
    passedOver: { [`${npmFolder}/claude`]: 'is a script for sh, which Windows does not start (named by CLAUDE_PATH)' },
  },
  {
    name: 'a PowerShell script of the user',
    build: { 'D:/mine/claude.ps1': text('& C:\\claude.exe $args\n'), ...good },
    env: { CLAUDE_PATH: 'D:\\mine\\claude.ps1' },
    path: ['D:/good'],
    found: goodFound,
    passedOver: { 'D:/mine/claude.ps1': 'is a PowerShell script, which only PowerShell can run (named by CLAUDE_PATH)' },
  },
  {
    name: 'the build for ARM on x64',
    build: { 'D:/bad/claude.exe': exe('arm64'), ...good },
    path: ['D:/bad', 'D:/good'],
    found: goodFound,
    passedOver: { 'D:/bad/claude.exe': 'is built for arm64, and this is win32 on x64' },
  },
  {
    name: 'the build for Linux, installed from WSL into the same folder',
    build: { 'D:/bad/claude.exe': elf(), ...good },
    path: ['D:/bad', 'D:/good'],
    found: goodFound,
    passedOver: { 'D:/bad/claude.exe': 'is built for Linux, and this is win32 on x64' },
  },
  {
    name: 'a folder named claude.exe',
    build: { 'D:/bad/claude.exe': { folder: true }, ...good },
    path: ['D:/bad', 'D:/good'],
    found: goodFound,
    passedOver: { 'D:/bad/claude.exe': 'is a directory' },
  },
  {
    name: 'a link of WinGet to a version that it removed',
    build: { [`${local}/Microsoft/WinGet/Links/claude.exe`]: link('../Packages/gone/claude.exe'), ...good },
    path: [`${local}/Microsoft/WinGet/Links`, 'D:/good'],
    found: goodFound,
    passedOver: { [`${local}/Microsoft/WinGet/Links/claude.exe`]: 'is a link to ..\\Packages\\gone\\claude.exe, which does not exist' },
  },
  {
    name: 'the placeholder of npm alone',
    build: { ...secondGeneration('D:/bad', '2.1.197', placeholder), ...good },
    env: { CLAUDE_PATH: 'D:\\bad\\bin\\claude.exe' },
    path: ['D:/good'],
    found: goodFound,
    passedOver: {
      'D:/bad/bin/claude.exe': 'is the placeholder of npm: the native file was never put in its place (named by CLAUDE_PATH)',
    },
  },
]

const viaBatch = (path: string, source: CandidateSource, maker: string) =>
  ({ path, kind: 'cmd', source, reason: `is a batch file of ${maker}; ${path.replaceAll('/', '\\')} is started instead` }) as const

/** Found through the batch file of a package manager. */
const followed: readonly Installation[] = [
  {
    name: 'npm on PATH, second generation: the native file',
    build: viaNpm(npmFolder, secondGeneration),
    path: [npmFolder],
    found: { ...viaBatch(`${ofNpm}/bin/claude.exe`, 'path', 'npm'), run: [`${ofNpm}/bin/claude.exe`], version: '2.1.197' },
  },
  {
    name: 'npm on PATH, first generation: Node and the script',
    build: viaNpm(npmFolder, firstGeneration),
    path: [npmFolder],
    found: { ...viaBatch(`${ofNpm}/cli.js`, 'path', 'npm'), run: [node, `${ofNpm}/cli.js`], version: '1.0.128' },
  },
  {
    name: 'npm with a flag for Node in the first line of the script: the flag is kept',
    build: { [`${ofNpm}/cli.js`]: cliJs, [`${npmFolder}/claude.cmd`]: text(npmScript(`${inModules}/cli.js`, '--no-warnings')) },
    path: [npmFolder],
    found: { ...viaBatch(`${ofNpm}/cli.js`, 'path', 'npm'), run: [node, '--no-warnings', `${ofNpm}/cli.js`] },
  },
  {
    name: 'two installations: the first on PATH, though it is the older one',
    build: { ...viaNpm(npmFolder, firstGeneration), [`${me}/.local/bin/claude.exe`]: exe() },
    path: [npmFolder, `${me}/.local/bin`],
    found: { ...viaBatch(`${ofNpm}/cli.js`, 'path', 'npm'), version: '1.0.128' },
  },
  {
    name: 'npm whose script for the native file never ran: the file of the package beside it',
    build: {
      ...viaNpm(npmFolder, secondGeneration),
      [`${ofNpm}/bin/claude.exe`]: placeholder,
      [`${ofNpm}/node_modules/@anthropic-ai/claude-code-win32-x64/claude.exe`]: exe(),
      [`${ofNpm}/node_modules/@anthropic-ai/claude-code-win32-x64/package.json`]: packageJson(
        '@anthropic-ai/claude-code-win32-x64',
        '2.1.197',
      ),
    },
    path: [npmFolder],
    found: viaBatch(`${ofNpm}/node_modules/@anthropic-ai/claude-code-win32-x64/claude.exe`, 'path', 'npm'),
  },
  {
    name: 'pnpm, second generation',
    build: {
      ...secondGeneration(`${local}/pnpm/global/5/${inModules}`, '2.1.197', exe()),
      [`${local}/pnpm/bin/claude.cmd`]: text(pnpmNative(`../global/5/${inModules}/bin/claude.exe`)),
    },
    found: viaBatch(`${local}/pnpm/global/5/${inModules}/bin/claude.exe`, 'known-place', 'pnpm'),
  },
  {
    name: 'pnpm, first generation, where it tells Node of its folders',
    build: {
      ...firstGeneration(`${local}/pnpm/global/5/${inModules}`),
      [`${local}/pnpm/claude.cmd`]: text(pnpmScript(`global/5/${inModules}/cli.js`)),
    },
    found: {
      ...viaBatch(`${local}/pnpm/global/5/${inModules}/cli.js`, 'known-place', 'pnpm'),
      run: [node, `${local}/pnpm/global/5/${inModules}/cli.js`],
    },
  },
  {
    name: 'Yarn: through its two batch files',
    build: {
      ...firstGeneration(`${local}/Yarn/Data/global/${inModules}`),
      [`${local}/Yarn/Data/global/node_modules/.bin/claude.cmd`]: text(oldScript('../@anthropic-ai/claude-code/cli.js')),
      [`${local}/Yarn/bin/claude.cmd`]: text(oldNative('../Data/global/node_modules/.bin/claude.cmd')),
    },
    found: viaBatch(`${local}/Yarn/Data/global/${inModules}/cli.js`, 'known-place', 'npm or Yarn'),
  },
  {
    name: 'scoop: its batch file for that of npm',
    build: {
      ...viaNpm(`${me}/scoop/persist/nodejs/bin`, secondGeneration),
      [`${me}/scoop/shims/claude.cmd`]: text(scoopBatch(`${me}/scoop/persist/nodejs/bin/claude.cmd`.replaceAll('/', '\\'))),
    },
    path: [`${me}/scoop/shims`],
    found: viaBatch(`${me}/scoop/persist/nodejs/bin/${inModules}/bin/claude.exe`, 'path', 'scoop'),
  },
  {
    name: 'nvm for Windows off PATH: the newest Node that has one',
    build: {
      ...viaNpm(`${roaming}/nvm/v9.11.2`, firstGeneration),
      ...viaNpm(`${roaming}/nvm/v22.2.0`, secondGeneration),
      [`${roaming}/nvm/v24.0.0/node.exe`]: exe(),
    },
    found: viaBatch(`${roaming}/nvm/v22.2.0/${inModules}/bin/claude.exe`, 'known-place', 'npm'),
  },
  {
    name: 'fnm off PATH',
    build: viaNpm(`${roaming}/fnm/node-versions/v20.19.0/installation`, secondGeneration),
    found: viaBatch(`${roaming}/fnm/node-versions/v20.19.0/installation/${inModules}/bin/claude.exe`, 'known-place', 'npm'),
  },
  {
    name: 'Volta: its own batch file asks Volta, that of the package behind it does not',
    build: {
      [`${local}/Volta/bin/claude.cmd`]: text('@echo off\r\nvolta run %~n0 %*\r\n'),
      ...viaNpm(`${local}/Volta/tools/image/packages/@anthropic-ai/claude-code`, secondGeneration),
    },
    path: [`${local}/Volta/bin`],
    found: viaBatch(`${local}/Volta/tools/image/packages/@anthropic-ai/claude-code/${inModules}/bin/claude.exe`, 'known-place', 'npm'),
    passedOver: { [`${local}/Volta/bin/claude.cmd`]: 'is a batch file, which only a shell can run' },
  },
  {
    name: 'a PowerShell script of npm that a variable names',
    build: viaNpm(npmFolder, firstGeneration),
    env: { CLAUDE_CLI_PATH: `${npmFolder}/claude.ps1`.replaceAll('/', '\\') },
    found: {
      path: `${ofNpm}/cli.js`,
      kind: 'cmd',
      source: 'env',
      run: [node, `${ofNpm}/cli.js`],
      reason: `is a PowerShell script of npm or pnpm; ${ofNpm.replaceAll('/', '\\')}\\cli.js is started instead (named by CLAUDE_CLI_PATH)`,
    },
  },
  {
    name: 'a batch file of npm that lost its package',
    build: { 'D:/bad/claude.cmd': text(npmNative(`${inModules}/bin/claude.exe`)), ...good },
    path: ['D:/bad', 'D:/good'],
    found: goodFound,
    passedOver: {
      'D:/bad/claude.cmd': `is a batch file of npm; D:\\bad\\${inModules.replaceAll('/', '\\')}\\bin\\claude.exe, which it starts, does not exist`,
    },
  },
  {
    name: 'a batch file of npm that starts its placeholder, without a package beside it',
    build: { ...viaNpm('D:/bad', secondGeneration), [`D:/bad/${inModules}/bin/claude.exe`]: placeholder, ...good },
    path: ['D:/bad', 'D:/good'],
    found: goodFound,
    passedOver: {
      'D:/bad/claude.cmd': `is a batch file of npm; D:\\bad\\${inModules.replaceAll('/', '\\')}\\bin\\claude.exe, which it starts, is the placeholder of npm: the native file was never put in its place`,
    },
  },
]

const spelled = (path: string): string => path.replaceAll('/', '\\')

const surroundingsOf = ({ arch = 'x64', path = [], env = {}, electron }: Installation): Surroundings => ({
  platform: 'win32',
  arch,
  env: {
    Path: path.map(spelled).join(';'),
    PATHEXT: '.COM;.EXE;.BAT;.CMD;.VBS;.JS',
    APPDATA: spelled(roaming),
    LOCALAPPDATA: spelled(local),
    ProgramFiles: 'C:\\Program Files',
    ProgramData: 'C:\\ProgramData',
    ...env,
  },
  execPath: spelled(node),
  home: spelled(me),
  electron: electron && { version: '40.0.0', ...electron },
  versions: { node: '22.0.0' },
})

const search = (installation: Installation): void => {
  disk.root = emptyFolder()
  install(disk.root, { [node]: exe(installation.arch === 'arm64' ? 'arm64' : 'x64'), ...installation.build })
  const seen = lookForClaude({ surroundings: surroundingsOf(installation) })

  const { found, passedOver = {} } = installation
  const reasons = Object.fromEntries(seen.candidates.filter(({ usable }) => !usable).map(({ path, reason }) => [path, reason]))
  expect(reasons).toEqual(Object.fromEntries(Object.entries(passedOver).map(([path, reason]) => [spelled(path), reason])))
  if (found === undefined) {
    expect(seen.path).toBeNull()
    return
  }
  const { path, run, reason, ...rest } = found
  expect(seen).toMatchObject({ ...rest, path: spelled(path), usable: true, ...(run && { run: run.map(spelled) }) })
  const chosen = seen.candidates.filter(({ usable }) => usable)
  expect(chosen).toHaveLength(1)
  if (reason !== undefined) expect(chosen[0]).toMatchObject({ kind: 'cmd', reason })
}

describe.skipIf(process.platform === 'win32')('looking for Claude on Windows', () => {
  it.each([...direct, ...faulty])('$name', search)
})

describe.skipIf(process.platform === 'win32')('looking for Claude on Windows through a batch file', () => {
  it.each(followed)('$name', search)
})

describe.skipIf(process.platform === 'win32')('looking for Node on Windows', () => {
  it.each([
    ['nvm for Windows, the newest', `${roaming}/nvm/v22.11.0/node.exe`, { [`${roaming}/nvm/v9.11.2/node.exe`]: exe() }, '22.11.0'],
    ['Volta', `${local}/Volta/tools/image/node/20.19.0/node.exe`, {}, '20.19.0'],
    ['fnm', `${roaming}/fnm/node-versions/v20.19.0/installation/node.exe`, {}, '20.19.0'],
    ['nvs', `${local}/nvs/node/22.1.0/x64/node.exe`, {}, '22.1.0'],
    ['mise', `${local}/mise/installs/node/22.1.0/node.exe`, {}, '22.1.0'],
    ['scoop', `${me}/scoop/apps/nodejs-lts/current/node.exe`, {}, null],
    ['chocolatey', 'C:/ProgramData/chocolatey/bin/node.exe', {}, null],
    ['its own installer', 'C:/Program Files/nodejs/node.exe', {}, null],
  ] satisfies [string, string, Tree, string | null][])('%s', (_, path, others, version) => {
    disk.root = emptyFolder()
    install(disk.root, { [path]: exe(), ...others })
    const surroundings = { ...surroundingsOf({ name: '', build: {} }), execPath: 'C:\\gone\\node.exe' }
    expect(lookForNode({ surroundings })).toMatchObject({ path: spelled(path), source: 'known-place', kind: 'native', version })
  })
})
