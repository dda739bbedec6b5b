import { expect, test } from 'vitest'
import { type KeptOptions, keptLines } from '../../src/commands/kept-lines.ts'
import { type DiskStream, diskPrefix } from '../../src/logs/disk-line.ts'
import { createTemp } from '../helpers/temp.ts'

const begun = Date.UTC(2025, 0, 31)

/** A log in which each line comes a second after the one before. */
const logOf = (streams: readonly DiskStream[]): string =>
  streams
    .map((stream, at) => {
      const time = new Date(begun + at * 1000).toISOString()
      return `${diskPrefix({ time, pid: 7, stream, continues: false })}${stream} ${at}\n`
    })
    .join('')

const linesIn = async (path: string, options: KeptOptions): Promise<string[]> => {
  const lines: string[] = []
  for await (const { line } of keptLines(path, options)) lines.push(line)
  return lines
}

test('of the last lines those of the service are counted, however much its supervisor has said since', async () => {
  using temp = createTemp()
  const path = temp.file('api.log', logOf(['stdout', 'supervisor', 'stderr', 'stdout', ...Array<'supervisor'>(200).fill('supervisor')]))
  const last = await linesIn(path, { tail: 2 })
  expect(last.slice(0, 3)).toEqual(['stderr 2', 'stdout 3', 'supervisor 4'])
  expect(last).toHaveLength(202)
  expect((await linesIn(path, { tail: 3 })).slice(0, 3)).toEqual(['stdout 0', 'supervisor 1', 'stderr 2'])
})

test('all are given where more are asked for than there are, and where no number is', async () => {
  using temp = createTemp()
  const path = temp.file('api.log', logOf(['supervisor', 'stdout', 'stderr']))
  for (const options of [{}, { tail: 2 }, { tail: 3 }, { tail: 1e9 }]) {
    const expected = options.tail === 2 ? ['stdout 1', 'stderr 2'] : ['supervisor 0', 'stdout 1', 'stderr 2']
    expect(await linesIn(path, options)).toEqual(expected)
  }
})

test('none are given where none are asked for, or there is no log', async () => {
  using temp = createTemp()
  expect(await linesIn(temp.file('api.log', logOf(['stdout'])), { tail: 0 })).toEqual([])
  expect(await linesIn(`${temp.dir}/none.log`, { tail: 1 })).toEqual([])
})

test('what is older is left out, of the last lines, too', async () => {
  using temp = createTemp()
  const path = temp.file('api.log', logOf(['stdout', 'stdout', 'stdout']))
  expect(await linesIn(path, { since: begun + 1000 })).toEqual(['stdout 1', 'stdout 2'])
  expect(await linesIn(path, { since: begun + 1000, tail: 1 })).toEqual(['stdout 2'])
  expect(await linesIn(path, { since: begun + 1000, tail: 9 })).toEqual(['stdout 1', 'stdout 2'])
})
