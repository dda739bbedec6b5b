import { expect, it } from 'vitest'
import { isAdopted } from '../../../src/doctor/look/adopted.ts'
import type { ProcessRow } from '../../../src/process/table.ts'

const row = (pid: number, ppid: number, name = 'node'): ProcessRow => ({
  pid,
  ppid,
  name,
  pgid: pid,
  state: 'S',
  startTime: '1',
  bootId: '',
})

it.each<[string, boolean, ProcessRow, ProcessRow | undefined, NodeJS.Platform]>([
  ['a child of the first process', true, row(50, 1), row(1, 0, 'systemd'), 'linux'],
  ['a child of the first process, which does not show itself', true, row(50, 1), undefined, 'linux'],
  ["a child of a user's systemd", true, row(50, 40), row(40, 1, 'systemd'), 'linux'],
  ['a child of the init of WSL', true, row(50, 40), row(40, 1, 'Relay(41)'), 'linux'],
  ['a child of a shell', false, row(50, 40), row(40, 1, 'bash'), 'linux'],
  ["a child of a container's shim", false, row(50, 40), row(40, 1, 'containerd-shim'), 'linux'],
  ["a child of another user's process, which does not show itself", false, row(50, 40), undefined, 'linux'],
  ['the first process', false, row(1, 0), undefined, 'linux'],
  ['the first of a namespace', false, row(50, 0), undefined, 'linux'],
  ['a child of launchd', true, row(50, 1), row(1, 0, 'launchd'), 'darwin'],
  ['a child of a terminal', false, row(50, 40), row(40, 1, 'Terminal'), 'darwin'],
  ['whose parent is not there', true, row(50, 40), undefined, 'win32'],
  ['whose parent has its pid from somebody dead', true, row(50, 0), undefined, 'win32'],
  ['whose parent is there', false, row(50, 40), row(40, 4, 'explorer.exe'), 'win32'],
])('%s: adopted is %s', (_, adopted, process, parent, platform) => {
  expect(isAdopted(process, parent, platform)).toBe(adopted)
})
