import { describe, expect, it } from 'vitest'
import { systemPath, windowsProcessTable } from '../../src/process/windows.ts'
import { scriptedTools } from './scripted-tools.ts'

const self = process.pid
const item = (pid: number, ppid: number, start: string | null = '2026-11-20T09:41:00.1234567Z') => ({
  ...{ ProcessId: pid, ParentProcessId: ppid, Name: 'node.exe', CommandLine: `node ${pid}.js` },
  ...{ WorkingSetSize: 1024 * pid, KernelModeTime: 10_000, UserModeTime: 20_000, Started: start },
})
const env = { SystemRoot: 'D:\\WINNT' }

/** A Windows on which `items` run; a single one is asked for by its pid. */
const windows = (items: readonly { ProcessId: number }[]) => {
  const tools = scriptedTools((asked) => {
    const pid = /ProcessId=(\d+)/.exec(asked)?.[1]
    if (pid === undefined) return JSON.stringify(items)
    const found = items.find(({ ProcessId }) => ProcessId === Number(pid))
    return found === undefined ? '' : JSON.stringify(found)
  })
  return { tools, table: windowsProcessTable(env, tools) }
}

const row = { pid: self, ppid: 1, pgid: 0, startTime: '2026-11-20T09:41:00.1234567Z', bootId: '', state: '', name: 'node.exe' }

describe('identify', () => {
  it('tells who a process is, to a fraction of a microsecond', () => {
    const { table, tools } = windows([item(self, 1)])
    expect(table.identify(self)).toEqual(row)
    expect(tools.asked[0]).toMatch(
      /^D:\\WINNT\\System32\\WindowsPowerShell\\v1\.0\\powershell\.exe -NoProfile -NonInteractive -Command .*ProcessId=/,
    )
  })

  it.each([
    ['who is not there', []],
    ['whose start Windows does not tell', [item(self, 1, null)]],
  ])('finds nobody in %s', (_, items) => {
    expect(windows(items).table.identify(self)).toBeUndefined()
  })

  it.each([
    ['fails', { code: 1, text: JSON.stringify(item(self, 1)), complaint: 'Access denied' }],
    ['is too slow', undefined],
    ['says something else', 'Windows PowerShell'],
  ])('finds nobody where PowerShell %s', async (_, said) => {
    const table = windowsProcessTable(
      env,
      scriptedTools(() => said),
    )
    expect([table.identify(self), await table.list(), await table.tree(self)]).toEqual([undefined, [], []])
  })

  it.each([0, -1, 2 ** 22 + 1])('starts nothing for %d, whom nobody is', async (pid) => {
    const { table, tools } = windows([item(pid, 1)])
    expect([table.identify(pid), table.usageOf(pid), table.commandOf(pid), await table.tree(pid)]).toEqual([undefined, undefined, '', []])
    expect(tools.asked).toEqual([])
  })
})

describe('the tree', () => {
  const later = '2026-11-20T09:42:00.0000000Z'
  const before = '2026-11-20T09:40:00.0000000Z'

  it('is read with one question, and with it what its members are and use', async () => {
    const { table, tools } = windows([item(self, 1), item(91, self, later), item(92, 91, later)])
    expect((await table.tree(self)).map(({ pid }) => pid)).toEqual([self, 91, 92])
    expect([table.commandOf(92), table.usageOf(92)]).toEqual(['node 92.js', { memoryBytes: 92 * 1024, cpuMs: 3 }])
    expect(tools.asked).toHaveLength(1)
  })

  it('does not hold those whose parent had our pid before us', async () => {
    const { table } = windows([item(self, 1), item(91, self, before), item(92, 91, later)])
    expect((await table.tree(self)).map(({ pid }) => pid)).toEqual([self])
  })
})

it('nobody has a certificate to show, nor a group', async () => {
  const { table } = windows([item(self, 1)])
  expect(table.environmentOf(self, 'PATH')).toBeUndefined()
  expect((await table.list()).map(({ pgid }) => pgid)).toEqual([0])
})

it.each([
  [{ SystemRoot: 'D:\\WINNT' }, 'D:\\WINNT\\System32\\x.exe'],
  [{ SYSTEMROOT: 'D:\\WINNT' }, 'D:\\WINNT\\System32\\x.exe'],
  [{}, 'C:\\Windows\\System32\\x.exe'],
])('the tools of Windows are where %j says', (variables, path) => {
  expect(systemPath(variables, 'x.exe')).toBe(path)
})
