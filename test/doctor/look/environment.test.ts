import { describe, expect, it } from 'vitest'
import { environmentFacts } from '../../../src/doctor/look/environment.ts'

describe('of an environment are told', () => {
  it('all names, in order, and no value of a variable that nobody needs', () => {
    const env = { ZED: '1', ANTHROPIC_API_KEY: 'sk-ant-secret', HOME: '/home/a', gone: undefined }
    const facts = environmentFacts(env, 'linux')
    expect(facts).toEqual({ names: ['ANTHROPIC_API_KEY', 'HOME', 'ZED'], path: [], values: {} })
  })

  it.each<[NodeJS.Platform, Record<string, string>, string[]]>([
    ['linux', { PATH: '/usr/bin::/bin' }, ['/usr/bin', '/bin']],
    ['linux', { Path: '/usr/bin' }, []],
    ['win32', { Path: 'C:\\Windows;C:\\Program Files\\nodejs\\;' }, ['C:\\Windows', 'C:\\Program Files\\nodejs\\']],
  ])('on %s the entries of its PATH: %j', (platform, env, path) => {
    expect(environmentFacts(env, platform).path).toEqual(path)
  })

  it('the values that decide how a backend runs', () => {
    const env = {
      NODE_OPTIONS: '--max-old-space-size=4096 --inspect-brk',
      ELECTRON_RUN_AS_NODE: '1',
      APPIMAGE: '/a.AppImage',
      SNAP: '/snap/a/1',
      FLATPAK_ID: 'org.a.A',
      WSL_DISTRO_NAME: 'Debian',
      CLAUDECODE: '1',
      CLAUDE_CLI_PATH: '/usr/bin/claude',
      NO_PROXY: 'localhost,127.0.0.1',
      no_proxy: '::1',
    }
    expect(environmentFacts(env, 'linux').values).toEqual(env)
  })

  it('on Windows, in whatever letters they are written', () => {
    expect(environmentFacts({ Node_Options: '--inspect', snap: 'x' }, 'win32').values).toEqual({ Node_Options: '--inspect', snap: 'x' })
    expect(environmentFacts({ Node_Options: '--inspect' }, 'linux').values).toEqual({})
  })

  it.each([
    ['http://proxy.example:3128', 'http://proxy.example:3128'],
    ['http://anna:geheim@proxy.example:3128/', 'http://proxy.example:3128/'],
    ['http://anna:ge@hei/m #1@proxy.example:3128', 'http://proxy.example:3128'],
    ['anna:geheim@proxy.example:3128', 'proxy.example:3128'],
    ['socks5h://geheim@proxy.example', 'socks5h://proxy.example'],
    ['proxy.example:3128', 'proxy.example:3128'],
  ])('the proxy of %s, without who logs in', (value, shown) => {
    expect(environmentFacts({ HTTPS_PROXY: value, http_proxy: value, all_proxy: value }, 'linux').values).toEqual({
      HTTPS_PROXY: shown,
      http_proxy: shown,
      all_proxy: shown,
    })
  })

  it('no secret that stands in a value, or by the name of one', () => {
    const { values } = environmentFacts({ NODE_OPTIONS: '--require ./x.js --api-key=abcdef123456', ELECTRON_API_KEY: 'two words' }, 'linux')
    expect(values).toEqual({ NODE_OPTIONS: '--require ./x.js --api-key=[redacted]', ELECTRON_API_KEY: '[redacted]' })
  })
})
