/**
 * Decides where Claude and Node usually lie, per platform. Pure: lists only; `expand-places.ts` looks.
 *
 * `~` is the home folder, `%NAME%` a variable (the place is left out where it is not set), `*` every folder there whose
 * name goes on so, newest version first.
 */
import { fileNames, pathsOf } from './paths.ts'
import { type Surroundings, variable } from './surroundings.ts'

export type Program = 'claude' | 'node'

const nativeInstaller = [
  '~/.local/bin/claude',
  '%XDG_DATA_HOME%/claude/versions/*',
  '~/.local/share/claude/versions/*',
  '~/.claude/local/claude',
  '~/.claude/local/node_modules/.bin/claude',
]

/** What a version manager installed lies before its shim: the shim picks by folder, and outside a project may have nothing to pick. */
const versions = [
  '%NVM_BIN%',
  '%NVM_DIR%/versions/node/*/bin',
  '~/.nvm/versions/node/*/bin',
  '~/.config/nvm/versions/node/*/bin',
  '%FNM_MULTISHELL_PATH%/bin',
  '%FNM_DIR%/node-versions/*/installation/bin',
  '%XDG_DATA_HOME%/fnm/node-versions/*/installation/bin',
  '~/.local/share/fnm/node-versions/*/installation/bin',
  '~/.fnm/node-versions/*/installation/bin',
  '~/Library/Application Support/fnm/node-versions/*/installation/bin',
  '%ASDF_DATA_DIR%/installs/nodejs/*/bin',
  '~/.asdf/installs/nodejs/*/bin',
  '%MISE_DATA_DIR%/installs/node/*/bin',
  '%XDG_DATA_HOME%/mise/installs/node/*/bin',
  '~/.local/share/mise/installs/node/*/bin',
  '%NODENV_ROOT%/versions/*/bin',
  '~/.nodenv/versions/*/bin',
  '%NVS_HOME%/default/bin',
  '%NVS_HOME%/node/*/*/bin',
  '~/.nvs/default/bin',
  '~/.nvs/node/*/*/bin',
]

/** Folders of commands that managers fill, on macOS and Linux alike. */
const managers = [
  '~/.local/bin',
  ...versions,
  '%VOLTA_HOME%/bin',
  '~/.volta/bin',
  '%ASDF_DATA_DIR%/shims',
  '~/.asdf/shims',
  '%MISE_DATA_DIR%/shims',
  '%XDG_DATA_HOME%/mise/shims',
  '~/.local/share/mise/shims',
  '%NODENV_ROOT%/shims',
  '~/.nodenv/shims',
  '%PNPM_HOME%',
  '%PNPM_HOME%/bin',
  '%XDG_DATA_HOME%/pnpm',
  '~/.local/share/pnpm',
  '~/.local/share/pnpm/bin',
  '~/Library/pnpm',
  '~/Library/pnpm/bin',
  '~/.yarn/bin',
  '~/.config/yarn/global/node_modules/.bin',
  '%BUN_INSTALL%/bin',
  '~/.bun/bin',
  '%NPM_CONFIG_PREFIX%/bin',
  '%npm_config_prefix%/bin',
  '~/.npm-global/bin',
  '~/.npm-packages/bin',
  '%N_PREFIX%/bin',
  '~/.n/bin',
  '~/n/bin',
]

const nix = [
  '~/.nix-profile/bin',
  '%XDG_STATE_HOME%/nix/profile/bin',
  '~/.local/state/nix/profile/bin',
  '/etc/profiles/per-user/%USER%/bin',
  '/nix/var/nix/profiles/default/bin',
  '/run/current-system/sw/bin',
]

const macBrew = ['/opt/homebrew', '/usr/local']
const linuxBrew = ['/home/linuxbrew/.linuxbrew', '~/.linuxbrew']

const macFolders = ['/opt/homebrew/bin', '/usr/local/bin', '/opt/local/bin', ...nix, '~/bin']

const linuxFolders = [
  ...linuxBrew.map((prefix) => `${prefix}/bin`),
  '/usr/local/bin',
  '/usr/bin',
  '/bin',
  '/snap/bin',
  '/var/lib/snapd/snap/bin',
  ...nix,
  '~/bin',
]

const windowsFolders = [
  '~/.local/bin',
  '%NPM_CONFIG_PREFIX%',
  '%APPDATA%/npm',
  '%LOCALAPPDATA%/Microsoft/WinGet/Links',
  '%ProgramFiles%/WinGet/Links',
  '%SCOOP%/shims',
  '~/scoop/shims',
  '%SCOOP_GLOBAL%/shims',
  '%ProgramData%/scoop/shims',
  ...['%SCOOP%', '~/scoop'].flatMap((root) => [`${root}/apps/nodejs*/current`, `${root}/apps/nodejs*/current/bin`]),
  '%NVM_SYMLINK%',
  '%NVM_HOME%/*',
  '%APPDATA%/nvm/*',
  '%LOCALAPPDATA%/nvm/*',
  'C:/nvm4w/nodejs',
  '%FNM_MULTISHELL_PATH%',
  '%FNM_DIR%/node-versions/*/installation',
  '%APPDATA%/fnm/node-versions/*/installation',
  '%LOCALAPPDATA%/fnm/node-versions/*/installation',
  '%LOCALAPPDATA%/mise/installs/node/*',
  '%NVS_HOME%/default',
  '%NVS_HOME%/node/*/*',
  '%LOCALAPPDATA%/nvs/default',
  '%LOCALAPPDATA%/nvs/node/*/*',
  '%VOLTA_HOME%/bin',
  '%LOCALAPPDATA%/Volta/bin',
  '%LOCALAPPDATA%/mise/shims',
  '%PNPM_HOME%',
  '%PNPM_HOME%/bin',
  '%LOCALAPPDATA%/pnpm',
  '%LOCALAPPDATA%/pnpm/bin',
  '%LOCALAPPDATA%/Yarn/bin',
  '%BUN_INSTALL%/bin',
  '~/.bun/bin',
  '%ProgramFiles%/nodejs',
  '%ProgramFiles(x86)%/nodejs',
  '%ChocolateyInstall%/bin',
  '%ProgramData%/chocolatey/bin',
]

