import { expect, it } from 'vitest'
import type { LogLine } from '../../src/logs/tail.ts'
import { followLines } from '../../src/supervisor/follow.ts'

const follow = (signal?: AbortSignal) => {
  let tell = (_line: LogLine): void => {}
  const following = followLines(
    (listener) => {
      tell = listener
      return () => {
        tell = () => {}
      }
    },
    signal,
    () => 42,
  )
  const write = (text: string) => tell({ stream: 'stdout', line: text, cut: false, time: 1, pid: 7 })
  return { ...following, write, lines: following.lines[Symbol.asyncIterator]() }
}

it('a reader that is too slow is told how many lines it has missed', async () => {
  const { lines, write, end } = follow()
  for (let n = 0; n < 10_010; n += 1) write(String(n))
  expect((await lines.next()).value).toMatchObject({ line: expect.stringContaining('10 lines were dropped here'), time: 42 })
  expect((await lines.next()).value).toMatchObject({ line: '10' })
  end()
})

it('a reader that waits for a line hears of the end', async () => {
  const { lines, end } = follow()
  const next = lines.next()
  end()
  expect(await next).toEqual({ done: true, value: undefined })
})

it('what is waiting is bounded in characters, too', async () => {
  const { lines, write, end } = follow()
  for (let n = 0; n < 3; n += 1) write(`${n}`.repeat(200_000))
  expect((await lines.next()).value).toMatchObject({ line: expect.stringContaining('1 line was dropped here') })
  end()
})
