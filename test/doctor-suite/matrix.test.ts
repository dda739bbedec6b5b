import { describe, expect, it } from 'vitest'
import { faults } from '../../src/doctor/faults.ts'
import { startCli } from '../helpers/cli.ts'
import { createScene, type Scene } from '../helpers/supervised.ts'
import { isPossibleHere, rows } from './faults.ts'
import type { Invocation, Row, Verdict } from './row.ts'
import { type VersionRow, versions } from './versions.ts'

interface Outcome {
  /** The code, or why there is none. */
  readonly said: string
  readonly verdict: Verdict | null
  readonly exitCode: number | null
  /** What it came to after the cure; null: there is none. */
  readonly cured: string | null
  /** What was left behind. */
  readonly left: string
}

interface Case {
  readonly label: string
  readonly expected: readonly string[]
  readonly row: Pick<Row, 'arrange' | 'cure' | 'confidence'>
  readonly mentions?: RegExp | undefined
}

const ofRow = (row: Row): Case => ({ label: `${row.code}: ${row.name}`, expected: [row.code, ...(row.orElse ?? [])], row })
const ofVersion = (row: VersionRow): Case => ({ label: row.name, expected: row.expected, row, mentions: row.mentions })
const faulty = rows.filter(isPossibleHere).map(ofRow)
const tried = versions.map(ofVersion)
const all = [...faulty, ...tried]

/** Two at a time. */
const atOnce = 2
/** Twice a whole examination, and what leads to it. */
const patienceMs = 100_000

/** A scene whose end comes in two steps: first all that runs is ended, then it is asked what is left. */
interface Stage {
  readonly scene: Scene
  clear(): Promise<void>
}

/** What is started for it is ended before the scenes beside it are examined: they share the descriptors of this process. */
const stageIn = (scene: Scene): Stage => {
  const cleanUps: (() => unknown)[] = []
  return {
    scene: { ...scene, atEnd: (cleanUp) => void cleanUps.push(cleanUp) },
    clear: async () => {
      for (const cleanUp of cleanUps.reverse()) await cleanUp()
    },
  }
}

const doctor = async (scene: Scene, { args, started, ...options }: Invocation): Promise<Pick<Outcome, 'said' | 'verdict' | 'exitCode'>> => {
  const cli = startCli(scene, args, options)
  started?.(cli.child.pid ?? 0)
  const { code, stdout, stderr } = await cli.ended
  try {
    const { verdict } = JSON.parse(String(stdout)) as { verdict: Verdict }
    return { said: verdict.code, verdict, exitCode: code }
  } catch {
    return { said: `no report: ${stderr.trim()}`, verdict: null, exitCode: code }
  }
}

