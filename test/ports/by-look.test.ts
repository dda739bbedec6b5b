import { describe, expect, it } from 'vitest'
import { darwinPortOwners } from '../../src/ports/darwin.ts'
import { windowsPortOwners } from '../../src/ports/windows.ts'
import { linuxProcessTable } from '../../src/process/linux.ts'
import type { ProcessRow, ProcessTable } from '../../src/process/table.ts'
import { type Said, systemTools, type Tools } from '../../src/process/tool.ts'
import { freePort, occupy } from '../helpers/ports.ts'
import { scriptedTools } from '../process/scripted-tools.ts'
import { createWorld } from '../process/world.ts'

const row = (pid: number, startTime = '2026-11-20T09:41:00Z'): ProcessRow => ({
  ...{ pid, startTime, bootId: '', ppid: 1, pgid: pid, state: 'S', name: `name-${pid}` },
})
const tableOf = (...rows: ProcessRow[]): ProcessTable => ({ ...linuxProcessTable(), list: async () => rows })
const nothing: Said = { code: 1, text: '', complaint: '' }
const listening = (pid: number, device: string, port = 80) => `p${pid}\nf3\ntIPv4\nd${device}\nn127.0.0.1:${port}\nTST=LISTEN\n`

const mac = (lsof: string | Said | undefined, { rows = [] as ProcessRow[], uid = 501, ids = (): string | Said | undefined => '' } = {}) => {
  const tools = scriptedTools((asked) => (asked.startsWith('/usr/sbin/lsof ') ? lsof : asked.startsWith('/bin/ps ') ? ids() : undefined))
  return { tools, owners: darwinPortOwners(tableOf(...rows), tools, uid) }
}

describe('on macOS', () => {
  it('a look shows the listeners and who holds them: nothing more is asked', async () => {
    const { owners, tools } = mac(listening(7, '0x1') + listening(8, '0x1') + listening(9, '0x2', 81))
    const listeners = await owners.listeners()
    expect(listeners.map(({ port }) => port)).toEqual([80, 81])
    expect((await owners.heldBy([8], listeners)).map(({ port }) => port)).toEqual([80])
    expect(await owners.heldBy([6], listeners)).toEqual([])
    expect(tools.asked).toEqual(['/usr/sbin/lsof -nP -w -iTCP -sTCP:LISTEN -FpftdnT'])
  })

  it.each([
    ['who started first', [row(7, '2026-11-20T09:41:01Z'), row(8)], 8],
    ['not the system manager, which binds for others', [row(1, '2026-01-01T00:00:00Z'), row(8)], 8],
    ['the system manager where nobody else is', [row(1)], 1],
    ['nobody where none of them is known any more', [row(9)], undefined],
  ])('the owner of an inherited listener is %s', async (_, rows, pid) => {
    const { owners } = mac(listening(1, '0x1') + listening(7, '0x1') + listening(8, '0x1'), { rows })
    const [owned] = await owners.ownersOf(await owners.listeners())
    expect(owned).toMatchObject({ port: 80 })
    expect(owned?.owner?.pid).toBe(pid)
  })

  it.each([
    ['no listener at all is an answer', nothing, true],
    ['a complaint is none', { ...nothing, complaint: "lsof: can't get process list" }, false],
    ['no lsof is none', undefined, false],
    ['lsof that crashes is none', { code: 139, text: '', complaint: '' }, false],
  ])('%s', async (_, said, canTell) => {
    const { owners } = mac(said)
    expect(await owners.listeners()).toEqual([])
    expect(await owners.canTell([])).toBe(canTell)
  })

  it.each([
    ['all are of this user', '  501   501\n  501   501\n', true],
    ['all are gone', nothing, true],
    ['one became somebody else', '  501   501\n    0   501\n', false],
    ['one was started by somebody else', '  501     0\n', false],
    ['ps does not say', undefined, false],
  ])('it can tell what processes hold where %s', async (_, ids, canTell) => {
    const { owners } = mac(nothing, { ids: () => ids })
    expect(await owners.canTell([7, 8])).toBe(canTell)
  })

  it('root sees everybody', async () => {
    expect(await mac(nothing, { uid: 0, ids: () => '  501   501\n' }).owners.canTell([7])).toBe(true)
  })

  it('whether it can tell is known from the look before, or from one that is made for it', async () => {
    const { owners, tools } = mac(nothing)
    await owners.canTell([])
    await owners.canTell([])
    expect(tools.asked).toHaveLength(1)
    await owners.listeners()
    await owners.canTell([])
    expect(tools.asked).toHaveLength(2)
  })
})

