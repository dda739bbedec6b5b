import { describe, expect, it } from 'vitest'
import { compareVersions } from '../../src/detect/compare-versions.ts'
import { expandPlaces } from '../../src/detect/expand-places.ts'
import { knownPlaces } from '../../src/detect/known-places.ts'
import type { Surroundings } from '../../src/detect/surroundings.ts'
import { emptyFolder, install } from './installed.ts'

const on = (platform: NodeJS.Platform, home: string, env: Surroundings['env'] = {}): Surroundings => ({
  platform,
  arch: 'x64',
  env,
  execPath: '',
  home,
  versions: {},
})

const windows = {
  AppData: 'C:\\Users\\me\\AppData\\Roaming',
  LOCALAPPDATA: 'C:\\Users\\me\\AppData\\Local',
  NVM_SYMLINK: 'C:\\nvm\\nodejs',
  NVM_HOME: 'C:\\nvm',
  ProgramFiles: 'C:\\Program Files',
}

describe('known places', () => {
  it('on macOS begins with the native installer and knows every manager and Homebrew', () => {
    const places = knownPlaces('claude', on('darwin', '/Users/me'))
    expect(places.slice(0, 3)).toEqual([
      '/Users/me/.local/bin/claude',
      '/Users/me/.local/share/claude/versions/*',
      '/Users/me/.claude/local/claude',
    ])
    expect(places).toEqual(
      expect.arrayContaining([
        '/opt/homebrew/bin/claude',
        '/opt/homebrew/Caskroom/claude-code*/*/claude',
        '/Users/me/.nvm/versions/node/*/bin/claude',
        '/Users/me/.volta/bin/claude',
        '/Users/me/Library/Application Support/fnm/node-versions/*/installation/bin/claude',
        '/Users/me/.asdf/shims/claude',
        '/Users/me/.local/share/mise/shims/claude',
        '/Users/me/Library/pnpm/claude',
        '/Users/me/.bun/bin/claude',
      ]),
    )
  })

  it('on Linux follows the variables of the managers, and leaves out what is no whole path', () => {
    const env = { PNPM_HOME: '/data/pnpm', NVM_DIR: 'relative/nvm', XDG_DATA_HOME: '/data' }
    const places = knownPlaces('node', on('linux', '/home/me', env))
    expect(places).toContain('/data/pnpm/node')
    expect(places).toContain('/data/fnm/node-versions/*/installation/bin/node')
    expect(places.filter((place) => !place.startsWith('/'))).toEqual([])
    expect(places.join('\n')).not.toContain('relative')
  })

  it('on Windows names files that can be started: what npm installed before the batch file that starts it', () => {
    const places = knownPlaces('claude', on('win32', 'C:\\Users\\me', windows))
    const npm = places.filter((place) => place.startsWith('C:\\Users\\me\\AppData\\Roaming\\npm'))
    expect(npm).toEqual([
      'C:\\Users\\me\\AppData\\Roaming\\npm\\node_modules\\@anthropic-ai\\claude-code\\bin\\claude.exe',
      'C:\\Users\\me\\AppData\\Roaming\\npm\\node_modules\\@anthropic-ai\\claude-code\\cli.js',
      'C:\\Users\\me\\AppData\\Roaming\\npm\\claude.exe',
      'C:\\Users\\me\\AppData\\Roaming\\npm\\claude.cmd',
    ])
    expect(places[0]).toBe('C:\\Users\\me\\.local\\bin\\claude.exe')
    expect(places.filter((place) => place.endsWith('\\claude'))).toEqual([])
    expect(knownPlaces('node', on('win32', 'C:\\Users\\me', windows))).toEqual(
      expect.arrayContaining(['C:\\nvm\\nodejs\\node.exe', 'C:\\nvm\\*\\node.exe', 'C:\\Program Files\\nodejs\\node.exe']),
    )
  })

  it('for Node begin with what version managers installed: a shim may have nothing to pick', () => {
    const places = knownPlaces('node', on('linux', '/home/me'))
    const order = (place: string): number => places.indexOf(place)
    for (const place of ['/home/me/.asdf/installs/nodejs/*/bin/node', '/home/me/.local/share/mise/installs/node/*/bin/node']) {
      expect(order(place)).toBeGreaterThanOrEqual(0)
      expect(order(place)).toBeLessThan(order('/home/me/.asdf/shims/node'))
    }
    expect(places).toEqual(
      expect.arrayContaining([
        '/usr/local/n/versions/node/*/bin/node',
        '/home/me/.nodenv/versions/*/bin/node',
        '/home/me/.nvs/node/*/*/bin/node',
        '/home/linuxbrew/.linuxbrew/opt/node@*/bin/node',
        '/nix/var/nix/profiles/default/bin/node',
        '/snap/bin/node',
      ]),
    )
  })

  it('have a variable in the middle filled, and are left out where it is not set', () => {
    const perUser = (env: Surroundings['env']): string[] =>
      knownPlaces('claude', on('linux', '/home/me', env)).filter((place) => place.startsWith('/etc/profiles'))
    expect(perUser({ USER: 'me' })).toEqual(['/etc/profiles/per-user/me/bin/claude'])
    expect(perUser({})).toEqual([])
    expect(perUser({ USER: '' })).toEqual([])
  })

  it('of any other command are the folders, whatever it is called', () => {
    const places = knownPlaces('toString', on('linux', '/home/me'))
    expect(places).toContain('/home/me/.local/bin/toString')
    expect(places.filter((place) => !place.endsWith('/toString'))).toEqual([])
    const onWindows = knownPlaces('toString', on('win32', 'C:\\Users\\me', windows))
    expect(onWindows.filter((place) => !/\\toString\.(?:exe|cmd)$/.test(place))).toEqual([])
  })

  it('without a home folder has no place below it', () => {
    const places = knownPlaces('claude', on('linux', ''))
    expect(places).toContain('/usr/bin/claude')
    expect(places.filter((place) => place.startsWith('/.') || place.startsWith('/bin/../'))).toEqual([])
  })
})

