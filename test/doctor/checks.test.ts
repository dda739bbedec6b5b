import { describe, expect, it } from 'vitest'
import { type CauseCode, causeCodes } from '../../src/causes/codes.ts'
import type { Confidence } from '../../src/doctor/cause.ts'
import { checkIds, checkOf } from '../../src/doctor/check-of.ts'
import { checksOf } from '../../src/doctor/checks.ts'
import type { Evidence, SupervisedFacts } from '../../src/doctor/evidence.ts'
import { type Diagnosis, judge } from '../../src/doctor/judge.ts'
import type { Check } from '../../src/doctor/report.ts'
import * as sample from './samples.ts'
import { addressEvidence, evidence, executable, holder, listenerEvidence, processEvidence, request, runEvidence, said } from './samples.ts'

const checks = (seen: Evidence): Check[] => checksOf(seen, judge(seen))
const check = (seen: Evidence, id: string): Check => checks(seen).find((each) => each.id === id)!
const withStatus = (seen: Evidence, status: Check['status']): string[] =>
  checks(seen)
    .filter((each) => each.status === status)
    .map(({ id }) => id)

const found = (code: CauseCode, confidence: Confidence, verdict: Diagnosis['code'] = code): Diagnosis => {
  const finding = { confidence, explanation: 'It is so.', hint: 'Do this.', supports: ['A fact.'] }
  return { code: verdict, title: 'It is so', finding, found: [{ cause: { code, title: 'It is so', find: () => finding }, finding }] }
}

const supervised = (more: Partial<SupervisedFacts>): Evidence => {
  const { service } = sample.restless
  return { ...sample.restless, service: { ...service!, supervised: { ...service!.supervised!, ...more } } }
}

const launchd = sample.packagedDifference.runs[1]!.surroundings

describe('the way of a request', () => {
  it('has one check for each link, in order', () => {
    expect(checks(sample.healthy).map(({ id }) => id)).toEqual(checkIds)
    expect(checks(sample.crash).map(({ id }) => id)).toEqual(checkIds)
  })

  it('is broken by every cause at one link', () => {
    expect(Object.keys(checkOf).sort()).toEqual([...causeCodes].sort())
    for (const code of causeCodes) expect(checkIds).toContain(checkOf[code])
  })

  it.each(causeCodes)('shows %s at its link, as a failure with its hint', (code) => {
    const struck = checksOf(sample.crash, found(code, 'certain')).filter((each) => each.code === code)
    expect(struck).toEqual([expect.objectContaining({ id: checkOf[code], status: 'fail', hint: 'Do this.' })])
    expect(struck[0]!.evidence).not.toHaveProperty('because')
  })

  it('has no other code than those that were found, and a warning of its own', () => {
    const codes = checks(sample.portTaken).flatMap(({ code }) => code ?? [])
    expect(codes).toEqual(['PORT_TAKEN'])
    expect(withStatus(sample.portTaken, 'fail')).toEqual(['process', 'output', 'port'])
  })

  it('has no code where something is wrong of which no cause was found', () => {
    const none = { ...executable('', ''), path: null, candidates: [] }
    const seen = { ...sample.crash, service: { ...sample.serviceFacts, claudeRequired: true }, executables: { node: null, claude: none } }
    const claude = checksOf(seen, found('CRASHED_ON_REQUEST', 'certain')).find(({ id }) => id === 'claude-cli')
    expect(claude).toMatchObject({ status: 'fail', code: null })
  })

  it('keeps what is merely possible a warning, beside another verdict', () => {
    const doubtful = checksOf(sample.crash, found('CORS_BLOCKED', 'possible', 'UNKNOWN')).find(({ id }) => id === 'origin')
    expect(doubtful).toMatchObject({ status: 'warn', code: 'CORS_BLOCKED', title: 'possibly: It is so' })
  })

  it('tells that --fix can do it', () => {
    const fixable = found('CLAUDE_UNUSABLE', 'certain')
    const all = fixable.found.map((each) => ({ ...each, finding: { ...each.finding, fixable: true as const } }))
    expect(checksOf(sample.crash, { ...fixable, found: all }).find(({ id }) => id === 'claude-cli')?.fixable).toBe(true)
    expect(checksOf(sample.crash, fixable).find(({ id }) => id === 'claude-cli')?.fixable).toBe(false)
  })

  it('says of each link that was not looked at why', () => {
    for (const seen of Object.values(sample.samples)) {
      for (const each of checks(seen).filter(({ status }) => status === 'skip')) {
        expect(['not-reached', 'not-asked', 'absent', 'unknown']).toContain(each.evidence.because)
        expect(each.title).not.toBe('')
      }
    }
  })
})

