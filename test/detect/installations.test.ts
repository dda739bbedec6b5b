import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { lookForClaude } from '../../src/detect/claude.ts'
import type { CandidateSource, ExecutableKind } from '../../src/detect/found.ts'
import type { Surroundings } from '../../src/detect/surroundings.ts'
import {
  cliJs,
  elf,
  emptyFolder,
  exe,
  firstGeneration,
  install,
  link,
  machO,
  packageJson,
  placeholder,
  secondGeneration,
  shScript,
  type Tree,
  text,
} from './installed.ts'
import { disk } from './other-disk.ts'
import { npmNative } from './shims.ts'

vi.mock('node:fs', async (original) => (await import('./other-disk.ts')).otherFs(await original()))

/** Places that every machine has, here each installation's own. */
const mounts = ['/opt/homebrew', '/opt/local', '/home/linuxbrew', '/nix', '/etc/profiles', '/run/current-system', '/snap', '/mnt/c']

interface Installation {
  readonly name: string
  readonly build: Tree
  readonly platform?: NodeJS.Platform
  readonly arch?: string
  /** Entries of PATH below the root, as every path here; one with a leading `=` is taken literally. */
  readonly path?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly bundledFrom?: string
  readonly electron?: { readonly resourcesPath: string }
  /** Relative to the root, where everything in `$` is too. undefined: nothing of this tree is chosen. */
  readonly found?: {
    path: string
    kind: ExecutableKind
    source: CandidateSource
    run?: readonly string[]
    version?: string | null
    healed?: true
    realPath?: string
  }
  readonly passedOver?: Readonly<Record<string, string>>
}

const nvm = 'home/.nvm/versions/node'
const claudeCode = 'lib/node_modules/@anthropic-ai/claude-code'
const viaNpm = (prefix: string, generation: typeof firstGeneration | typeof secondGeneration): Tree => {
  const tree = generation(`${prefix}/${claudeCode}`)
  const target = generation === firstGeneration ? 'cli.js' : 'bin/claude.exe'
  return { ...tree, [`${prefix}/bin/claude`]: link(`../${claudeCode}/${target}`) }
}

