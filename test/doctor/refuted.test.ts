import { describe, expect, it } from 'vitest'
import type { CauseCode } from '../../src/causes/codes.ts'
import { catalogue } from '../../src/doctor/catalogue.ts'
import type { Confidence, Finding } from '../../src/doctor/cause.ts'
import type { Evidence, RunEvidence } from '../../src/doctor/evidence.ts'
import { judge } from '../../src/doctor/judge.ts'
import {
  addressEvidence,
  evidence,
  executable,
  hang,
  nobody,
  packagedDifference,
  processEvidence,
  request,
  runEvidence,
  said,
} from './samples.ts'

const findingOf = (code: CauseCode, seen: Evidence): Finding | undefined => catalogue.find((cause) => cause.code === code)?.find(seen)

const died = (text: string, more: Partial<NonNullable<RunEvidence['exit']>> = {}): Partial<RunEvidence> => ({
  exit: { atMs: 148, code: 1, signal: null, requested: false, reason: null, oomKills: 0, ...more },
  output: text === '' ? [] : said(text, 140),
  ...{ listening: [], requests: [], looks: [], watchedMs: 150 },
})
const dead = (text: string, more: Partial<Evidence> = {}): Evidence =>
  evidence({ runs: [runEvidence(died(text))], address: nobody(), ...more })

const failing: Partial<RunEvidence> = { requests: [request({ status: 500 })], output: said('Error: spawn node ENOENT', 225) }
const { surroundings: launchd } = packagedDifference.runs[1]!
const packed = (path: readonly string[], more: Partial<RunEvidence>): RunEvidence =>
  runEvidence({ surroundings: { ...launchd, path }, ...more })
const elsewhere = { node: executable('/opt/n/bin/node', '20.20.0'), claude: null }

const { machine } = evidence()
const address = (host: string): string => `Error: listen EADDRNOTAVAIL: address not available ${host}:8081`
const inFlatpak = { ...machine, confinement: ['Flatpak'] }

const busyWith = (cpuPercent: number): Evidence => {
  const process = processEvidence({ state: 'R', wchan: '', cpuPercent })
  const [run] = hang.runs
  return { ...hang, runs: [{ ...run!, looks: run!.looks.map((look) => ({ ...look, processes: [process] })) }] }
}

/** Each with the same where nothing speaks against it. */
const cases: readonly (readonly [what: string, code: CauseCode, refuted: Evidence, clear: Evidence, Confidence])[] = [
  [
    'a Node is missing that lies on the PATH of who died',
    'NODE_NOT_IN_PATH',
    dead('Error: spawn node ENOENT'),
    dead('Error: spawn node ENOENT', { executables: elsewhere }),
    'certain',
  ],
  [
    'a Node is missing that lies on the PATH of who answers 500',
    'NODE_NOT_IN_PATH',
    evidence({ runs: [runEvidence(failing)] }),
    evidence({ runs: [runEvidence(failing)], executables: elsewhere }),
    'likely',
  ],
  [
    'a Node is missing in packaged surroundings that have it, and it answers 500',
    'NODE_NOT_IN_PATH',
    evidence({ runs: [runEvidence(), packed(['/usr/local/bin'], failing)] }),
    evidence({ runs: [runEvidence(), packed(['/usr/bin'], failing)] }),
    'certain',
  ],
  [
    'only packaged surroundings say that it is missing, and they have it',
    'NODE_NOT_IN_PATH',
    evidence({ runs: [runEvidence(), packed(['/usr/local/bin'], { output: said('Error: spawn node ENOENT') })] }),
    evidence({ runs: [runEvidence(), packed(['/usr/bin'], { output: said('Error: spawn node ENOENT') })] }),
    'likely',
  ],
  [
    'a sandbox hides a Node that is on its PATH',
    'CONFINED_PACKAGE',
    dead('Error: spawn node ENOENT', { machine: inFlatpak }),
    dead('Error: spawn node ENOENT', { machine: inFlatpak, executables: elsewhere }),
    'likely',
  ],
  [
    'this machine has the address that it is said not to have',
    'ADDRESS_NOT_AVAILABLE',
    dead(address('192.168.1.20')),
    dead(address('10.99.99.99')),
    'certain',
  ],
  [
    'Windows keeps a port, on Linux',
    'PORT_RESERVED_BY_WINDOWS',
    dead('Error: listen EACCES: permission denied 127.0.0.1:8081'),
    dead('Error: listen EACCES: permission denied 127.0.0.1:8081', { machine: { ...machine, platform: 'win32' } }),
    'likely',
  ],
  ['an event loop computes without a processor', 'EVENT_LOOP_BLOCKED', busyWith(1), busyWith(99), 'certain'],
  [
    'it was killed for want of memory, and nobody has counted that',
    'KILLED_BY_OOM',
    evidence({ runs: [runEvidence(died('', { code: null, signal: 'SIGKILL' }))], address: nobody() }),
    evidence({ runs: [runEvidence(died('', { code: null, signal: 'SIGKILL', oomKills: 1 }))], address: nobody() }),
    'certain',
  ],
]

describe('what its own evidence speaks against', () => {
  it.each(cases)('is at most possible: %s', (_what, code, refuted) => {
    const finding = findingOf(code, refuted)
    expect(finding?.contradicts).not.toEqual([])
    expect(finding).toMatchObject({ confidence: 'possible', contradicts: [expect.any(String)] })
  })

  it.each(cases)('is surer where nothing does: %s', (_what, code, _refuted, clear, confidence) => {
    const finding = findingOf(code, clear)
    expect(finding).toMatchObject({ confidence })
    expect(finding?.contradicts ?? []).toEqual([])
  })

  it('gives way to what is certain, and is still shown', () => {
    const seen = evidence({ runs: [runEvidence(failing)], address: addressEvidence() })
    const { code, finding, found } = judge(seen)
    expect([code, finding.confidence]).toEqual(['SERVER_ERROR', 'certain'])
    expect(found.map(({ cause }) => cause.code)).toContain('NODE_NOT_IN_PATH')
  })

  it('is the verdict where nothing else is known', () => {
    expect(judge(dead('Error: spawn node ENOENT'))).toMatchObject({ code: 'NODE_NOT_IN_PATH', finding: { confidence: 'possible' } })
  })
})
