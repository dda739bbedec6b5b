import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { renderReport } from '../../src/commands/doctor-render.ts'
import { readBundle, writeBundle } from '../../src/doctor/bundle.ts'
import type { Evidence } from '../../src/doctor/evidence.ts'
import { evidenceFrom, Misfit } from '../../src/doctor/evidence-shape.ts'
import { judge } from '../../src/doctor/judge.ts'
import { reportOf } from '../../src/doctor/report.ts'
import { isSupervisorError } from '../../src/errors.ts'
import { plain } from '../../src/supervisor/sentences.ts'
import { createTemp, type Temp } from '../helpers/temp.ts'
import { crash, evidence, healthy, runEvidence, said, samples } from './samples.ts'

let temp: Temp
beforeEach(() => {
  temp = createTemp()
})
afterEach(() => temp[Symbol.dispose]())

const file = (): string => join(temp.dir, 'bundle.json')

/** The sentence of the refusal. */
const refusal = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!isSupervisorError(error, 'ERR_INVALID_OPTIONS')) throw new Error('not refused', { cause: error })
  return error.message
}

const written = (value: unknown): Promise<Evidence> => {
  writeFileSync(file(), typeof value === 'string' ? value : JSON.stringify(value))
  return readBundle(file())
}

describe('a bundle', () => {
  it.each(Object.keys(samples))('has the verdict and the report of what it was written from: %s', async (name) => {
    const seen = samples[name]!
    await writeBundle(file(), seen)
    const read = await readBundle(file())
    expect(judge(read).code).toBe(judge(seen).code)
    const statuses = (each: Evidence): unknown[] => reportOf(each, judge(each)).checks.map(({ id, status, code }) => [id, status, code])
    expect(statuses(read)).toEqual(statuses(seen))
  })

  it('is all of the evidence, but for whose it is', async () => {
    const seen = evidence({ machine: { ...healthy.machine, home: '/' }, address: null })
    const text = JSON.stringify(seen).replaceAll('/home/alice', '/opt')
    const own = JSON.parse(text) as Evidence
    await writeBundle(file(), own)
    expect(await readBundle(file())).toEqual(own)
  })

  it('is for this user only', async () => {
    await writeBundle(file(), healthy)
    expect(statSync(file()).mode & 0o777).toBe(0o600)
    expect(readdirSync(temp.dir)).toEqual(['bundle.json'])
  })

  it('names neither the home nor a secret of the environment', async () => {
    const secret = 'Zq7Rt2Wm9Xc4'
    process.env.JARVIS_TEST_TOKEN = secret
    try {
      await writeBundle(file(), evidence({ runs: [runEvidence({ output: said(`it is ${secret} in /home/alice/x`) })] }))
    } finally {
      delete process.env.JARVIS_TEST_TOKEN
    }
    const text = readFileSync(file(), 'utf8')
    expect(text).not.toMatch(/Zq7Rt2|alice/)
    expect(text).toContain('it is [redacted] in /~/x')
  })

  it('gives way to a newer one, and to nothing else', async () => {
    await writeBundle(file(), healthy)
    await writeBundle(file(), crash)
    expect(judge(await readBundle(file())).code).toBe('CRASHED_ON_REQUEST')
  })

  it('takes the place of an empty file', async () => {
    temp.file('bundle.json', '')
    await writeBundle(file(), healthy)
    expect((await readBundle(file())).schema).toBe(1)
  })

  it.each([
    ['words', 'my notes\n'],
    ['other JSON', '{"schema":1}'],
  ])('is not written over %s', async (_, text) => {
    temp.file('bundle.json', text)
    expect(await refusal(writeBundle(file(), healthy))).toBe(`${file()} is there and is not a bundle: it is left as it is.`)
    expect(readFileSync(file(), 'utf8')).toBe(text)
  })

  it('is not written to a folder, nor through a link to one, nor where no folder is', async () => {
    mkdirSync(join(temp.dir, 'folder'))
    symlinkSync(join(temp.dir, 'folder'), join(temp.dir, 'link'))
    for (const name of ['folder', 'link']) {
      expect(await refusal(writeBundle(join(temp.dir, name), healthy))).toMatch(/something that is not a file is there\.$/)
    }
    const missing = join(temp.dir, 'none/bundle.json')
    expect(await refusal(writeBundle(missing, healthy))).toBe(
      `The bundle ${missing} cannot be written: its folder or the file is not there.`,
    )
    expect(readdirSync(temp.dir).sort()).toEqual(['folder', 'link'])
  })

  it.skipIf(process.getuid?.() === 0)('is not written where that is not allowed', async () => {
    chmodSync(temp.dir, 0o500)
    expect(await refusal(writeBundle(file(), healthy))).toMatch(/not allowed/)
    chmodSync(temp.dir, 0o700)
  })

  it('is never too large to be read: the outputs give way, from the middle', async () => {
    const output = Array.from({ length: 4000 }, (_, at) => ({ atMs: at, stream: 'stdout' as const, text: `${at} ${'é'.repeat(2000)}` }))
    await writeBundle(file(), evidence({ runs: [runEvidence({ output }), runEvidence({ output })] }))
    const [run] = (await readBundle(file())).runs
    expect(run!.output.length + run!.linesOmitted).toBe(4000)
    expect(run!.output.at(0)!.text).toMatch(/^0 /)
    expect(run!.output.at(-1)!.text).toMatch(/^3999 /)
  })
})

