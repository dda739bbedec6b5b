/** Who may be asked for, by whom, and how. The last ones matter to a proxy on the machine of its user: any page can call it. */
import { fail, pass, when } from '../lib/kit.mjs'

const isRefused = ({ status, end }) => (status >= 400 && status < 600) || end === 'none'

const wordsOf = ({ status, end }) => (status > 0 ? `status ${status}` : end)

/** Sends a request as it is; the backend may see it only as `fits` says. */
const sent =
  (text, fits = () => undefined) =>
  async (kit) => {
    const connection = await kit.open()
    connection.send(text(kit))
    const answer = await connection.answer('GET', 800)
    const request = await kit.wait('request', 150)
    if (request === undefined) return when(isRefused(answer), `refused, ${wordsOf(answer)}`)
    const wrong = fits(request, kit)
    return wrong === undefined ? pass(`passed on, ${wordsOf(answer)}`) : fail(wrong)
  }

const never = () => 'passed on'

const lines = (...all) => `${all.join('\r\n')}\r\n\r\n`

/** Nothing of it may happen: it must not even arrive. */
const kept = (request) => async (kit) => {
  const answer = await kit.ask({ path: kit.play('echo'), ...request(kit) })
  const arrived = (await kit.wait('request', 150)) !== undefined
  return when(!arrived && isRefused(answer), `${arrived ? 'arrived' : 'refused'}, ${wordsOf(answer)}`)
}

const evil = 'http://evil.example'

export const hosts = [
  {
    name: 'absolute-form',
    expected: 'a target with scheme and host: refused, or the path alone is passed on',
    run: sent(
      (kit) => lines(`GET http://evil.example${kit.play('echo')} HTTP/1.1`, 'Host: evil.example', `X-Kit-Id: ${kit.id}`),
      ({ target, fields }, kit) =>
        target !== kit.play('echo') ? `passed on as ${target}` : fields.some(([, value]) => value === 'kit') ? 'as it was' : undefined,
    ),
  },
  {
    name: 'two-slashes',
    expected: 'a target that begins with //: refused, or passed on as it is',
    run: sent(
      (kit) => lines('GET //evil.example/path HTTP/1.1', `Host: ${kit.proxy.authority}`, `X-Kit-Id: ${kit.id}`),
      ({ target }) => (target === '//evil.example/path' ? undefined : `passed on as ${target}`),
    ),
  },
  {
    name: 'no-slash',
    expected: 'a target that begins with neither / nor a scheme: refused',
    run: sent((kit) => lines('GET @evil.example/path HTTP/1.1', `Host: ${kit.proxy.authority}`, `X-Kit-Id: ${kit.id}`), never),
  },
  {
    name: 'two-hosts',
    expected: 'two Hosts: refused',
    run: sent((kit) => lines(`GET ${kit.play('echo')} HTTP/1.1`, `Host: ${kit.proxy.authority}`, 'Host: evil.example'), never),
  },
  {
    name: 'no-host',
    expected: 'no Host: refused',
    run: sent((kit) => lines(`GET ${kit.play('echo')} HTTP/1.1`, 'Accept: */*'), never),
  },
  {
    name: 'connect',
    expected: 'CONNECT: refused',
    run: sent((kit) => lines('CONNECT evil.example:443 HTTP/1.1', 'Host: evil.example:443', `X-Kit-Id: ${kit.id}`), never),
  },
  {
    name: 'trace',
    expected: 'TRACE: refused',
    run: sent((kit) => lines(`TRACE ${kit.play('echo')} HTTP/1.1`, `Host: ${kit.proxy.authority}`, 'Cookie: secret=1'), never),
  },
  {
    name: 'upgrade-two-slashes',
    expected: 'an upgrade of a target that begins with //: refused, or passed on as it is',
    run: async (kit) => {
      const { answer } = await kit.upgrade({ path: '//evil.example/path', fields: [['X-Kit-Id', kit.id]], ms: 800 })
      const request = await kit.wait('request', 150)
      if (request === undefined) return when(isRefused(answer), `refused, ${wordsOf(answer)}`)
      return when(request.target === '//evil.example/path', `passed on as ${request.target}`)
    },
  },
  {
    name: 'rebinding',
    expected: 'a Host that is not its own (DNS rebinding): refused, nothing arrives',
    run: kept((kit) => ({ host: `evil.example:${kit.proxy.port}` })),
  },
  {
    name: 'rebinding-upgrade',
    expected: 'an upgrade with a Host that is not its own: refused, nothing arrives',
    run: async (kit) => {
      const { answer } = await kit.upgrade({ path: kit.play('socket'), host: `evil.example:${kit.proxy.port}` })
      const arrived = await kit.wait('request', 150)
      return when(arrived === undefined && isRefused(answer), `${arrived ? 'arrived' : 'refused'}, ${wordsOf(answer)}`)
    },
  },
  {
    name: 'foreign-origin',
    expected: 'a POST of a page of another origin: refused, nothing arrives',
    run: kept(() => ({
      method: 'POST',
      body: 'simple',
      fields: [
        ['Origin', evil],
        ['Content-Type', 'text/plain'],
        ['Sec-Fetch-Site', 'cross-site'],
        ['Sec-Fetch-Mode', 'no-cors'],
      ],
    })),
  },
  {
    name: 'foreign-origin-upgrade',
    expected: 'a WebSocket of a page of another origin: refused with a status, nothing arrives',
    run: async (kit) => {
      const { answer } = await kit.upgrade({ path: kit.play('socket'), origin: evil })
      const arrived = await kit.wait('request', 150)
      return when(arrived === undefined && answer.status >= 400, `${arrived ? 'arrived' : 'refused'}, ${wordsOf(answer)}`)
    },
  },
  {
    name: 'no-cors',
    expected: 'a page of another origin is not told that it may read',
    run: async (kit) => {
      const answer = await kit.ask({ path: kit.play('echo'), fields: [['Origin', evil]] })
      const allowed = answer.value('access-control-allow-origin')
      return when(allowed === undefined, allowed === undefined ? wordsOf(answer) : `allows ${allowed}`)
    },
  },
]
