/** What is beyond a single run and a single question: comparison, the rules of browsers, the app, the supervisor, the package. Pure. */
import type { ArchiveFinding, Evidence, SurroundingsDifference, SurroundingsFacts } from '../evidence.ts'
import type { Json } from '../report.ts'
import { patientRun, quoted, wentWell } from '../signs/reading.ts'
import { lastExitWords, restless } from '../signs/restless.ts'
import { type Link, type Seen, shortened, skipped } from './link.ts'

export const packaged: Link = ({ evidence }) => {
  const own = evidence.runs.find(({ surroundings }) => surroundings.label === 'own')
  const run = evidence.runs.find(({ surroundings }) => surroundings.label === 'packaged' && surroundings.repaired === null)
  if (run === undefined || own === undefined) return skipped('not-asked', 'not compared with a packaged app (--as packaged)')
  const cures = evidence.runs.flatMap((each) =>
    each.surroundings.repaired !== null && wentWell(each, evidence) ? [each.surroundings.repaired] : [],
  )
  const vain = evidence.runs.flatMap((each) =>
    each.surroundings.repaired !== null && !wentWell(each, evidence) ? [each.surroundings.repaired] : [],
  )
  const isWell = wentWell(run, evidence)
  const matters = (what: SurroundingsDifference): boolean | null =>
    isWell || vain.includes(what) ? false : cures.includes(what) ? true : null
  const facts = {
    system: run.surroundings.system,
    answers: isWell,
    differences: differencesOf(own.surroundings, run.surroundings).map(
      ([what, mine, theirs]): Json => ({
        ...{ what, own: mine, packaged: theirs },
        matters: matters(what),
      }),
    ),
  }
  if (isWell) return { status: 'ok', title: 'goes well in the surroundings of a packaged app, too', evidence: facts }
  if (patientRun(evidence) !== run) return { status: 'warn', title: 'goes wrong in both surroundings', evidence: facts }
  const cure = cures.length === 0 ? '' : `; ${cures.join(', ')} makes the difference`
  return { status: 'fail', title: `goes well here, and wrong in the surroundings of a packaged app${cure}`, evidence: facts }
}

const differencesOf = (own: SurroundingsFacts, packed: SurroundingsFacts): (readonly [SurroundingsDifference, Json, Json])[] => {
  const all: (readonly [SurroundingsDifference, Json, Json])[] = [
    ['PATH', [...own.path], [...packed.path]],
    ['cwd', own.cwd, packed.cwd],
    ['HOME', own.home, packed.home],
    [
      'variables',
      packed.missing.length === 0 ? [] : `${packed.missing.length} more`,
      packed.missing.length === 0 ? [] : [...packed.missing],
    ],
    ['stdin', own.stdin, packed.stdin],
    ['ELECTRON_RUN_AS_NODE', own.values.ELECTRON_RUN_AS_NODE ?? null, packed.values.ELECTRON_RUN_AS_NODE ?? null],
  ]
  return all.filter(([, mine, theirs]) => JSON.stringify(mine) !== JSON.stringify(theirs))
}

export const origin: Link = ({ evidence: { address, app } }) => {
  const facts = { pageScheme: app?.pageScheme ?? null }
  if (address?.cors == null) return skipped('not-asked', 'CORS was not judged (--origin)', facts)
  const { origin: page, allowOrigin, status } = address.cors
  const asked = { ...facts, origin: page, allowOrigin, status }
  if (allowOrigin === '*' || allowOrigin === page) return { status: 'ok', title: `pages of ${page} may read its answers`, evidence: asked }
  if (status === null) return skipped('not-reached', 'not reached: it did not answer', asked)
  const said = allowOrigin === null ? 'no Access-Control-Allow-Origin' : `Access-Control-Allow-Origin: ${shortened(allowOrigin, 80)}`
  return { status: 'fail', title: `pages of ${page} may not read its answers: ${said}`, evidence: asked }
}