/** Managers and package managers, as each of them lays Claude out. */
const installers: readonly Installation[] = [
  {
    name: 'npm global under nvm, first generation: run by Node through its real path',
    build: viaNpm(`${nvm}/v22.11.0`, firstGeneration),
    found: {
      path: `${nvm}/v22.11.0/bin/claude`,
      kind: 'script',
      source: 'known-place',
      run: ['$/runtime/node', `$/${nvm}/v22.11.0/${claudeCode}/cli.js`],
      version: '1.0.128',
    },
  },
  {
    name: 'npm global under nvm, two versions of Node: the newer one',
    build: { ...viaNpm(`${nvm}/v9.11.2`, firstGeneration), ...viaNpm(`${nvm}/v22.2.0`, secondGeneration) },
    found: { path: `${nvm}/v22.2.0/bin/claude`, kind: 'native', source: 'known-place', version: '2.1.197' },
  },
  {
    name: 'npm global under fnm on Linux',
    build: viaNpm('home/.local/share/fnm/node-versions/v20.19.0/installation', secondGeneration),
    found: { path: 'home/.local/share/fnm/node-versions/v20.19.0/installation/bin/claude', kind: 'native', source: 'known-place' },
  },
  {
    name: 'npm global under fnm on macOS',
    platform: 'darwin',
    arch: 'arm64',
    build: viaNpm('home/Library/Application Support/fnm/node-versions/v20.19.0/installation', firstGeneration),
    found: {
      path: 'home/Library/Application Support/fnm/node-versions/v20.19.0/installation/bin/claude',
      kind: 'script',
      source: 'known-place',
    },
  },
  {
    name: 'a shell of fnm, by its variable',
    build: viaNpm('run/fnm_multishells/1_2', secondGeneration),
    env: { FNM_MULTISHELL_PATH: '$/run/fnm_multishells/1_2' },
    found: { path: 'run/fnm_multishells/1_2/bin/claude', kind: 'native', source: 'known-place' },
  },
  {
    name: 'volta: its shim keeps its own name',
    build: { 'home/.volta/bin/volta-shim': elf(), 'home/.volta/bin/claude': link('volta-shim') },
    found: {
      path: 'home/.volta/bin/claude',
      kind: 'shim',
      source: 'known-place',
      run: ['$/home/.volta/bin/claude'],
      realPath: 'home/.volta/bin/claude',
    },
  },
  {
    name: 'asdf: its shim is a wrapper',
    build: { 'home/.asdf/shims/claude': shScript('exec asdf exec claude "$@"') },
    found: { path: 'home/.asdf/shims/claude', kind: 'wrapper', source: 'known-place', run: ['$/home/.asdf/shims/claude'], version: null },
  },
  {
    name: 'mise: its shim keeps its own name',
    build: { 'usr/bin/mise': elf(), 'home/.local/share/mise/shims/claude': link('../../../../../usr/bin/mise') },
    found: { path: 'home/.local/share/mise/shims/claude', kind: 'shim', source: 'known-place' },
  },
  {
    name: 'mise, installed from npm without shims',
    build: viaNpm('home/.local/share/mise/installs/npm-anthropic-ai-claude-code/2.1.197', secondGeneration),
    found: {
      path: 'home/.local/share/mise/installs/npm-anthropic-ai-claude-code/2.1.197/bin/claude',
      kind: 'native',
      source: 'known-place',
    },
  },
  {
    name: 'pnpm global: a wrapper for the shell',
    build: {
      'home/.local/share/pnpm/claude': shScript('exec node "$basedir/global/5/node_modules/@anthropic-ai/claude-code/cli.js" "$@"'),
    },
    found: { path: 'home/.local/share/pnpm/claude', kind: 'wrapper', source: 'known-place' },
  },
  {
    name: 'yarn global: through its two links',
    build: {
      ...firstGeneration('home/.config/yarn/global/node_modules/@anthropic-ai/claude-code'),
      'home/.config/yarn/global/node_modules/.bin/claude': link('../@anthropic-ai/claude-code/cli.js'),
      'home/.yarn/bin/claude': link('../../.config/yarn/global/node_modules/.bin/claude'),
    },
    found: {
      path: 'home/.yarn/bin/claude',
      kind: 'script',
      source: 'known-place',
      realPath: 'home/.config/yarn/global/node_modules/@anthropic-ai/claude-code/cli.js',
    },
  },
  {
    name: 'bun global',
    build: {
      ...secondGeneration('home/.bun/install/global/node_modules/@anthropic-ai/claude-code'),
      'home/.bun/bin/claude': link('../install/global/node_modules/@anthropic-ai/claude-code/bin/claude.exe'),
    },
    found: { path: 'home/.bun/bin/claude', kind: 'native', source: 'known-place', version: '2.1.197' },
  },
  {
    name: 'Homebrew on macOS, found on PATH',
    platform: 'darwin',
    arch: 'arm64',
    build: {
      'opt/homebrew/Caskroom/claude-code/2.1.12/claude': machO(),
      'opt/homebrew/bin/claude': link('../Caskroom/claude-code/2.1.12/claude'),
    },
    path: ['opt/homebrew/bin'],
    found: { path: 'opt/homebrew/bin/claude', kind: 'native', source: 'path', version: '2.1.12' },
  },
  {
    name: 'Homebrew on macOS, a window without its PATH: the cask',
    platform: 'darwin',
    arch: 'arm64',
    build: { 'opt/homebrew/Caskroom/claude-code/2.1.9/claude': machO(), 'opt/homebrew/Caskroom/claude-code/2.1.10/claude': machO() },
    found: { path: '=/opt/homebrew/Caskroom/claude-code/2.1.10/claude', kind: 'native', source: 'known-place', version: '2.1.10' },
  },
  {
    name: 'npm of Homebrew on macOS: the command beside the Cellar',
    platform: 'darwin',
    arch: 'arm64',
    build: {
      ...viaNpm('opt/homebrew', firstGeneration),
      'opt/homebrew/Cellar/node/24.1.0/bin/node': machO(),
      'opt/homebrew/bin/node': link('../Cellar/node/24.1.0/bin/node'),
    },
    found: {
      path: '=/opt/homebrew/bin/claude',
      kind: 'script',
      source: 'known-place',
      realPath: `=/opt/homebrew/${claudeCode}/cli.js`,
      version: '1.0.128',
    },
  },
  {
    name: 'Homebrew on Linux',
    build: viaNpm('home/linuxbrew/.linuxbrew', secondGeneration),
    found: { path: '=/home/linuxbrew/.linuxbrew/bin/claude', kind: 'native', source: 'known-place', version: '2.1.197' },
  },
  {
    name: 'MacPorts',
    platform: 'darwin',
    arch: 'x64',
    build: { ...viaNpm('opt/local', firstGeneration) },
    found: { path: '=/opt/local/bin/claude', kind: 'script', source: 'known-place' },
  },
  {
    name: 'Nix: a profile of the user, whose wrapper lies in the store',
    build: {
      'nix/store/abc-claude-code-2.1.12/bin/claude': shScript('exec -a claude /nix/store/abc-claude-code-2.1.12/bin/.claude-wrapped "$@"'),
      'home/.nix-profile/bin/claude': link('../../../nix/store/abc-claude-code-2.1.12/bin/claude'),
    },
    found: { path: 'home/.nix-profile/bin/claude', kind: 'wrapper', source: 'known-place', run: ['$/home/.nix-profile/bin/claude'] },
  },
  {
    name: 'NixOS: the packages of this user',
    build: { 'etc/profiles/per-user/me/bin/claude': elf() },
    env: { USER: 'me' },
    found: { path: '=/etc/profiles/per-user/me/bin/claude', kind: 'native', source: 'known-place' },
  },
  {
    name: 'Nix: the profile of the machine',
    build: { 'nix/var/nix/profiles/default/bin/claude': elf() },
    found: { path: '=/nix/var/nix/profiles/default/bin/claude', kind: 'native', source: 'known-place' },
  },
  {
    name: 'snap: its command keeps its own name',
    build: { 'usr/bin/snap': elf(), 'snap/bin/claude': link('../../usr/bin/snap') },
    found: { path: '=/snap/bin/claude', kind: 'shim', source: 'known-place', run: ['/snap/bin/claude'], realPath: '=/snap/bin/claude' },
  },
  {
    name: 'npm global under asdf: before its shim, which may have no version to pick',
    build: {
      ...viaNpm('home/.asdf/installs/nodejs/20.19.0', firstGeneration),
      ...viaNpm('home/.asdf/installs/nodejs/22.1.0', secondGeneration),
      'home/.asdf/shims/claude': shScript('exec asdf exec claude "$@"'),
    },
    found: { path: 'home/.asdf/installs/nodejs/22.1.0/bin/claude', kind: 'native', source: 'known-place' },
  },
  {
    name: 'mise, from its registry: the file alone in the folder of its version',
    build: { 'home/.local/share/mise/installs/claude/2.1.9/claude': elf(), 'home/.local/share/mise/installs/claude/2.1.10/claude': elf() },
    found: { path: 'home/.local/share/mise/installs/claude/2.1.10/claude', kind: 'native', source: 'known-place' },
  },
  {
    name: 'volta: what it installed, before its shim',
    build: {
      ...viaNpm('home/.volta/tools/image/packages/@anthropic-ai/claude-code', secondGeneration),
      'home/.volta/bin/volta-shim': elf(),
      'home/.volta/bin/claude': link('volta-shim'),
    },
    found: {
      path: 'home/.volta/tools/image/packages/@anthropic-ai/claude-code/bin/claude',
      kind: 'native',
      source: 'known-place',
      version: '2.1.197',
    },
  },
  {
    name: 'nodenv and nvs: the first of them',
    build: { ...viaNpm('home/.nvs/node/22.1.0/x64', secondGeneration), ...viaNpm('home/.nodenv/versions/20.19.0', firstGeneration) },
    found: { path: 'home/.nodenv/versions/20.19.0/bin/claude', kind: 'script', source: 'known-place' },
  },
  {
    name: 'pnpm 11: its commands one folder deeper',
    build: { 'home/.local/share/pnpm/bin/claude': shScript('exec "$basedir/../global/v11/claude" "$@"') },
    found: { path: 'home/.local/share/pnpm/bin/claude', kind: 'wrapper', source: 'known-place' },
  },
  {
    name: 'native installer: the link to its current version',
    build: {
      'home/.local/share/claude/versions/2.1.9': elf(),
      'home/.local/share/claude/versions/2.1.10': elf(),
      'home/.local/bin/claude': link('../share/claude/versions/2.1.9'),
    },
    found: {
      path: 'home/.local/bin/claude',
      kind: 'native',
      source: 'known-place',
      version: '2.1.9',
      realPath: 'home/.local/share/claude/versions/2.1.9',
    },
  },
  {
    name: 'native installer whose link is broken: 2.1.10 before 2.1.9',
    build: {
      'home/.local/share/claude/versions/2.1.9': elf(),
      'home/.local/share/claude/versions/2.1.10': elf(),
      'home/.local/bin/claude': link('../share/claude/versions/2.1.8'),
    },
    found: { path: 'home/.local/share/claude/versions/2.1.10', kind: 'native', source: 'known-place', version: '2.1.10' },
    passedOver: { 'home/.local/bin/claude': 'is a link to ../share/claude/versions/2.1.8, which does not exist' },
  },
  {
    name: 'local installer: the wrapper in ~/.claude/local',
    build: { 'home/.claude/local/claude': shScript('exec "$HOME/.claude/local/node_modules/.bin/claude" "$@"') },
    found: { path: 'home/.claude/local/claude', kind: 'wrapper', source: 'known-place' },
  },
  {
    name: 'Debian: /usr/bin on PATH',
    build: { ...viaNpm('usr', firstGeneration), 'usr/bin/node': elf() },
    path: ['usr/local/bin', 'usr/bin'],
    found: { path: 'usr/bin/claude', kind: 'script', source: 'path', run: ['$/runtime/node', `$/usr/${claudeCode}/cli.js`] },
  },
  {
    name: 'a first line with flags for Node: they are kept',
    build: { 'bin/claude': text('#!/usr/bin/env -S node --no-warnings --enable-source-maps\n') },
    path: ['bin'],
    found: {
      path: 'bin/claude',
      kind: 'script',
      source: 'path',
      run: ['$/runtime/node', '--no-warnings', '--enable-source-maps', '$/bin/claude'],
    },
  },
  {
    name: 'a script for Node with the line ends of Windows: Node does not mind',
    build: { 'bin/claude': text('#!/usr/bin/env node\r\nrequire("fs")\r\n') },
    path: ['bin'],
    found: { path: 'bin/claude', kind: 'script', source: 'path', run: ['$/runtime/node', '$/bin/claude'] },
  },
]

