/**
 * Decides where Claude and Node usually lie, per platform. Pure: lists only; `expand-places.ts` looks.
 *
 * `~` is the home folder, `%NAME%` a variable (the place is left out where it is not set), `*` every folder there, newest version first.
 */
import { fileNames, pathsOf } from './paths.ts'
import { type Surroundings, variable } from './surroundings.ts'

export type Program = 'claude' | 'node'

const nativeInstaller = [
  '~/.local/bin/claude',
  '~/.local/share/claude/versions/*',
  '~/.claude/local/claude',
  '~/.claude/local/node_modules/.bin/claude',
]

/** Folders of commands that version managers and package managers fill, on macOS and Linux alike. */
const managers = [
  '~/.local/bin',
  '%NVM_BIN%',
  '%NVM_DIR%/versions/node/*/bin',
  '~/.nvm/versions/node/*/bin',
  '~/.config/nvm/versions/node/*/bin',
  '%VOLTA_HOME%/bin',
  '~/.volta/bin',
  '%FNM_MULTISHELL_PATH%/bin',
  '%FNM_DIR%/node-versions/*/installation/bin',
  '%XDG_DATA_HOME%/fnm/node-versions/*/installation/bin',
  '~/.local/share/fnm/node-versions/*/installation/bin',
  '~/Library/Application Support/fnm/node-versions/*/installation/bin',
  '%ASDF_DATA_DIR%/shims',
  '~/.asdf/shims',
  '~/.asdf/installs/nodejs/*/bin',
  '%MISE_DATA_DIR%/shims',
  '%XDG_DATA_HOME%/mise/shims',
  '~/.local/share/mise/shims',
  '~/.local/share/mise/installs/node/*/bin',
  '%PNPM_HOME%',
  '%XDG_DATA_HOME%/pnpm',
  '~/.local/share/pnpm',
  '~/Library/pnpm',
  '~/.yarn/bin',
  '~/.config/yarn/global/node_modules/.bin',
  '%BUN_INSTALL%/bin',
  '~/.bun/bin',
  '%NPM_CONFIG_PREFIX%/bin',
  '~/.npm-global/bin',
  '%N_PREFIX%/bin',
  '~/.n/bin',
  '~/n/bin',
]

const macFolders = ['/opt/homebrew/bin', '/usr/local/bin', '/opt/local/bin', '~/.nix-profile/bin', '/run/current-system/sw/bin', '~/bin']

const linuxFolders = [
  '/home/linuxbrew/.linuxbrew/bin',
  '~/.linuxbrew/bin',
  '/usr/local/bin',
  '/usr/bin',
  '/bin',
  '/snap/bin',
  '~/.nix-profile/bin',
  '/run/current-system/sw/bin',
  '~/bin',
]

const windowsFolders = [
  '~/.local/bin',
  '%APPDATA%/npm',
  '%LOCALAPPDATA%/Microsoft/WinGet/Links',
  '%SCOOP%/shims',
  '~/scoop/shims',
  '%NVM_SYMLINK%',
  '%NVM_HOME%/*',
  '%LOCALAPPDATA%/Volta/bin',
  '%APPDATA%/fnm/node-versions/*/installation',
  '%PNPM_HOME%',
  '%LOCALAPPDATA%/pnpm',
  '~/.bun/bin',
  '%ProgramFiles%/nodejs',
]

/** npm on Windows puts a `.cmd` into its folder; what that starts lies below. */
const windowsPackages = ['%APPDATA%/npm', '%NVM_SYMLINK%', '%ProgramFiles%/nodejs'].flatMap((prefix) =>
  ['bin/claude.exe', 'cli.js'].map((file) => `${prefix}/node_modules/@anthropic-ai/claude-code/${file}`),
)

const own = (program: Program, platform: NodeJS.Platform): readonly string[] => {
  if (platform === 'win32') return program === 'claude' ? ['~/.local/bin/claude.exe', '~/.claude/local/claude.exe', ...windowsPackages] : []
  if (program === 'claude') {
    return platform === 'darwin'
      ? [...nativeInstaller, ...['/opt/homebrew', '/usr/local'].map((prefix) => `${prefix}/Caskroom/claude-code/*/claude`)]
      : nativeInstaller
  }
  // Volta's command picks a version by folder and may have none to pick; these are the versions themselves.
  return ['~/.volta/tools/image/node/*/bin/node', ...(platform === 'darwin' ? ['/opt/homebrew/opt/node/bin/node'] : [])]
}

/** Folders that belong to one program only. */
const ownFolders: Readonly<Record<Program, readonly string[]>> = {
  claude: ['~/.local/share/mise/installs/npm-anthropic-ai-claude-code/*/bin'],
  node: [],
}

const foldersOf = (platform: NodeJS.Platform): readonly string[] => {
  if (platform === 'win32') return windowsFolders
  return [...managers, ...(platform === 'darwin' ? macFolders : linuxFolders)]
}

const fill = (place: string, surroundings: Surroundings): string | undefined => {
  const { isAbsolute, normalize } = pathsOf(surroundings.platform)
  const [, word, rest = ''] = /^(~|%\w+%)?(.*)$/.exec(place)!
  if (word === undefined) return normalize(place)
  const stem = word === '~' ? surroundings.home : variable(surroundings, word.slice(1, -1))
  return stem && isAbsolute(stem) ? normalize(stem + rest) : undefined
}

/** Paths in the order to try them; a `*` in one stands for versions. */
export const knownPlaces = (program: Program, surroundings: Surroundings): string[] => {
  const { platform } = surroundings
  const names = fileNames(program, surroundings)
  const folders = [...ownFolders[program], ...foldersOf(platform)].flatMap((folder) => names.map((name) => `${folder}/${name}`))
  const filled = [...own(program, platform), ...folders].flatMap((place) => fill(place, surroundings) ?? [])
  return [...new Set(filled)]
}
