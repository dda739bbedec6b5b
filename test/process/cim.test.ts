import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cimQuery, parseCim, withTrueParents } from '../../src/process/cim.ts'

/**
 * Properties and their units as https://learn.microsoft.com/en-us/windows/win32/cimwin32prov/win32-process describes
 * them, in the form that `cimQuery` asks for; the values are ours. A command line may be null (system processes).
 */
const several = String.raw`[{"ProcessId":0,"ParentProcessId":0,"Name":"System Idle Process","CommandLine":null,"WorkingSetSize":8192,"KernelModeTime":1404843750000,"UserModeTime":0,"Started":null},{"ProcessId":4,"ParentProcessId":0,"Name":"System","CommandLine":null,"WorkingSetSize":151552,"KernelModeTime":4276093750,"UserModeTime":0,"Started":"2026-11-20T07:02:11.0185360Z"},{"ProcessId":8812,"ParentProcessId":700,"Name":"node.exe","CommandLine":"\"C:\\Program Files\\nodejs\\node.exe\" server.js","WorkingSetSize":51265536,"KernelModeTime":1562500,"UserModeTime":5000000,"Started":"2026-11-20T09:41:00.1234567Z"}]`
const one = '{"ProcessId":4,"ParentProcessId":0,"Name":"System","CommandLine":null,"WorkingSetSize":151552}'

describe('the processes of Windows', () => {
  it('have all that is known of them', () => {
    expect(parseCim(several)?.[2]).toEqual({
      ...{ pid: 8812, ppid: 700, pgid: 0, startTime: '2026-11-20T09:41:00.1234567Z', bootId: '', state: '', name: 'node.exe' },
      ...{ command: '"C:\\Program Files\\nodejs\\node.exe" server.js', memoryBytes: 51_265_536, cpuMs: 656 },
    })
  })

  it.each([
    ['several', several, [0, 4, 8812]],
    ['one, which is no array', one, [4]],
    ['one after a byte order mark', `\uFEFF${one}\r\n`, [4]],
    ['none', '\r\n', []],
    ['none of those without a pid', '[{"Name":"x"},null,7,{"ProcessId":"4"}]', []],
  ])('are read: %s', (_, text, pids) => {
    expect(parseCim(text)?.map(({ pid }) => pid)).toEqual(pids)
  })

  it('have no command and no start where Windows does not show it', () => {
    expect(parseCim(several)?.[0]).toMatchObject({ command: '', startTime: '' })
    expect(parseCim(one)?.[0]).toMatchObject({ command: '', startTime: '', cpuMs: 0 })
  })

  it('are not known where something else was said', () => {
    expect(parseCim('Get-CimInstance : Access denied')).toBeUndefined()
    fc.assert(fc.property(fc.string(), (text) => void parseCim(text)))
  })
})

describe('the question', () => {
  it('has nothing that a shell would read in its own manner', () => {
    expect(cimQuery()).not.toContain('"')
    expect(cimQuery()).not.toContain('\n')
    expect(cimQuery()).not.toContain('-Filter')
    expect(cimQuery(4711)).toContain("-Filter 'ProcessId=4711' ")
  })
})

describe('a parent', () => {
  const child = { pid: 9, ppid: 5, pgid: 0, startTime: '2026-11-20T09:41:00.5000000Z', bootId: '', state: '', name: 'x' }
  const parent = (startTime: string) => ({ ...child, pid: 5, ppid: 1, startTime })

  it.each([
    ['was there before its child', '2026-11-20T09:40:59.9999999Z', 5],
    ['may have started it at once', '2026-11-20T09:41:00.5000000Z', 5],
    ['is somebody else, who came later and got its pid', '2026-11-20T09:41:00.5000001Z', 0],
    ['is believed where its start is not known', '', 5],
  ])('%s', (_, startTime, ppid) => {
    expect(withTrueParents([child, parent(startTime)])[0]?.ppid).toBe(ppid)
  })

  it('that is gone is left as it was', () => {
    expect(withTrueParents([child])).toEqual([child])
  })
})