const sdk = (os: string): string => `node_modules/@anthropic-ai/claude-agent-sdk-${os}/claude`

/** What an app carries with it. */
const bundles: readonly Installation[] = [
  {
    name: 'the native file of the SDK, in the node_modules above the entry script, before PATH; its version counts the SDK, so it is not told',
    build: {
      [`app/${sdk('linux-x64')}`]: elf(),
      'app/node_modules/@anthropic-ai/claude-agent-sdk-linux-x64/package.json': packageJson(
        '@anthropic-ai/claude-agent-sdk-linux-x64',
        '0.3.329',
      ),
      'bin/claude': elf(),
    },
    bundledFrom: 'app/dist/server',
    path: ['bin'],
    found: { path: `app/${sdk('linux-x64')}`, kind: 'native', source: 'bundled', version: null },
  },
  {
    name: 'both builds for Linux: the one whose loader is here',
    build: { [`app/${sdk('linux-x64')}`]: elf('x64', '/nowhere/ld-linux.so.2'), [`app/${sdk('linux-x64-musl')}`]: elf() },
    bundledFrom: 'app',
    found: { path: `app/${sdk('linux-x64-musl')}`, kind: 'native', source: 'bundled' },
    passedOver: { [`app/${sdk('linux-x64')}`]: 'needs the loader /nowhere/ld-linux.so.2, which is not here' },
  },
  {
    name: 'pnpm: the platform package beside the real SDK',
    build: {
      'app/node_modules/.pnpm/sdk@0/node_modules/@anthropic-ai/claude-agent-sdk/sdk.mjs': text(''),
      'app/node_modules/.pnpm/sdk@0/node_modules/@anthropic-ai/claude-agent-sdk-linux-x64/claude': elf(),
      'app/node_modules/@anthropic-ai/claude-agent-sdk': link('../.pnpm/sdk@0/node_modules/@anthropic-ai/claude-agent-sdk'),
    },
    bundledFrom: 'app',
    found: {
      path: 'app/node_modules/.pnpm/sdk@0/node_modules/@anthropic-ai/claude-agent-sdk-linux-x64/claude',
      kind: 'native',
      source: 'bundled',
    },
  },
  {
    name: 'an app bundle: its archive is left, the unpacked folder beside it taken',
    platform: 'darwin',
    arch: 'arm64',
    build: {
      'My.app/Contents/Resources/app.asar': text('archive', 0o644),
      [`My.app/Contents/Resources/app.asar.unpacked/${sdk('darwin-arm64')}`]: machO(),
    },
    bundledFrom: 'My.app/Contents/Resources/app.asar/dist',
    found: { path: `My.app/Contents/Resources/app.asar.unpacked/${sdk('darwin-arm64')}`, kind: 'native', source: 'bundled' },
  },
  {
    name: 'Electron: in its resources',
    platform: 'darwin',
    arch: 'x64',
    build: { 'Resources/app.asar.unpacked/node_modules/@anthropic-ai/claude-code-darwin-x64/claude': machO('x64') },
    electron: { resourcesPath: 'Resources' },
    found: {
      path: 'Resources/app.asar.unpacked/node_modules/@anthropic-ai/claude-code-darwin-x64/claude',
      kind: 'native',
      source: 'bundled',
    },
  },
  {
    name: 'Electron: a script is run by Electron as Node',
    platform: 'darwin',
    arch: 'arm64',
    build: firstGeneration('Resources/app/node_modules/@anthropic-ai/claude-code'),
    electron: { resourcesPath: 'Resources' },
    found: {
      path: 'Resources/app/node_modules/@anthropic-ai/claude-code/cli.js',
      kind: 'script',
      source: 'bundled',
      run: ['$/runtime/node', '$/Resources/app/node_modules/@anthropic-ai/claude-code/cli.js'],
    },
  },
  {
    name: 'the placeholder of npm with its native package beside it: that one',
    build: {
      ...secondGeneration('app/node_modules/@anthropic-ai/claude-code', '2.1.197', placeholder),
      'app/node_modules/@anthropic-ai/claude-code/node_modules/@anthropic-ai/claude-code-linux-x64/claude': elf(),
      'app/node_modules/@anthropic-ai/claude-code/node_modules/@anthropic-ai/claude-code-linux-x64/package.json': packageJson(
        '@anthropic-ai/claude-code-linux-x64',
        '2.1.197',
      ),
    },
    bundledFrom: 'app',
    found: {
      path: 'app/node_modules/@anthropic-ai/claude-code/node_modules/@anthropic-ai/claude-code-linux-x64/claude',
      kind: 'stub',
      source: 'bundled',
      healed: true,
      version: '2.1.197',
      run: ['$/app/node_modules/@anthropic-ai/claude-code/node_modules/@anthropic-ai/claude-code-linux-x64/claude'],
    },
  },
]