describe('a healthy system', () => {
  it.each(['healthy', 'running', 'onlyAddress'])('has neither a failure nor a warning: %s', (name) => {
    expect(withStatus(sample.samples[name]!, 'fail')).toEqual([])
    expect(withStatus(sample.samples[name]!, 'warn')).toEqual([])
  })

  it('never has a failure, whatever looks odd', () => {
    const healthy: Diagnosis = { ...judge(sample.healthy), found: [] }
    for (const seen of Object.values(sample.samples)) {
      expect(checksOf(seen, healthy).filter(({ status }) => status === 'fail')).toEqual([])
    }
  })

  it.each<[string, string, Evidence]>([
    ['an answer that wants to know who asks', 'http', sample.withWarning],
    ['a placeholder that is healed', 'claude-cli', sample.withWarning],
    [
      'a placeholder, although no Claude is required',
      'claude-cli',
      evidence({
        executables: {
          node: executable('/usr/bin/node', '20.20.0'),
          claude: {
            ...executable('', ''),
            path: null,
            candidates: [{ path: '/usr/bin/claude', kind: 'stub', source: 'path', usable: false, reason: 'is a placeholder of npm' }],
          },
        },
      }),
    ],
    [
      'a line that is up to a second early',
      'listener',
      evidence({
        runs: [runEvidence({ listening: [{ atMs: 900, listeners: [listenerEvidence()] }], requests: [request({ atMs: 950 })] })],
      }),
    ],
    [
      'a proxy that is asked for the loopback',
      'environment',
      evidence({ environment: { names: [], path: [], values: { http_proxy: 'http://proxy.corp:3128' } } }),
    ],
    [
      'a stranger on the other family of the port',
      'port',
      evidence({
        address: addressEvidence({
          holders: [
            holder(),
            holder({
              listener: listenerEvidence({ family: 'ipv6', address: '::1', pid: 9 }),
              process: processEvidence({ pid: 9, command: 'ruby app.rb' }),
              relation: 'foreign',
            }),
          ],
        }),
      }),
    ],
    [
      'what is left after its stop',
      'process',
      evidence({ runs: [runEvidence({ left: { afterExit: [], survivors: [processEvidence({ pid: 4800 })] } })] }),
    ],
    [
      'an answer that takes longer than liveness waits',
      'responsiveness',
      evidence({ runs: [runEvidence({ requests: [request({ latencyMs: 2400 })] })] }),
    ],
    [
      'a Node that the project does not want',
      'node',
      evidence({ project: { dir: '/project/api', type: null, engines: '>=24', enginesMet: false, cwdWritable: true } }),
    ],
    [
      'a debugger for whatever is run',
      'environment',
      evidence({ environment: { names: [], path: [], values: { NODE_OPTIONS: '--inspect' } } }),
    ],
    [
      'ELECTRON_RUN_AS_NODE outside of Electron',
      'environment',
      evidence({ environment: { names: [], path: [], values: { ELECTRON_RUN_AS_NODE: '1' } } }),
    ],
    ['a service that ends again and again', 'supervisor', sample.restless],
  ])('is warned of %s, and of nothing else at that link', (_, id, seen) => {
    expect(judge(seen).code).toBe('HEALTHY')
    expect(withStatus(seen, 'warn')).toContain(id)
    expect(check(seen, id).hint).not.toBe('')
  })

  it.each<[string, string, Evidence]>([
    [
      'a line that comes with the port, as far as can be told',
      'listener',
      evidence({ runs: [runEvidence({ listening: [{ atMs: 400, listeners: [listenerEvidence()] }] })] }),
    ],
    [
      'a proxy that is not asked for the loopback',
      'environment',
      evidence({ environment: { names: [], path: [], values: { http_proxy: 'http://proxy:3128', no_proxy: 'localhost,127.0.0.1' } } }),
    ],
    [
      'more memory for Node',
      'environment',
      evidence({ environment: { names: [], path: [], values: { NODE_OPTIONS: '--max-old-space-size=4096' } } }),
    ],
    [
      'words of an error in a log',
      'output',
      evidence({ runs: [runEvidence({ output: said('Error: cache is cold\nerror: retrying', 250) })] }),
    ],
    [
      'a working directory that cannot be written',
      'working-directory',
      evidence({ project: { ...sample.healthy.project!, cwdWritable: false } }),
    ],
    ['a restart in the past', 'supervisor', sample.running],
    ['a single crash, a moment ago', 'supervisor', supervised({ endedAgoMs: [4200] })],
    ['crashes that are long over', 'supervisor', supervised({ endedAgoMs: [] })],
    [
      'the next run of a service that has ended meanwhile',
      'port',
      {
        ...sample.running,
        address: addressEvidence({ holders: [holder({ relation: 'foreign', process: processEvidence({ pid: 4720, ppid: 4700 }) })] }),
      },
    ],
  ])('is not warned of %s', (_, id, seen) => {
    expect(judge(seen).code).toBe('HEALTHY')
    expect(check(seen, id).status).toBe('ok')
  })

  it('has no Claude, and needs none', () => {
    const without = evidence({ executables: { node: null, claude: { ...executable('', ''), path: null, candidates: [] } } })
    expect(check(without, 'claude-cli')).toMatchObject({ status: 'skip', evidence: { because: 'absent' } })
    expect(check(without, 'node')).toMatchObject({ status: 'skip', evidence: { because: 'absent' } })
  })
})

