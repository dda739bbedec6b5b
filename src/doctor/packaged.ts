/** Decides what surrounds an app that was started from the desktop, and so its backend. Pure. */
import type { SurroundingsDifference } from './evidence.ts'

export interface OwnSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
  readonly user: string
  readonly cwd: string
  readonly tmp: string
}

export interface Packaged {
  readonly system: NodeJS.Platform
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly stdin: 'pipe' | 'null'
}

/** `--as packaged`: macOS is the strictest. */
export const packagedSystems: Readonly<Record<string, NodeJS.Platform>> = {
  packaged: 'darwin',
  'packaged:darwin': 'darwin',
  'packaged:macos': 'darwin',
  'packaged:linux': 'linux',
  'packaged:windows': 'win32',
  'packaged:win32': 'win32',
}

/** What a session of the desktop has, by name; whatever a shell has set is not among it. */
const desktop: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: ['USER', 'LOGNAME', 'SHELL', 'TMPDIR', 'SSH_AUTH_SOCK', '__CF_USER_TEXT_ENCODING', 'XPC_SERVICE_NAME', 'XPC_FLAGS'],
  linux: [
    ...['USER', 'LOGNAME', 'SHELL', 'LANG', 'DISPLAY', 'WAYLAND_DISPLAY', 'XAUTHORITY', 'DBUS_SESSION_BUS_ADDRESS', 'DESKTOP_SESSION'],
    ...[
      'XDG_RUNTIME_DIR',
      'XDG_CURRENT_DESKTOP',
      'XDG_DATA_DIRS',
      'XDG_CONFIG_DIRS',
      'XDG_SESSION_TYPE',
      'XDG_SESSION_ID',
      'SSH_AUTH_SOCK',
    ],
  ],
  win32: [
    ...['ALLUSERSPROFILE', 'APPDATA', 'COMPUTERNAME', 'ComSpec', 'COMSPEC', 'HOMEDRIVE', 'HOMEPATH', 'LOCALAPPDATA', 'LOGONSERVER'],
    ...['NUMBER_OF_PROCESSORS', 'OS', 'PATHEXT', 'PROCESSOR_ARCHITECTURE', 'ProgramData', 'ProgramFiles', 'ProgramFiles(x86)', 'PUBLIC'],
    ...['SystemDrive', 'SystemRoot', 'TEMP', 'TMP', 'USERDOMAIN', 'USERNAME', 'USERPROFILE', 'windir', 'Path', 'PATH'],
  ],
}

const paths: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  darwin: '/usr/bin:/bin:/usr/sbin:/sbin',
  linux: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/games',
}

export const packagedSurroundings = (system: NodeJS.Platform, own: OwnSurroundings): Packaged => {
  const kept = (desktop[system] ?? []).flatMap((name) => {
    const value = own.env[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  const env: Record<string, string> = Object.fromEntries(kept)
  const path = paths[system]
  if (path !== undefined) env.PATH = path
  if (system !== 'win32') {
    env.HOME = own.home
    if (own.user !== '') Object.assign(env, { USER: own.user, LOGNAME: own.user })
    env.TMPDIR ??= own.tmp
  }
  return { system, env, cwd: cwdOf(system, own), stdin: 'null' }
}

/** launchd starts apps in the root, desktops on Linux at home, Windows where the app is installed. */
const cwdOf = (system: NodeJS.Platform, own: OwnSurroundings): string => {
  if (system === 'darwin') return '/'
  if (system === 'linux') return own.home
  return own.env.SystemRoot ?? own.env.windir ?? own.home
}

/** In the order in which they are tried: the first that cures it explains it. */
export const differences: readonly SurroundingsDifference[] = ['PATH', 'cwd', 'HOME', 'variables', 'stdin', 'ELECTRON_RUN_AS_NODE']

/** The same with one difference set right; undefined where there is none to set right. */
export const repaired = (packaged: Packaged, difference: SurroundingsDifference, own: OwnSurroundings): Packaged | undefined => {
  const { env } = packaged
  const having = (more: Readonly<Record<string, string | undefined>>): Packaged | undefined => {
    const changed = Object.entries(more).filter((entry): entry is [string, string] => entry[1] !== undefined && env[entry[0]] !== entry[1])
    return changed.length === 0 ? undefined : { ...packaged, env: { ...env, ...Object.fromEntries(changed) } }
  }
  switch (difference) {
    case 'PATH':
      return having({ PATH: own.env.PATH })
    case 'cwd':
      return packaged.cwd === own.cwd ? undefined : { ...packaged, cwd: own.cwd }
    case 'HOME':
      return having({ HOME: own.env.HOME })
    case 'variables': {
      const { PATH: _path, Path: _Path, HOME: _home, ELECTRON_RUN_AS_NODE: _electron, ...rest } = own.env
      return having(rest)
    }
    case 'stdin':
      return packaged.stdin === 'pipe' ? undefined : { ...packaged, stdin: 'pipe' }
    case 'ELECTRON_RUN_AS_NODE':
      return having({ ELECTRON_RUN_AS_NODE: own.env.ELECTRON_RUN_AS_NODE })
  }
}
