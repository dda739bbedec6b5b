import { describe, expect, it } from 'vitest'
import { type ReportOptions, renderReport } from '../../src/commands/doctor-render.ts'
import type { Evidence } from '../../src/doctor/evidence.ts'
import { judge } from '../../src/doctor/judge.ts'
import { type DoctorReport, reportOf } from '../../src/doctor/report.ts'
import { type Paint, plain } from '../../src/supervisor/sentences.ts'
import * as sample from '../doctor/samples.ts'

const marked: Paint = (style, text) => `<${style}>${text}</>`
const reported = (seen: Evidence): DoctorReport => reportOf(seen, judge(seen))
const linesOf = (report: DoctorReport, options: Partial<ReportOptions> = {}): string[] =>
  renderReport(report, { paint: plain, width: 80, verbose: false, ...options }).split('\n')
const shown = (seen: Evidence, options: Partial<ReportOptions> = {}): string[] => linesOf(reported(seen), options)

/** With another verdict than was judged. */
const withVerdict = (more: Partial<DoctorReport['verdict']>): DoctorReport => {
  const report = reported(sample.portTaken)
  return { ...report, verdict: { ...report.verdict, ...more } }
}

describe('a healthy report', () => {
  it('is one calm line', () => {
    expect(shown(sample.healthy)).toEqual(['✔ api answers at http://127.0.0.1:8081/api/projects (200 in 4 ms, ours).'])
  })

  it('of an address alone does not say whose it is', () => {
    const somebody = sample.addressEvidence({
      ipv4: { address: '127.0.0.1', tcp: 'open', request: sample.request({ owner: 'unknown' }), tls: null },
    })
    expect(shown({ ...sample.onlyAddress, address: somebody })).toEqual(['✔ http://127.0.0.1:8081/api/projects answers (200 in 4 ms).'])
  })

  it('of what listens on nothing says that it runs', () => {
    const worker = sample.evidence({
      service: { ...sample.serviceFacts, port: 'none', readiness: { ...sample.serviceFacts.readiness, kind: 'none' } },
      runs: [sample.runEvidence({ listening: [], requests: [] })],
      address: null,
    })
    const [line, ...rest] = shown(worker)
    expect(line).toMatch(/^✔ .*runs/)
    expect(rest).toEqual([])
  })

  it('has each warning with what to do about it, and no more', () => {
    const lines = shown(sample.withWarning)
    expect(lines[0]).toBe('✔ api answers at http://127.0.0.1:8081/api/projects (401 in 4 ms, ours).')
    expect(lines.filter((line) => line.startsWith('! '))).toHaveLength(2)
    expect(lines.filter((line) => line.startsWith('  → '))).toHaveLength(2)
    expect(lines.join('\n')).not.toMatch(/✖|–/)
  })

  it('of a service that ends again and again says so below it', () => {
    expect(shown(sample.restless)).toEqual([
      '✔ api answers at http://127.0.0.1:8081/api/projects (200 in 4 ms, ours).',
      '! 3 restarts in the last minute; the last exit 4 s ago: exit code 1 after 1.1 s',
      "  (TypeError: Cannot read properties of undefined (reading 'projects'))",
      '  → See what it said: jarvis-supervise logs api --tail 50',
    ])
  })

  it('has all checks where it is to be verbose', () => {
    const lines = shown(sample.healthy, { verbose: true })
    expect(lines[0]).toMatch(/^✔ api answers at/)
    expect(lines.filter((line) => /^[✔–] [a-z]/.test(line))).toHaveLength(reported(sample.healthy).checks.length + 1)
  })
})