/** npm on Windows puts a `.cmd` into its folder; what that starts lies below. */
const windowsPackages = ['%APPDATA%/npm', '%NVM_SYMLINK%', '%ProgramFiles%/nodejs'].flatMap((prefix) =>
  ['bin/claude.exe', 'cli.js'].map((file) => `${prefix}/node_modules/@anthropic-ai/claude-code/${file}`),
)

const windowsVolta = ['%VOLTA_HOME%', '%LOCALAPPDATA%/Volta']
const voltaPackage = 'tools/image/packages/@anthropic-ai/claude-code'

/** Places of one program only, before the folders. */
const own: Readonly<Record<Program, (platform: NodeJS.Platform) => readonly string[]>> = {
  claude: (platform) => {
    if (platform === 'win32') {
      return [
        '~/.local/bin/claude.exe',
        '~/.claude/local/claude.exe',
        ...windowsPackages,
        ...windowsVolta.map((root) => `${root}/${voltaPackage}/claude.cmd`),
        // The link that WinGet makes needs a right that most users do not have.
        '%LOCALAPPDATA%/Microsoft/WinGet/Packages/Anthropic.ClaudeCode_*/claude.exe',
        '%ProgramFiles%/WinGet/Packages/Anthropic.ClaudeCode_*/claude.exe',
        ...['%SCOOP%', '~/scoop', '%SCOOP_GLOBAL%', '%ProgramData%/scoop'].map((root) => `${root}/apps/claude-code/current/claude.exe`),
      ]
    }
    const brew = platform === 'darwin' ? macBrew : linuxBrew
    return [
      ...nativeInstaller,
      ...brew.map((prefix) => `${prefix}/Caskroom/claude-code*/*/claude`),
      ...['%MISE_DATA_DIR%', '~/.local/share/mise'].flatMap((root) => [
        `${root}/installs/npm-anthropic-ai-claude-code/*/bin/claude`,
        `${root}/installs/claude/*/bin/claude`,
        `${root}/installs/claude/*/claude`,
      ]),
      ...['%VOLTA_HOME%', '~/.volta'].map((root) => `${root}/${voltaPackage}/bin/claude`),
    ]
  },
  node: (platform) => {
    if (platform === 'win32') return windowsVolta.map((root) => `${root}/tools/image/node/*/node.exe`)
    const brew = platform === 'darwin' ? macBrew : linuxBrew
    return [
      ...['%VOLTA_HOME%', '~/.volta'].map((root) => `${root}/tools/image/node/*/bin/node`),
      ...versions.map((folder) => `${folder}/node`),
      ...['%PNPM_HOME%', '~/.local/share/pnpm', '~/Library/pnpm'].map((root) => `${root}/nodejs/*/bin/node`),
      ...['%N_PREFIX%', '~/n', '~/.n', '/usr/local'].map((root) => `${root}/n/versions/node/*/bin/node`),
      // A version of its own is "keg-only": Homebrew links it into no folder of PATH.
      ...brew.flatMap((prefix) => [`${prefix}/opt/node/bin/node`, `${prefix}/opt/node@*/bin/node`]),
      '/usr/local/lib/nodejs/node-v*/bin/node',
    ]
  },
}

/** Last: kept by the desktop app for itself, and replaced whenever that likes. */
const lastOfAll: Readonly<Record<Program, readonly string[]>> = {
  claude: ['%APPDATA%/Claude/claude-code/*/claude.exe'],
  node: [],
}

const foldersOf = (platform: NodeJS.Platform): readonly string[] => {
  if (platform === 'win32') return windowsFolders
  return [...managers, ...(platform === 'darwin' ? macFolders : linuxFolders)]
}

const isProgram = (name: string): name is Program => Object.hasOwn(own, name)

/** undefined: a variable that it needs is not set, or does not make it a whole path. */
const fill = (place: string, surroundings: Surroundings): string | undefined => {
  const { isAbsolute, normalize } = pathsOf(surroundings.platform)
  let complete = true
  const value = (found: string | undefined): string => {
    complete &&= found !== undefined && found !== ''
    return found ?? ''
  }
  const path = place
    .replace(/^~/, () => value(surroundings.home))
    .replace(/%([^%]+)%/g, (_, name: string) => value(variable(surroundings, name)))
  return complete && isAbsolute(path) ? normalize(path) : undefined
}

/** Paths in the order to try them; a `*` in one stands for versions. @param program `claude` and `node` have places of their own, any other command the folders. */
export const knownPlaces = (program: string, surroundings: Surroundings): string[] => {
  const { platform } = surroundings
  const names = fileNames(program, surroundings)
  const folders = foldersOf(platform).flatMap((folder) => names.map((name) => `${folder}/${name}`))
  const [first, last] = isProgram(program) ? [own[program](platform), platform === 'win32' ? lastOfAll[program] : []] : [[], []]
  const filled = [...first, ...folders, ...last].flatMap((place) => fill(place, surroundings) ?? [])
  return [...new Set(filled)]
}