describe.skipIf(process.platform === 'win32')('what a place with stars stands for', () => {
  it('is every version there, newest first, below every folder whose name begins so', () => {
    const root = emptyFolder()
    install(root, {
      'opt/node@20/bin': { folder: true },
      'opt/node@9/bin': { folder: true },
      'opt/node-gyp/bin': { folder: true },
      'cask/claude/2.1.9': { folder: true },
      'cask/claude/2.1.10': { folder: true },
      'cask/claude@latest/2.2.0': { folder: true },
    })
    const places = ['/opt/node@*/bin/node', '/cask/claude*/*/claude', '/gone/*/node', '/plain/node'].map((place) => root + place)
    expect([...expandPlaces(places)].map((place) => place.slice(root.length))).toEqual([
      '/opt/node@20/bin/node',
      '/opt/node@9/bin/node',
      '/cask/claude@latest/2.2.0/claude',
      '/cask/claude/2.1.10/claude',
      '/cask/claude/2.1.9/claude',
      '/plain/node',
    ])
  })
})

describe('the order of versions', () => {
  it.each([
    [
      ['2.1.9', '2.1.10'],
      ['2.1.10', '2.1.9'],
    ],
    [
      ['v9.11.2', 'v22.2.0', 'v20.19.0'],
      ['v22.2.0', 'v20.19.0', 'v9.11.2'],
    ],
    [
      ['2.1.10-beta.2', '2.1.10', '2.1.10-beta.10'],
      ['2.1.10', '2.1.10-beta.10', '2.1.10-beta.2'],
    ],
    [
      ['latest', '22', '22.11.0', 'lts'],
      ['22.11.0', '22', 'lts', 'latest'],
    ],
  ])('%j, newest first', (versions, sorted) => {
    expect(versions.toSorted((a, b) => compareVersions(b, a))).toEqual(sorted)
  })
})