const play = async ({ row }: Case, scene: Scene): Promise<Omit<Outcome, 'left'>> => {
  const invocation = await row.arrange(scene)
  const found = await doctor(scene, invocation)
  if (row.cure === undefined || found.verdict === null) return { ...found, cured: null }
  try {
    const { said, verdict } = await doctor(scene, await row.cure(found.verdict, invocation, scene))
    return { ...found, cured: said === 'HEALTHY' ? said : `${said}: ${verdict?.explanation ?? ''}` }
  } catch (error) {
    return { ...found, cured: String(error) }
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const playTogether = async (cases: readonly Case[]): Promise<Outcome[]> => {
  const scenes = cases.map(() => createScene())
  const stages = scenes.map(stageIn)
  const played = await Promise.all(
    cases.map(async (one, at): Promise<Omit<Outcome, 'left'>> => {
      const stage = stages[at]!
      try {
        return await play(one, stage.scene)
      } catch (error) {
        return { said: `not arranged: ${messageOf(error)}`, verdict: null, exitCode: null, cured: null }
      } finally {
        await stage.clear()
      }
    }),
  )
  const outcomes: Outcome[] = []
  for (const [at, scene] of scenes.entries()) {
    const left = await scene[Symbol.asyncDispose]().then(() => '', messageOf)
    outcomes.push({ ...played[at]!, left })
  }
  return outcomes
}

const groups = new Map<number, Promise<Outcome[]>>()

/** Played when it is first asked for, with its neighbour. */
const outcomeOf = async (one: Case): Promise<Outcome> => {
  const at = all.indexOf(one)
  const group = Math.floor(at / atOnce)
  const running = groups.get(group) ?? playTogether(all.slice(group * atOnce, (group + 1) * atOnce))
  groups.set(group, running)
  return (await running)[at % atOnce]!
}

/** Those that were played: all, where no test was left out. */
const played = async (cases: readonly Case[]): Promise<{ one: Case; outcome: Outcome }[]> => {
  const known = cases.filter((one) => groups.has(Math.floor(all.indexOf(one) / atOnce)))
  return Promise.all(known.map(async (one) => ({ one, outcome: await outcomeOf(one) })))
}

const ranks = { possible: 0, likely: 1, certain: 2 } as const
const isRight = ({ expected }: Case, { said }: Outcome): boolean => expected.includes(said)
const show = (text: string): void => void process.stdout.write(`${text}\n`)

const isFound = async (one: Case): Promise<void> => {
  const { said, verdict, exitCode, left } = await outcomeOf(one)
  expect(one.expected, `${verdict?.confidence}: ${verdict?.explanation}`).toContain(said)
  expect(exitCode).toBe(1)
  expect(ranks[verdict!.confidence]).toBeLessThanOrEqual(ranks[one.row.confidence ?? 'certain'])
  expect(verdict?.supports.length).toBeGreaterThan(0)
  expect(verdict?.hint).not.toBe('')
  if (one.mentions !== undefined) expect(JSON.stringify(verdict)).toMatch(one.mentions)
  expect(left).toBe('')
}

describe('the doctor names', () => {
  for (const one of faulty) it(one.label, () => isFound(one), patienceMs)
})

describe('the doctor names what went wrong in', () => {
  for (const one of tried) it(one.label, () => isFound(one), patienceMs)
})

describe('of all faults', () => {
  it('there is one for every small backend that can be run for itself here', () => {
    // told by the app itself, or seen on a reused connection
    const elsewhere = ['WINDOW_LOADED_TOO_EARLY', 'KEEPALIVE_RACE']
    const covered = new Set(rows.map(({ code }) => String(code)))
    expect(Object.keys(faults).filter((code) => !covered.has(code) && !elsewhere.includes(code))).toEqual([])
  })

  it('no wrong verdict was certain, and none took the name of another', async () => {
    const results = await played(all)
    const off = results.filter(({ one, outcome }) => !isRight(one, outcome))
    const wrongAndCertain = off.filter(({ outcome }) => outcome.verdict?.confidence === 'certain')
    const misnamed = off.filter(
      ({ outcome }) => outcome.verdict !== null && outcome.said !== 'UNKNOWN' && outcome.verdict.confidence !== 'possible',
    )
    for (const { one, outcome } of off) {
      const { verdict } = outcome
      show(`${one.label}\n  → ${outcome.said} (${verdict?.confidence ?? 'none'}) ${verdict?.explanation ?? ''}`)
      for (const fact of [...(verdict?.supports ?? []), ...(verdict?.contradicts ?? []).map((words) => `but: ${words}`)])
        show(`    ${fact}`)
    }
    show(`${results.length} faults, ${results.length - off.length} on the diagonal, ${wrongAndCertain.length} wrong and certain`)
    expect(wrongAndCertain.map(({ one, outcome }) => `${one.label} → ${outcome.said}`)).toEqual([])
    expect(misnamed.map(({ one, outcome }) => `${one.label} → ${outcome.said}`)).toEqual([])
  })

  it('nine in ten of the curable are cured by what the verdict says', async () => {
    const curable = (await played(faulty)).filter(({ one }) => one.row.cure !== undefined)
    const ill = curable.filter(({ outcome }) => outcome.cured !== 'HEALTHY')
    for (const { one, outcome } of ill)
      show(`not cured: ${one.label}\n  ${outcome.cured}\n  hint: ${outcome.verdict?.hint}\n  fix: ${outcome.verdict?.fix?.command}`)
    show(`${curable.length} curable, ${curable.length - ill.length} cured`)
    expect(ill.length).toBeLessThanOrEqual(curable.length / 10)
  })
})