describe('on Windows', () => {
  const ipv4 = '  TCP    127.0.0.1:80           0.0.0.0:0              LISTENING       7\r\n'
  const ipv6 = '  TCP    [::1]:80               [::]:0                 LISTENING       8\r\n'
  const windows = (answer: Record<string, string | Said | undefined>) => {
    const tools = scriptedTools((asked) => answer[asked.split(' ').at(-1) ?? ''])
    return { tools, owners: windowsPortOwners(tableOf(row(7), row(8)), { SystemRoot: 'D:\\WINNT' }, tools) }
  }

  it('a look shows the listeners of both families and who holds them', async () => {
    const { owners, tools } = windows({ TCP: ipv4, TCPv6: ipv6 })
    const listeners = await owners.listeners()
    expect((await owners.heldBy([8], listeners)).map(({ address }) => address)).toEqual(['::1'])
    expect((await owners.ownersOf(listeners)).map(({ owner }) => owner?.name)).toEqual(['name-7', 'name-8'])
    expect(await owners.canTell([7, 8])).toBe(true)
    expect(tools.asked).toEqual(['D:\\WINNT\\System32\\netstat.exe -ano -p TCP', 'D:\\WINNT\\System32\\netstat.exe -ano -p TCPv6'])
  })

  it.each([
    ['one of both fails', { TCP: ipv4, TCPv6: { ...nothing, text: ipv6 } }, false],
    ['one of both is too slow', { TCP: undefined, TCPv6: ipv6 }, false],
    ['nothing of it is understood', { TCP: '活动连接', TCPv6: '' }, false],
    ['there is no IPv6', { TCP: ipv4, TCPv6: '\r\nActive Connections\r\n' }, true],
  ])('whether it can tell where %s', async (_, answer, canTell) => {
    const { owners } = windows(answer)
    expect((await owners.listeners()).length > 0).toBe(canTell)
    expect(await owners.canTell([])).toBe(canTell)
  })
})

/** The lsof and the ps of this machine, from where they are. */
const real = systemTools({ TZ: 'UTC', LC_CTYPE: 'UTF-8', PATH: '/usr/sbin:/usr/bin:/sbin:/bin' })
const anywhere: Tools = {
  run: (command, args) => real.run('/usr/bin/env', [command.replace(/.*\//, ''), ...args]),
  runNow: real.runNow,
}
const hasTools = ['lsof', 'ps'].every((tool) => real.runNow('/usr/bin/env', ['which', tool])?.code === 0)

describe.runIf(hasTools && process.platform === 'linux')('a real lsof', () => {
  const owners = darwinPortOwners(linuxProcessTable(), anywhere)

  it.each([
    ['127.0.0.1', 'ipv4', '127.0.0.1'],
    ['0.0.0.0', 'ipv4', '0.0.0.0'],
    ['::1', 'ipv6', '::1'],
    ['::', 'ipv6', '::'],
  ])('shows a listener on %s, and whose it is', async (host, family, address) => {
    const port = await freePort()
    await using _occupant = await occupy(port, host)
    const mine = (await owners.listeners()).filter((listener) => listener.port === port)
    expect(mine).toEqual([expect.objectContaining({ family, address, port })])
    expect(await owners.heldBy([process.pid], mine)).toEqual(mine)
    expect(await owners.heldBy([process.ppid], mine)).toEqual([])
    expect((await owners.ownersOf(mine))[0]?.owner?.pid).toBe(process.pid)
    expect(await owners.canTell([process.pid])).toBe(true)
  })

  it('shows an inherited listener once, and names who bound it', async () => {
    await using world = createWorld()
    const { pid, said } = await world.node(`
      const server = require('net').createServer().listen(0, '127.0.0.1', () => {
        const heir = require('child_process').spawn('sleep', ['1000'], { stdio: ['ignore', 'ignore', 'ignore', server._handle] })
        heir.on('spawn', () => console.log(JSON.stringify({ heir: heir.pid, port: server.address().port })))
      })`)
    const { heir, port } = JSON.parse(said) as { heir: number; port: number }
    const shared = (await owners.listeners()).filter((listener) => listener.port === port)
    expect(shared).toHaveLength(1)
    expect(await owners.heldBy([heir], shared)).toEqual(await owners.heldBy([pid], shared))
    expect((await owners.ownersOf(shared))[0]?.owner?.pid).toBe(pid)
  })
})