describe('a broken link', () => {
  it('is where it crashed, and what lies before it is proved', () => {
    expect(check(sample.crash, 'stays-up')).toMatchObject({ status: 'fail', code: 'CRASHED_ON_REQUEST' })
    expect(withStatus(sample.crash, 'ok')).toEqual(expect.arrayContaining(['process', 'port', 'listener', 'connect', 'identity']))
    expect(withStatus(sample.crash, 'fail')).toEqual(['output', 'http', 'stays-up'])
    expect(check(sample.crash, 'output').title).toMatch(/^TypeError: Cannot read/)
  })

  it('leaves those behind it unreached', () => {
    for (const id of ['listener', 'connect', 'http', 'identity', 'stays-up']) {
      expect(check(sample.portTaken, id)).toMatchObject({ status: 'skip', evidence: { because: 'not-reached' } })
    }
  })

  it('names who holds the port', () => {
    expect(check(sample.portTaken, 'port').title).toBe(
      '8081 is held by pid 3021 (python3 -m http.server 8081 --bind 127.0.0.1), which is not of the service',
    )
  })

  it('holds where it listens against where it is dialled', () => {
    const elsewhere = evidence({
      runs: [
        runEvidence({
          listening: [{ atMs: 200, listeners: [listenerEvidence({ port: 19_414 })] }],
          requests: [request({ outcome: 'refused', status: null, owner: 'nobody' })],
          looks: [],
        }),
      ],
      address: sample.nobody(),
    })
    expect(check(elsewhere, 'listener')).toMatchObject({
      status: 'fail',
      title: 'listens on 127.0.0.1:19414; expected 127.0.0.1:8081',
      evidence: { expected: '127.0.0.1:8081', found: ['127.0.0.1:19414'] },
    })
    expect(check(elsewhere, 'connect').status).toBe('fail')
  })

  it('shows what the listener did while it was mute', () => {
    expect(check(sample.hang, 'responsiveness')).toMatchObject({
      status: 'fail',
      code: 'EVENT_LOOP_BLOCKED',
      evidence: { state: 'R', acceptQueue: 2, waitedMs: 5001 },
    })
  })

  it('is a difference of the packaged surroundings, of which one matters', () => {
    const { status, evidence: facts } = check(sample.packagedDifference, 'packaged')
    expect(status).toBe('fail')
    expect(facts.differences).toEqual([
      expect.objectContaining({ what: 'PATH', matters: true }),
      expect.objectContaining({ what: 'cwd', packaged: '/', matters: null }),
      expect.objectContaining({ what: 'variables', matters: null }),
      expect.objectContaining({ what: 'stdin', matters: null }),
    ])
  })

  it('is none where the packaged surroundings do no harm', () => {
    const both = evidence({ runs: [runEvidence(), runEvidence({ surroundings: launchd })] })
    expect(check(both, 'packaged')).toMatchObject({ status: 'ok' })
    expect(JSON.stringify(check(both, 'packaged').evidence.differences)).not.toMatch(/"matters":(?:true|null)/)
  })

  it('is a difference that was set right in vain, and does not matter', () => {
    const dead = sample.packagedDifference.runs[1]!
    const vain = { ...dead, surroundings: { ...dead.surroundings, repaired: 'cwd' as const } }
    const seen = { ...sample.packagedDifference, runs: [...sample.packagedDifference.runs, vain] }
    expect(check(seen, 'packaged').evidence.differences).toContainEqual(expect.objectContaining({ what: 'cwd', matters: false }))
  })

  it('is seen even where no cause is known', () => {
    expect(judge(sample.unknown).code).toBe('UNKNOWN')
    expect(withStatus(sample.unknown, 'fail')).toEqual(['connect'])
  })

  it('of a page that may not read is told by its origin alone', () => {
    const cors = { origin: 'app://jarvis', allowOrigin: null, status: 200 }
    const blocked = evidence({ address: addressEvidence({ cors }) })
    expect(check(blocked, 'origin').status).toBe('fail')
    const allowed = evidence({ address: addressEvidence({ cors: { ...cors, allowOrigin: '*' } }) })
    expect(check(allowed, 'origin').status).toBe('ok')
    expect(check(sample.healthy, 'origin')).toMatchObject({ status: 'skip', evidence: { because: 'not-asked' } })
  })

  it.each(['failed', 'stopped', 'backoff'] as const)('is a service in state %s', (state) => {
    const { service } = sample.running
    const seen = evidence({
      subject: 'running',
      service: { ...service!, supervised: { ...service!.supervised!, state, pid: null } },
      runs: [],
      address: sample.nobody(),
    })
    expect(check(seen, 'supervisor').status).toBe('fail')
    expect(check(seen, 'process').status).toBe('fail')
  })
})