describe('a report of trouble', () => {
  it.each(['crash', 'portTaken', 'hang', 'packagedDifference', 'unknown', 'packagedApp'])(
    'begins with the verdict and ends with what to do: %s',
    (name) => {
      const { verdict } = reported(sample.samples[name]!)
      const lines = shown(sample.samples[name]!)
      expect(lines[0]).toBe(`✖ ${verdict.code}: ${verdict.title}`)
      expect(lines.at(-1)).toBe(`→ ${verdict.fix?.command ?? verdict.again}`)
      expect(lines.join(' ').replace(/\s+/g, ' ')).toContain(verdict.hint.replace(/\s+/g, ' '))
    },
  )

  it.each([
    ['certain', 'Certain: the evidence proves it.'],
    ['likely', 'Likely: the evidence fits, and is no proof.'],
    ['possible', 'Possible: it would explain what was seen, as other causes would.'],
  ] as const)('says in words how sure it is: %s', (confidence, words) => {
    expect(linesOf(withVerdict({ confidence }))).toContain(`  ${words}`)
  })

  it('does not say how sure it is to know nothing', () => {
    expect(shown(sample.unknown).join('\n')).not.toMatch(/Possible:/)
  })

  it('shows what speaks for it, and what against it, only if anything does', () => {
    expect(shown(sample.crash).join('\n')).toMatch(/\n {2}Seen\n {2}• /)
    expect(shown(sample.crash)).not.toContain('  Against it')
    const doubted = linesOf(withVerdict({ contradicts: ['It lives.'] }))
    expect(doubted[doubted.indexOf('  Against it') + 1]).toBe('  • It lives.')
  })

  it('has one line for what was skipped for the same reason', () => {
    expect(shown(sample.portTaken)).toContain('– listener, connect: not reached: it exited with code 1 before')
  })

  it('passes over what was not asked for, unless it is to be verbose', () => {
    expect(shown(sample.crash).join('\n')).not.toMatch(/--origin/)
    expect(shown(sample.crash, { verbose: true }).join('\n')).toMatch(/– origin .*--origin/)
  })

  it('shows evidence and candidates where it is to be verbose', () => {
    const lines = shown(sample.hang, { verbose: true }).join('\n')
    expect(lines).toMatch(/acceptQueue: 2/)
    expect(lines).toMatch(/candidates: path: \/usr\/local\/bin\/node; kind: native/)
    expect(shown(sample.hang).join('\n')).not.toMatch(/acceptQueue/)
  })

  it('keeps a command whole, however narrow the terminal', () => {
    const command = `jarvis-supervise doctor --prefer-port 8081 ${'/very/long/path'.repeat(8)}/server.js -- --verbose`
    expect(linesOf(withVerdict({ fix: { command } }), { width: 40 }).at(-1)).toBe(`→ ${command}`)
  })

  it('says where --fix does it', () => {
    const report = reported(sample.portTaken)
    const checks = report.checks.map((check) => (check.code === null ? check : { ...check, fixable: true }))
    expect(linesOf({ ...report, checks, verdict: { ...report.verdict, fix: null, hint: 'Free it.' } })).toContain(
      '  Free it. doctor --fix does it.',
    )
  })

  it('has an end even where no hint is known', () => {
    expect(linesOf(withVerdict({ hint: '', fix: null }))).toContain('  See what failed above.')
  })
})

describe('the page', () => {
  const words = (line: string): string[] => line.trim().split(' ')

  it.each(Object.keys(sample.samples))('is 80 columns wide at most, but for what cannot be broken: %s', (name) => {
    for (const width of [Number.POSITIVE_INFINITY, 200, 80, 60, 40]) {
      for (const verbose of [true, false]) {
        const { verdict } = reported(sample.samples[name]!)
        for (const line of shown(sample.samples[name]!, { width, verbose })) {
          if (line === `→ ${verdict.fix?.command ?? verdict.again}`) continue
          const breakable = line.length > Math.min(width, 80) && words(line).filter((word) => /\w/.test(word)).length > 1
          expect(breakable && !/^\S \S+ +\S+$/.test(line) ? line : '').toBe('')
        }
      }
    }
  })

  it('shows orders to the terminal, and obeys none', () => {
    const evil = 'node \u001b[2J\u001b]0;title\u0007\r\nfake\u2028line\u009b1A'
    const stranger = sample.portTaken.address!.holders[0]!
    const seen = {
      ...sample.portTaken,
      address: sample.addressEvidence({ holders: [{ ...stranger, process: sample.processEvidence({ command: evil }) }] }),
    }
    const text = shown(seen, { verbose: true }).join('\n')
    expect(text).toContain('·[2J')
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029]/)
    expect(text).not.toMatch(/^fake/m)
  })

  it('is painted line by line: what is wrong red, what is well green', () => {
    const lines = shown(sample.crash, { paint: marked })
    expect(lines[0]).toBe('<bold><red>✖ CRASHED_ON_REQUEST: The backend crashes on a request</></>')
    expect(lines.find((line) => line.includes('port  '))).toMatch(/^<green>✔<\/> <dim>port +<\/>8081/)
    for (const line of lines) expect(line.split('</>').length).toBe(line.split(/<(?:red|green|yellow|dim|bold)>/).length)
  })
})
