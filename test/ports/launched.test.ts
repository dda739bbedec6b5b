import { describe, expect, it } from 'vitest'
import { whoWasLaunched } from '../../src/ports/launched.ts'
import type { ProcessRow } from '../../src/process/table.ts'

/** Started some hundredths of a second after second 50 of the boot; leads its group unless it is in another. */
const process = (pid: number, ticks: number, pgid = pid): ProcessRow => ({
  pid,
  pgid,
  ppid: 1,
  startTime: String(5000 + ticks),
  bootId: 'b',
  state: 'S',
  name: 'node',
})

const launch = { launchedSinceBootMs: 50_003 }

describe('whom a supervisor had launched when it died', () => {
  it.each<[string, ProcessRow[], number | undefined]>([
    ['is the only carrier, which leads its group', [process(10, 0)], 10],
    ['whose start the kernel has rounded down', [process(10, -1)], 10],
    ['is the first of the carriers, not what it has started', [process(12, 40), process(10, 1), process(11, 20, 10)], 10],
    ['is nobody where nobody carries the certificate', [], undefined],
    ['is nobody who is in the group of another', [process(10, 1, 9)], undefined],
    ['is nobody who was there before', [process(10, -5)], undefined],
    ['is nobody who came when the launch was over', [process(10, 30)], undefined],
    ['is not told of two leaders that came at once', [process(10, 1), process(11, 1)], undefined],
  ])('%s', (_who, carriers, pid) => {
    expect(whoWasLaunched(launch, carriers)?.pid).toBe(pid)
  })
})
