import { describe, expect, it } from 'vitest'
import { countersOf, oomKills } from '../../src/process/oom-kills.ts'

describe('the count of processes that the kernel ended for want of memory', () => {
  it.each([
    ['version 2', '0::/user.slice/app.scope\n', ['/sys/fs/cgroup/user.slice/app.scope/memory.events', '/sys/fs/cgroup/memory.events']],
    ['a container of version 2', '0::/\n', ['/sys/fs/cgroup/memory.events', '/sys/fs/cgroup/memory.events']],
    [
      'both',
      '9:name=systemd:/\n4:memory:/docker/1\n0::/\n',
      [
        '/sys/fs/cgroup/memory.events',
        '/sys/fs/cgroup/memory.events',
        '/sys/fs/cgroup/memory/docker/1/memory.oom_control',
        '/sys/fs/cgroup/memory/memory.oom_control',
      ],
    ],
    [
      'version 1, several in one line',
      '3:cpu,memory:/a\n',
      ['/sys/fs/cgroup/memory/a/memory.oom_control', '/sys/fs/cgroup/memory/memory.oom_control'],
    ],
    ['none', '3:cpuset:/\n', []],
  ])('is looked for where the group is: %s', (_what, groups, files) => {
    expect(countersOf(groups)).toEqual(files)
  })

  it('is a number on every system', () => {
    expect(oomKills()).toBeGreaterThanOrEqual(0)
  })
})
