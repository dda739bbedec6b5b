import { describe, expect, it } from 'vitest'
import { judge } from '../../src/doctor/judge.ts'
import { type DoctorReport, reportOf } from '../../src/doctor/report.ts'
import { crash, evidence, healthy, portTaken, samples } from './samples.ts'

const report = (name: string): DoctorReport => reportOf(samples[name]!, judge(samples[name]!))

describe('the report', () => {
  it.each(Object.keys(samples))('is JSON, and nothing in it is undefined: %s', (name) => {
    const written = report(name)
    expect(JSON.parse(JSON.stringify(written))).toStrictEqual(written)
  })

  it.each(Object.keys(samples))('has its keys in a fixed order: %s', (name) => {
    const { verdict, checks, environment, ...rest } = report(name)
    expect(Object.keys({ ...rest, verdict, checks, environment })).toEqual(['schema', 'ok', 'verdict', 'checks', 'environment'])
    expect(Object.keys(report(name))).toEqual(['schema', 'ok', 'verdict', 'checks', 'environment'])
    const verdictKeys = ['code', 'title', 'explanation', 'hint', 'confidence', 'supports', 'contradicts', 'fix', 'again']
    expect(Object.keys(verdict)).toEqual(verdictKeys)
    for (const check of checks) {
      expect(Object.keys(check)).toEqual(['id', 'status', 'code', 'title', 'evidence', 'hint', 'fixable', 'durationMs'])
    }
  })

  it('is the same for the same evidence', () => {
    expect(JSON.stringify(reportOf(crash, judge(crash)))).toBe(JSON.stringify(reportOf(crash, judge(crash))))
  })

  it('is ok only where the verdict is HEALTHY', () => {
    for (const name of Object.keys(samples)) expect(report(name).ok).toBe(report(name).verdict.code === 'HEALTHY')
    expect(report('healthy').ok).toBe(true)
    expect(report('crash').ok).toBe(false)
  })

  it('hands on what speaks against a verdict, and the command that mends it', () => {
    const diagnosis = judge(portTaken)
    const { finding } = diagnosis
    const doubted = { ...diagnosis, finding: { ...finding, contradicts: ['The port is free now.'], fix: 'kill 3021' } }
    expect(reportOf(portTaken, doubted).verdict).toMatchObject({ contradicts: ['The port is free now.'], fix: { command: 'kill 3021' } })
    const { fix: _, ...without } = finding
    expect(reportOf(portTaken, { ...diagnosis, finding: without }).verdict).toMatchObject({ contradicts: [], fix: null })
  })

  it('names Electron only where there is one', () => {
    expect(report('healthy').environment).not.toHaveProperty('electron')
    const inElectron = evidence({ machine: { ...healthy.machine, electron: '40.0.0' } })
    expect(reportOf(inElectron, judge(inElectron)).environment).toMatchObject({ electron: '40.0.0', node: '20.20.0', platform: 'linux' })
  })

  it('takes the time of a check from who has measured it', () => {
    const timed = reportOf(healthy, judge(healthy), { node: 12.4 })
    expect(timed.checks.find(({ id }) => id === 'node')?.durationMs).toBe(12)
    expect(report('healthy').checks.find(({ id }) => id === 'http')?.durationMs).toBe(12)
    expect(report('healthy').checks.find(({ id }) => id === 'node')?.durationMs).toBe(0)
  })
})