const good: Tree = { 'good/claude': elf() }
const goodFound = { path: 'good/claude', kind: 'native', source: 'path' } as const
const notNative = 'is the placeholder of npm: the native file was never put in its place'

/** What must not be chosen; a healthy one follows on PATH. */
const faulty: readonly Installation[] = [
  {
    name: 'two installations: the first on PATH, though it is the older one',
    build: { ...viaNpm('older', firstGeneration), ...viaNpm('newer', secondGeneration) },
    path: ['older/bin', 'newer/bin'],
    found: { path: 'older/bin/claude', kind: 'script', source: 'path', version: '1.0.128' },
  },
  {
    name: 'the placeholder of npm alone',
    build: {
      ...viaNpm('bad', firstGeneration),
      [`bad/${claudeCode}/cli.js`]: placeholder,
      ...good,
      'bad/bin/claude': link(`../${claudeCode}/cli.js`),
    },
    path: ['bad/bin', 'good'],
    found: goodFound,
    passedOver: { 'bad/bin/claude': notNative },
  },
  {
    name: 'another architecture',
    build: { 'bad/claude': elf('arm64'), ...good },
    path: ['bad', 'good'],
    found: goodFound,
    passedOver: { 'bad/claude': 'is built for arm64, and this is linux on x64' },
  },
  {
    name: 'another system',
    build: { 'bad/claude': machO('x64'), ...good },
    path: ['bad', 'good'],
    found: goodFound,
    passedOver: { 'bad/claude': 'is built for macOS, and this is linux on x64' },
  },
  {
    name: 'the loader of another C library',
    build: { 'bad/claude': elf('x64', '/nowhere/ld-musl-x86_64.so.1'), ...good },
    path: ['bad', 'good'],
    found: goodFound,
    passedOver: { 'bad/claude': 'needs the loader /nowhere/ld-musl-x86_64.so.1, which is not here' },
  },
  {
    name: 'a link to nowhere',
    build: { 'bad/claude': link('../gone/claude'), ...good },
    path: ['bad', 'good'],
    found: goodFound,
    passedOver: { 'bad/claude': 'is a link to ../gone/claude, which does not exist' },
  },
  {
    name: 'a link to itself',
    build: { 'bad/claude': link('claude'), ...good },
    path: ['bad', 'good'],
    found: goodFound,
    passedOver: { 'bad/claude': 'cannot be read (ELOOP)' },
  },
  {
    name: 'a folder named claude',
    build: { 'bad/claude': { folder: true }, ...good },
    path: ['bad', 'good'],
    found: goodFound,
    passedOver: { 'bad/claude': 'is a directory' },
  },
  {
    name: 'not executable',
    build: { 'bad/claude': { ...elf(), mode: 0o644 }, ...good },
    path: ['bad', 'good'],
    found: goodFound,
    passedOver: { 'bad/claude': 'is not executable' },
  },
  {
    name: 'a script on PATH that is not executable',
    build: { 'bad/claude': { ...cliJs, mode: 0o644 }, ...good },
    path: ['bad', 'good'],
    found: goodFound,
    passedOver: { 'bad/claude': 'is not executable' },
  },
  {
    name: 'an empty file',
    build: { 'bad/claude': text(''), ...good },
    path: ['bad', 'good'],
    found: goodFound,
    passedOver: { 'bad/claude': 'is empty' },
  },
  {
    name: 'a wrapper whose interpreter is missing',
    build: { 'bad/claude': shScript('', '#!/nowhere/bash'), ...good },
    path: ['bad', 'good'],
    found: goodFound,
    passedOver: { 'bad/claude': 'asks for the interpreter "/nowhere/bash", which is not here' },
  },
  {
    name: 'a wrapper whose program env does not find on PATH',
    build: { 'bad/claude': shScript('', '#!/usr/bin/env fish-of-another-machine'), ...good },
    path: ['bad', 'good'],
    found: goodFound,
    passedOver: { 'bad/claude': 'asks for the interpreter "fish-of-another-machine", which is not here' },
  },
  {
    name: 'a wrapper with the line ends of Windows',
    build: { 'bad/claude': text('#!/bin/sh\r\nexit 0\r\n'), ...good },
    path: ['bad', 'good'],
    found: goodFound,
    passedOver: { 'bad/claude': 'asks for the interpreter "/bin/sh\\r", which is not here' },
  },
  {
    name: 'a batch file',
    build: { 'bad/claude.cmd': text('@ECHO off\r\n'), ...good },
    env: { CLAUDE_PATH: '$/bad/claude.cmd' },
    path: ['good'],
    found: goodFound,
    passedOver: { 'bad/claude.cmd': 'is a batch file, which only a shell can run (named by CLAUDE_PATH)' },
  },
  {
    name: 'inside an archive',
    build: { 'x/app.asar/claude': elf(), ...good },
    path: ['x/app.asar', 'good'],
    found: goodFound,
    passedOver: { 'x/app.asar/claude': 'lies inside an Electron archive, from which nothing can be started' },
  },
  {
    name: 'npm of the Windows around WSL',
    build: good,
    env: { WSL_DISTRO_NAME: 'Debian' },
    path: ['=/mnt/c/Users/me/AppData/Roaming/npm', 'good'],
    found: goodFound,
    passedOver: { '=/mnt/c/Users/me/AppData/Roaming/npm/claude': 'belongs to the Windows around this WSL' },
  },
  {
    name: 'npm of the Windows around WSL, first on PATH with all three of its shims',
    build: {
      ...secondGeneration('mnt/c/npm/node_modules/@anthropic-ai/claude-code', '2.1.197', exe()),
      'mnt/c/npm/claude': shScript(),
      'mnt/c/npm/claude.cmd': text(npmNative('node_modules/@anthropic-ai/claude-code/bin/claude.exe')),
      ...good,
    },
    env: { WSL_DISTRO_NAME: 'Ubuntu' },
    path: ['=/mnt/c/npm', 'good'],
    found: goodFound,
    passedOver: { '=/mnt/c/npm/claude': 'belongs to the Windows around this WSL' },
  },
  {
    name: 'the batch file of npm for Windows, which a variable names',
    build: {
      ...secondGeneration('mnt/c/npm/node_modules/@anthropic-ai/claude-code', '2.1.197', exe()),
      'mnt/c/npm/claude.cmd': text(npmNative('node_modules/@anthropic-ai/claude-code/bin/claude.exe')),
      ...good,
    },
    env: { CLAUDE_PATH: '/mnt/c/npm/claude.cmd' },
    path: ['good'],
    found: goodFound,
    passedOver: { '=/mnt/c/npm/claude.cmd': 'is a batch file, which only a shell can run (named by CLAUDE_PATH)' },
  },
  {
    name: 'every kind of fault in one PATH: each is named',
    build: {
      '1/claude': { folder: true },
      '2/claude': link('gone'),
      '3/claude': elf('arm64'),
      '4/claude': placeholder,
      '5/claude': text(''),
      ...good,
    },
    path: ['1', '2', '3', '4', '5', 'good'],
    found: goodFound,
    passedOver: {
      '1/claude': 'is a directory',
      '2/claude': 'is a link to gone, which does not exist',
      '3/claude': 'is built for arm64, and this is linux on x64',
      '4/claude': notNative,
      '5/claude': 'is empty',
    },
  },
  {
    name: 'a relative entry of PATH',
    build: { 'cwd/bin/claude': elf(), ...good },
    path: ['=bin', '=./bin', '=.', 'good'],
    found: goodFound,
  },
  { name: 'an empty entry of PATH', build: { 'cwd/claude': elf(), ...good }, path: ['=', 'good', '='], found: goodFound },
  {
    name: 'a hostile working directory: its files and its node_modules',
    build: {
      'cwd/claude': elf(),
      'cwd/bin/claude': elf(),
      ...firstGeneration('cwd/node_modules/@anthropic-ai/claude-code'),
      [`cwd/${sdk('linux-x64')}`]: elf(),
      'app/server.js': text(''),
    },
    bundledFrom: 'app',
  },
]

