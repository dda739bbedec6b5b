import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isBarePath, type RepairInput, repairPath, standardFolders } from '../../src/detect/repair-path.ts'

const repair = (input: Partial<RepairInput>): string => repairPath({ path: undefined, knownFolders: [], platform: 'linux', ...input })

describe('a repaired PATH', () => {
  it("has the shell's folders in their order, then what this process has beyond them", () => {
    const shellFolders = ['/me/.nvm/bin', '/usr/bin', '/bin']
    expect(repair({ path: '/bin:/usr/bin:/app/tools', shellFolders, knownFolders: ['/opt/known'] })).toBe(
      '/me/.nvm/bin:/usr/bin:/bin:/app/tools',
    )
  })

  it.each([undefined, [], ['relative', '']])(
    'without a word of the shell (%j) has its own first, then the known folders',
    (shellFolders) => {
      expect(repair({ path: '/usr/bin:/bin', shellFolders, knownFolders: ['/opt/homebrew/bin', '/bin'] })).toBe(
        '/usr/bin:/bin:/opt/homebrew/bin',
      )
    },
  )

  it('has nothing that means the working directory, and nothing that would be two entries', () => {
    expect(repair({ path: ':/a::.:b:', shellFolders: ['c', '/d', '/e:/f'] })).toBe('/d:/a')
    expect(repair({ path: '.', knownFolders: ['~/bin', '/g'] })).toBe('/g')
  })

  it('has a folder once, however it is spelled', () => {
    expect(repair({ path: '/a/:/b', shellFolders: ['/a', '/b//', '/'] })).toBe('/a:/b//:/')
    expect(repair({ path: 'C:\\Tools;c:\\tools\\;"C:\\My Tools"', knownFolders: ['c:/TOOLS', 'D:\\'], platform: 'win32' })).toBe(
      'C:\\Tools;C:\\My Tools;D:\\',
    )
  })

  it('is empty where nobody has any', () => {
    expect(repair({})).toBe('')
  })
})

const segment = fc.constantFrom('a', 'b', 'c', 'usr', 'bin', '.', ' ')
const entry = fc.oneof(
  fc.array(segment, { maxLength: 3 }).map((parts) => `/${parts.join('/')}`),
  fc.array(segment, { minLength: 1, maxLength: 2 }).map((parts) => `/${parts.join('/')}/`),
  fc.constantFrom('', '.', 'a', './b'),
)
const inputs = fc.record({
  path: fc.option(
    fc.array(entry).map((entries) => entries.join(':')),
    { nil: undefined },
  ),
  shellFolders: fc.option(fc.array(entry), { nil: undefined }),
  knownFolders: fc.array(entry),
  platform: fc.constantFrom<NodeJS.Platform>('linux', 'darwin'),
})
const spelledAlike = (folder: string): string => (folder.length > 1 ? folder.replace(/\/+$/, '') || '/' : folder)

describe('every repaired PATH', () => {
  it('needs no other repair', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const path = repairPath(input)
        expect(repairPath({ ...input, path })).toBe(path)
      }),
    )
  })

  it('keeps what the process has, in its order, unless the shell says where it comes', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const repaired = repairPath(input).split(':').map(spelledAlike)
        const own = (input.path ?? '')
          .split(':')
          .filter((folder) => folder.startsWith('/'))
          .map(spelledAlike)
        for (const folder of own) expect(repaired).toContain(folder)
        const shell = new Set((input.shellFolders ?? []).map(spelledAlike))
        const beyond = [...new Set(own)].filter((folder) => !shell.has(folder))
        expect(repaired.filter((folder) => beyond.includes(folder))).toEqual(beyond)
      }),
    )
  })

  it('has absolute folders only, each once', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const folders = repairPath(input)
          .split(':')
          .filter((folder) => folder !== '')
        expect(folders.filter((folder) => !folder.startsWith('/'))).toEqual([])
        expect(new Set(folders.map(spelledAlike)).size).toBe(folders.length)
      }),
    )
  })
})

describe('a bare PATH', () => {
  it.each<[string, string | undefined, NodeJS.Platform]>([
    ['of launchd', '/usr/bin:/bin:/usr/sbin:/sbin', 'darwin'],
    [
      'of macOS, for a login',
      '/usr/local/bin:/System/Cryptexes/App/usr/bin:/usr/bin:/bin:/var/run/com.apple.security.cryptexd/codex.system/bootstrap/usr/bin',
      'darwin',
    ],
    ['of GNOME', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/games:/usr/local/games:/snap/bin', 'linux'],
    ['of Windows', 'C:\\Windows\\system32;C:\\Windows;C:\\Windows\\System32\\Wbem;C:\\WINDOWS\\System32\\OpenSSH\\', 'win32'],
    ['that is empty', '', 'linux'],
    ['that is not there', undefined, 'darwin'],
    ['with the working directory', ':.:/bin/', 'linux'],
  ])('is one %s', (_, path, platform) => {
    expect(isBarePath(path, platform)).toBe(true)
  })

  it.each<[string, NodeJS.Platform]>([
    ['/usr/bin:/opt/homebrew/bin', 'darwin'],
    ['/usr/bin:/bin:/home/me/.local/bin', 'linux'],
    ['/usr/bin/more', 'linux'],
    ['/usr/lib/bin', 'linux'],
    ['C:\\Windows;C:\\Program Files\\nodejs', 'win32'],
  ])('is not %s', (path, platform) => {
    expect(isBarePath(path, platform)).toBe(false)
  })
})

describe('the standard folders', () => {
  it("are Homebrew's on macOS, and the user's own first", () => {
    expect(standardFolders('darwin', '/Users/me').slice(0, 4)).toEqual([
      '/Users/me/.local/bin',
      '/Users/me/bin',
      '/opt/homebrew/bin',
      '/opt/homebrew/sbin',
    ])
    expect(standardFolders('linux', '/home/me')).not.toContain('/opt/homebrew/bin')
  })

  it('are none on Windows, and none of a home that is not there', () => {
    expect(standardFolders('win32', 'C:\\Users\\me')).toEqual([])
    expect(standardFolders('linux', '')).toEqual(expect.not.arrayContaining(['.local/bin', '/.local/bin']))
  })
})