describe('a service that its supervisor starts again and again', () => {
  it('shows how often and how it ended last, and where to read more', () => {
    expect(check(sample.restless, 'supervisor')).toMatchObject({
      status: 'warn',
      title:
        "3 restarts in the last minute; the last exit 4 s ago: exit code 1 after 1.1 s (TypeError: Cannot read properties of undefined (reading 'projects'))",
      evidence: { lastExit: { code: 1, agoMs: 4200 }, endedAgoMs: [31_000, 17_000, 4200] },
      hint: 'See what it said: jarvis-supervise logs api --tail 50',
    })
  })

  it('fails while it is not started yet, with how it ended last', () => {
    const seen = { ...supervised({ state: 'backoff', pid: null }), runs: [], address: sample.nobody() }
    expect(check(seen, 'supervisor')).toMatchObject({
      status: 'fail',
      title: expect.stringMatching(/^backoff, 3 restarts: .*; the last exit 4 s ago: /),
    })
  })

  it('is told with a verdict that knows no cause', () => {
    const dead = { ...sample.crash.runs[0]!, origin: 'supervised' as const, requests: [], listening: [] }
    const { code, finding } = judge({ ...sample.restless, runs: [dead], address: null })
    expect(code).toBe('UNKNOWN')
    expect(finding.explanation).toMatch(
      /^It ends again and again: 3 restarts in the last minute; .*It got as far as this: it ran, and ended\.$/,
    )
    expect(finding.supports).toContain("It said: TypeError: Cannot read properties of undefined (reading 'projects')")
  })

  it('is not said to live on without its server, where the process itself is gone', () => {
    const [run] = sample.running.runs
    const gone = { ...run!, requests: [request({ outcome: 'closed', status: null })], looks: [{ ...run!.looks[0]!, processes: [] }] }
    expect(JSON.stringify(judge({ ...sample.running, runs: [gone] }))).not.toContain('lives on')
  })

  it('may not be certain to crash on the question that was put to it', () => {
    const seen = { ...sample.restless, runs: [{ ...sample.crash.runs[0]!, origin: 'supervised' as const }] }
    expect(judge(sample.crash).finding.confidence).toBe('certain')
    expect(judge(seen)).toMatchObject({
      code: 'CRASHED_ON_REQUEST',
      finding: { confidence: 'likely', contradicts: ['It has ended 3 times in the ten minutes before, without this question.'] },
    })
  })
})

describe('a port that is shared with a stranger', () => {
  it('is not said to be the stranger’s alone', () => {
    const stranger = holder({ relation: 'foreign', process: processEvidence({ pid: 900, command: 'python3 app.py' }) })
    const seen = evidence({
      runs: [runEvidence({ requests: [request({ owner: 'foreign' })] })],
      address: addressEvidence({ holders: [holder(), stranger] }),
    })
    expect(check(seen, 'identity')).toMatchObject({
      status: 'fail',
      code: 'LISTENER_SHADOWED',
      title: 'what answers is ours or pid 900 (python3 app.py): both listen on 127.0.0.1:8081',
    })
  })
})

describe('a packaged app', () => {
  it('has a check for each finding, by its code, and nothing else was looked at', () => {
    const all = checks(sample.packagedApp)
    expect(all.slice(checkIds.length).map(({ id, status, code }) => [id, status, code])).toEqual([
      ['archive:native-abi-mismatch', 'fail', 'NATIVE_ABI_MISMATCH'],
      ['archive:native-abi-mismatch-2', 'warn', 'NATIVE_ABI_MISMATCH'],
    ])
    expect(all.slice(0, checkIds.length - 1).every(({ status }) => status === 'skip')).toBe(true)
    expect(all.find(({ id }) => id === 'archive')?.status).toBe('ok')
  })
})