/** What the environment names. */
const named: readonly Installation[] = [
  {
    name: 'CLAUDE_CLI_PATH before CLAUDE_PATH, before what is bundled and PATH',
    build: { 'a/claude': elf(), 'b/claude': elf(), ...good },
    env: { CLAUDE_CLI_PATH: '$/a/claude', CLAUDE_PATH: '$/b/claude' },
    path: ['good'],
    found: { path: 'a/claude', kind: 'native', source: 'env' },
  },
  {
    name: 'a stale variable is passed over, and said so',
    build: good,
    env: { CLAUDE_CLI_PATH: '$/gone/claude' },
    path: ['good'],
    found: goodFound,
    passedOver: { 'gone/claude': 'does not exist (named by CLAUDE_CLI_PATH)' },
  },
  {
    name: 'a relative path in a variable is passed over',
    build: { 'cwd/claude': elf(), ...good },
    env: { CLAUDE_CLI_PATH: './claude' },
    path: ['good'],
    found: goodFound,
    passedOver: { '=./claude': 'is not an absolute path (named by CLAUDE_CLI_PATH)' },
  },
  { name: 'an empty variable is no variable', build: good, env: { CLAUDE_CLI_PATH: '' }, path: ['good'], found: goodFound },
]

const place = (root: string, path: string): string => (path.startsWith('=') ? path.slice(1) : join(root, path))
const filled = (root: string, value: string): string => value.replace(/^\$/, root)

