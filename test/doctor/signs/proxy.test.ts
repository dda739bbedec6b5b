import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { proxyFor } from '../../../src/doctor/signs/proxy.ts'

const corp = 'http://proxy.corp:3128'

describe('the proxy that Node clients take', () => {
  it.each<[string, Record<string, string>, ReturnType<typeof proxyFor>]>([
    ['none is named', {}, null],
    ['one is named', { http_proxy: corp }, { variable: 'http_proxy', host: 'proxy.corp', port: 3128 }],
    ['it is named in capitals', { HTTP_PROXY: corp }, { variable: 'HTTP_PROXY', host: 'proxy.corp', port: 3128 }],
    ['it is for everything', { ALL_PROXY: corp }, { variable: 'ALL_PROXY', host: 'proxy.corp', port: 3128 }],
    ['small letters come first', { HTTP_PROXY: 'http://b:2', http_proxy: 'http://a:1' }, { variable: 'http_proxy', host: 'a', port: 1 }],
    [
      'one for http comes before one for all',
      { all_proxy: 'http://b:2', HTTP_PROXY: 'http://a:1' },
      { variable: 'HTTP_PROXY', host: 'a', port: 1 },
    ],
    ['an empty one is none', { http_proxy: '', HTTP_PROXY: corp }, { variable: 'HTTP_PROXY', host: 'proxy.corp', port: 3128 }],
    ['only that for https is named', { HTTPS_PROXY: corp, https_proxy: corp }, null],
    ['it has no port', { http_proxy: 'http://proxy.corp' }, { variable: 'http_proxy', host: 'proxy.corp', port: 80 }],
    ['it has no scheme', { http_proxy: 'proxy.corp:3128' }, { variable: 'http_proxy', host: 'proxy.corp', port: 3128 }],
    ['it says who logs in', { http_proxy: 'http://ann:pw@proxy.corp:3128/' }, { variable: 'http_proxy', host: 'proxy.corp', port: 3128 }],
    ['it speaks another language', { http_proxy: 'socks5://127.0.0.1:1080' }, null],
    ['it speaks TLS', { http_proxy: 'https://proxy.corp:3128' }, null],
    ['it is no address', { http_proxy: 'http://:::' }, null],
  ])('where %s', (_what, env, expected) => {
    expect(proxyFor('127.0.0.1', 8081, env)).toEqual(expected)
  })

  it.each<[string, string, boolean]>([
    ['127.0.0.1', 'localhost,127.0.0.1,::1', true],
    ['127.0.0.1', 'localhost', false],
    ['localhost', 'localhost 127.0.0.1', true],
    ['127.0.0.1', ' , 127.0.0.1 ,', true],
    ['127.0.0.1', '*', true],
    ['127.0.0.1', '', false],
    ['127.0.0.1', '127.0.0.1:8081', true],
    ['127.0.0.1', '127.0.0.1:9000', false],
    ['api.example.com', '.example.com', true],
    ['api.example.com', 'example.com', true],
    ['example.com', 'example.com', true],
    ['badexample.com', 'example.com', false],
    ['badexample.com', '.example.com', false],
    ['::1', '::1', true],
    ['::1', '[::1]', true],
    ['::1', '127.0.0.1', false],
    ['::1', '[::1]:8081', true],
    ['::1', '[::1]:9000', false],
    ['127.0.0.10', '127.0.0.1', false],
    ['localhost', 'LocalHost', true],
    ['API.example.com', '*.example.com:8081', true],
    ['example.com', ':8081', false],
  ])('of %s with NO_PROXY=%s is not asked: %s', (host, exempt, isExempt) => {
    for (const name of ['NO_PROXY', 'no_proxy']) {
      expect(proxyFor(host, 8081, { http_proxy: corp, [name]: exempt }) === null).toBe(isExempt)
    }
  })

  it('is exempt by small letters, where both are there', () => {
    expect(proxyFor('127.0.0.1', 8081, { http_proxy: corp, no_proxy: '', NO_PROXY: '*' })).not.toBeNull()
  })

  it('has a host and a port, whatever the environment says', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), fc.string(), (value, exempt, host) => {
        const proxy = proxyFor(host, 8081, { http_proxy: value, no_proxy: exempt })
        if (proxy === null) return
        expect(proxy.host).not.toBe('')
        expect(proxy.port).toBeGreaterThanOrEqual(0)
        expect(proxy.port).toBeLessThan(65_536)
      }),
    )
  })
})
