import { readFileSync } from 'node:fs'

/**
 * How many processes of our control group the kernel has ended for want of memory; 0 where that is not counted. A child
 * is in the same group, unless somebody moves it.
 */
export const oomKills = (): number => {
  const groups = text('/proc/self/cgroup') ?? ''
  for (const file of countersOf(groups)) {
    const count = /^oom_kill (\d+)$/m.exec(text(file) ?? '')?.[1]
    if (count !== undefined) return Number(count)
  }
  return 0
}

/** Of a group's path in version 2 and version 1, and where a container sees its own group as the root. */
export const countersOf = (groups: string): string[] => {
  const second = /^0::(.*)$/m.exec(groups)?.[1]
  const first = /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/m.exec(groups)?.[1]
  return [
    ...(second === undefined ? [] : [`/sys/fs/cgroup${second === '/' ? '' : second}/memory.events`, '/sys/fs/cgroup/memory.events']),
    ...(first === undefined
      ? []
      : [`/sys/fs/cgroup/memory${first === '/' ? '' : first}/memory.oom_control`, '/sys/fs/cgroup/memory/memory.oom_control']),
  ]
}

// not Linux, or no such group
const text = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return undefined
  }
}