const surroundingsOf = (root: string, { platform = 'linux', arch = 'x64', path = [], env = {}, electron }: Installation): Surroundings => {
  const variables = Object.entries(env).map(([name, value]) => [name, filled(root, value)])
  return {
    platform,
    arch,
    env: { PATH: path.map((entry) => place(root, entry)).join(':'), ...Object.fromEntries(variables) },
    execPath: join(root, 'runtime/node'),
    home: join(root, 'home'),
    electron: electron && { version: '40.0.0', resourcesPath: join(root, electron.resourcesPath) },
    versions: { node: '22.0.0' },
  }
}

describe.skipIf(process.platform === 'win32')('looking for Claude', () => {
  it.each([...installers, ...bundles, ...faulty, ...named])('$name', (installation) => {
    const root = emptyFolder()
    Object.assign(disk, { root, mounts })
    const { platform = 'linux', arch = 'x64', build, found, passedOver = {}, bundledFrom } = installation
    install(root, { 'runtime/node': platform === 'darwin' ? machO(arch) : elf(arch), 'cwd/.keep': text('', 0o644), ...build })
    const before = process.cwd()
    process.chdir(join(root, 'cwd'))
    const seen = lookForClaude({
      surroundings: surroundingsOf(root, installation),
      bundledFrom: bundledFrom === undefined ? [] : [join(root, bundledFrom)],
    })
    process.chdir(before)

    const reasons = Object.fromEntries(seen.candidates.filter(({ usable }) => !usable).map(({ path, reason }) => [path, reason]))
    const expected = Object.entries(passedOver).map(([path, reason]) => [place(root, path), reason])
    // The machine that runs this may have its own Claude in a place that every machine has.
    if (found !== undefined) expect(reasons).toEqual(Object.fromEntries(expected))
    if (found === undefined) return expect(seen.path?.startsWith(root) ?? false).toBe(false)
    const { run, realPath, ...rest } = found
    expect(seen).toMatchObject({ ...rest, path: place(root, found.path), usable: true })
    if (run !== undefined)
      expect(seen).toHaveProperty(
        'run',
        run.map((word) => filled(root, word)),
      )
    if (realPath !== undefined) expect(seen).toHaveProperty('realPath', place(root, realPath))
    const asNode = found.kind === 'script' && installation.electron !== undefined
    expect(seen).toHaveProperty('env', { ELECTRON_RUN_AS_NODE: asNode ? '1' : null, CLAUDECODE: null })
    expect(seen.candidates.filter(({ usable }) => usable)).toHaveLength(1)
  })
})