export const app: Link = ({ evidence }) => {
  if (evidence.app === null) return skipped('not-asked', 'no main process has told anything')
  const { electron, pageScheme, firstRequestAtMs, readyAtMs, windowsClosedAtMs, activatedAtMs, sleptMs, endedBy, reusedConnectionErrors } =
    evidence.app
  const facts = {
    electron,
    pageScheme,
    firstRequestAtMs,
    readyAtMs,
    windowsClosedAtMs,
    activatedAtMs,
    sleptMs,
    endedBy,
    reusedConnectionErrors,
  }
  return { status: 'ok', title: electron === null ? 'what it has told is no cause' : `Electron ${electron}`, evidence: facts }
}

export const supervisor: Link = ({ evidence: { service, subject } }) => {
  const supervised = service?.supervised ?? null
  if (supervised === null) return skipped('not-asked', subject === 'trial' ? 'a trial is not supervised' : 'no supervisor is known')
  const { state, supervisor: voice, supervisorPid, pid, restarts, failures, latencyMs, journal, lastExit, endedAgoMs } = supervised
  const facts = {
    state,
    answers: voice === 'answers',
    pid: supervisorPid,
    child: pid,
    restarts,
    failures,
    latencyMs,
    lastExit: lastExit == null ? null : { ...lastExit },
    endedAgoMs: endedAgoMs == null ? null : endedAgoMs.slice(-20),
    journal: journal.slice(-5),
  }
  if (voice === 'dead')
    return {
      status: 'fail',
      title: `the supervisor, pid ${supervisorPid}, is gone`,
      evidence: facts,
      hint: 'Start it again: jarvis-supervise start',
    }
  if (voice === 'silent') return { status: 'fail', title: `the supervisor, pid ${supervisorPid}, does not answer`, evidence: facts }
  const words = `${state}${restarts === 0 ? '' : `, ${restarts} ${restarts === 1 ? 'restart' : 'restarts'}`}`
  if (state === 'failed' || state === 'stopped')
    return { status: 'fail', title: words, evidence: facts, hint: `jarvis-supervise restart ${service?.name ?? ''}`.trim() }
  const again = restless(supervised)
  const see = `See what it said: jarvis-supervise logs ${quoted(service?.name ?? '')} --tail 50`
  if (state === 'backoff') {
    const last = lastExitWords(supervised)
    const title = `${words}: it waits before it starts the service again${last === undefined ? '' : `; ${last}`}`
    return { status: 'fail', title, evidence: facts, hint: see }
  }
  // whoever answers at this moment may be gone in the next: an answer does not speak against it
  if (again !== undefined) return { status: 'warn', title: again, evidence: facts, hint: see }
  if (failures === 0) return { status: 'ok', title: words, evidence: facts }
  return { status: 'warn', title: `${words}; its last ${failures === 1 ? 'probe' : `${failures} probes`} had no answer`, evidence: facts }
}

export const archive: Link = ({ evidence }) => {
  const facts = evidence.archive
  if (facts === null) return skipped('not-asked', 'no packaged app was named (--app DIR)')
  const { version, node, abi, arch } = facts.electron
  const words = [
    `Electron ${version ?? 'of unknown version'}`,
    ...(node === null ? [] : [`Node ${node}`]),
    ...(arch === null ? [] : [arch]),
  ]
  return {
    status: 'ok',
    title: `${facts.dir}: ${words.join(', ')}`,
    evidence: {
      ...{
        dir: facts.dir,
        entry: facts.entry,
        electron: { version, node, abi, arch },
        fuses: facts.fuses === null ? null : { ...facts.fuses },
      },
      findings: facts.findings.length,
    },
  }
}

/** One for each thing that was found in it. */
export const archiveFindings = ({ archive: facts }: Evidence): readonly (Seen & { readonly code: ArchiveFinding['code'] })[] =>
  (facts?.findings ?? []).map(({ code, severity, fact, hint, paths }) => ({
    status: severity,
    code,
    title: shortened(fact, 300),
    evidence: { paths: [...paths] },
    hint,
  }))