describe('what is no bundle', () => {
  it.each<[string, unknown, RegExp]>([
    ['words', 'hello', /is not JSON\.$/],
    ['nothing', '', /is not JSON\.$/],
    ['a list', [], /: it is not an object\.$/],
    ['an object', {}, /: schema is not one of 1\.$/],
    ['another schema', { ...healthy, schema: 2 }, /: schema is not one of 1\.$/],
    ['another type', { ...healthy, durationMs: '3' }, /: durationMs is not a number\.$/],
    [
      'what is missing',
      { ...healthy, machine: { ...healthy.machine, home: undefined } },
      /: machine\.home is not a text of at most 10000 characters\.$/,
    ],
    ['null where there must be something', { ...healthy, runs: null }, /: runs is not a list\.$/],
    [
      'an unknown word deep within',
      { ...healthy, runs: [runEvidence(), { ...runEvidence(), origin: 'x' }] },
      /: runs\[1\]\.origin is not one of trial, supervised\.$/,
    ],
    ['a time that is none', { ...healthy, takenAt: '2026-13-01T00:00:00Z' }, /: takenAt is not a time as in ISO 8601\.$/],
    ['a port that is none', { ...healthy, service: { ...healthy.service, port: 70_000 } }, /: service\.port is not a port\.$/],
    ['a URL that is none', { ...healthy, address: { ...healthy.address, url: 'x' } }, /: address\.url is not a URL\.$/],
    ['an endless text', { ...healthy, doctor: 'x'.repeat(10_001) }, /: doctor is not a text of at most 10000 characters\.$/],
    [
      'an endless list',
      { ...healthy, environment: { ...healthy.environment, names: Array(5001).fill('X') } },
      /: environment\.names is not a list of at most 5000\.$/,
    ],
    ['deep nesting', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, /is not (?:JSON|an object)\.$/],
    [
      'deep nesting in its place',
      `{"schema":1,"doctor":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
      /(?:is not JSON|doctor is not a text of at most 10000 characters)\.$/,
    ],
  ])('is refused in one sentence: %s', async (_, value, sentence) => {
    const message = await refusal(written(value))
    expect(message).toMatch(sentence)
    expect(message).not.toContain('\n')
    expect(message.length).toBeLessThan(300)
  })

  it('is refused where it is too large, without being read to its end', async () => {
    writeFileSync(file(), Buffer.alloc(17 * 1024 * 1024, ' '))
    expect(await refusal(readBundle(file()))).toMatch(/is larger than 16 MiB/)
    expect(await refusal(readBundle('/dev/zero'))).toMatch(/is larger than 16 MiB/)
  })

  it('is refused where it is not there, or a folder', async () => {
    expect(await refusal(readBundle(file()))).toBe(`The bundle ${file()} cannot be read: its folder or the file is not there.`)
    expect(await refusal(readBundle(temp.dir))).toBe(`The bundle ${temp.dir} cannot be read: it is a folder.`)
  })

  it('leaves behind whatever else lies in it', async () => {
    const text = JSON.stringify({ ...healthy, more: { deep: [1] } }).replace('"values":{}', '"values":{"__proto__":"x"}')
    const read = await written(text)
    expect(read).not.toHaveProperty('more')
    expect(Object.getPrototypeOf(read.environment.values)).toBe(Object.prototype)
    expect(Object.keys(read.environment.values)).toEqual(['__proto__'])
  })
})

describe('whatever fits the shape of the evidence', () => {
  const pathsIn = (value: unknown, path: readonly string[] = []): (readonly string[])[] =>
    typeof value !== 'object' || value === null
      ? [path]
      : [path, ...Object.entries(value).flatMap(([name, each]) => pathsIn(each, [...path, name]))]

  const changed = (value: unknown, [name, ...rest]: readonly string[], to: unknown): unknown => {
    if (name === undefined) return to
    const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) }) as Record<string, unknown>
    copy[name] = changed(copy[name], rest, to)
    return copy
  }

  it('is judged, reported and shown, and nothing throws', () => {
    const all = Object.values(samples).flatMap((seen) => pathsIn(seen).map((path) => [seen, path] as const))
    const strange = fc.oneof(
      fc.constantFrom(null, '', 0, -1, 1e308, 65_535, true, 'x', '/', 'null', '__proto__', [], {}),
      // JSON reads a negative nought and does not write one
      fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown),
      fc.string({ unit: 'binary', maxLength: 40 }),
    )
    let fits = 0
    fc.assert(
      fc.property(fc.constantFrom(...all), strange, fc.constantFrom(...all), strange, ([seen, path], value, [, other], second) => {
        const once = changed(seen, path, value)
        let read: Evidence
        try {
          read = evidenceFrom(pathsIn(once).some((each) => each.join() === other.join()) ? changed(once, other, second) : once)
        } catch (error) {
          expect(error).toBeInstanceOf(Misfit)
          return
        }
        fits += 1
        const report = reportOf(read, judge(read))
        expect(renderReport(report, { paint: plain, width: 80, verbose: true })).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/)
        expect(JSON.parse(JSON.stringify(report))).toEqual(report)
      }),
      { numRuns: 800 },
    )
    expect(fits).toBeGreaterThan(40)
  })
})
