/** The links before anything listens: what is started, in which surroundings, and what it says. Pure. */
import type { ExecutableFacts, RunEvidence } from '../evidence.ts'
import type { Json } from '../report.ts'
import { finalWords, withoutAsides } from '../signs/asides.ts'
import { proxyFor } from '../signs/proxy.ts'
import { after, endedUnasked, everListened, howEnded, linesOf, named } from '../signs/reading.ts'
import { passedOver } from '../signs/second-look.ts'
import { type Link, noRun, type Seen, shortened, skipped } from './link.ts'

export const node: Link = (way) => {
  const { executables, project, service, subject } = way.evidence
  if (subject === 'package') return noRun(way)
  const found = executables.node
  if (found === null) return skipped('absent', 'no Node is needed')
  const facts = executableEvidence(found)
  if (found.path === null) {
    const title = 'no Node was found'
    return service?.script == null ? skipped('absent', title, facts) : { status: 'fail', title, evidence: facts }
  }
  const title = `Node ${found.version ?? 'of unknown version'} at ${found.path}`
  if (project?.enginesMet !== false) return { status: 'ok', title, evidence: facts }
  return {
    status: 'warn',
    title: `${title}; package.json asks for ${project.engines}`,
    evidence: { ...facts, engines: project.engines },
    hint: `Install a Node ${project.engines}, or name one: --node-path PATH.`,
  }
}

export const claudeCli: Link = (way) => {
  const { executables, service, subject } = way.evidence
  if (subject === 'package') return noRun(way)
  const found = executables.claude
  if (found === null) return skipped('absent', 'the Claude CLI is switched off')
  const facts = { ...executableEvidence(found), required: service?.claudeRequired ?? false }
  const reinstall = 'Run `node install.cjs` in the folder of @anthropic-ai/claude-code, or install it again without --ignore-scripts.'
  if (found.path === null) {
    const unusable = passedOver(found)
    if (unusable !== undefined) {
      const title = shortened(`${unusable.path} cannot be used: ${unusable.reason}`)
      const hint = unusable.kind === 'stub' ? reinstall : 'Mend or remove it, or name another one: --claude-path PATH.'
      return { status: service?.claudeRequired ? 'fail' : 'warn', title, evidence: facts, hint, code: 'CLAUDE_UNUSABLE' }
    }
    return service?.claudeRequired
      ? { status: 'fail', title: 'the Claude CLI was not found', evidence: facts, code: 'CLAUDE_NOT_FOUND' }
      : skipped('absent', 'the Claude CLI was not found, and is not required', facts)
  }
  const title = `Claude ${found.version ?? 'of unknown version'} at ${found.path}`
  if (!found.healed) return { status: 'ok', title, evidence: facts }
  const stub = found.candidates.find(({ kind }) => kind === 'stub')?.path ?? 'it'
  return {
    status: 'warn',
    title: `${stub} is npm's placeholder; ${found.realPath ?? found.path} is used in its place`,
    evidence: facts,
    hint: `${reinstall} doctor --fix does it, too.`,
    fixable: true,
  }
}

const executableEvidence = ({ path, realPath, kind, version, source, healed, candidates }: ExecutableFacts): Seen['evidence'] => ({
  ...{ path, realPath, kind, version, source, healed },
  candidates: candidates.map(
    (each): Json => ({ path: each.path, kind: each.kind, source: each.source, usable: each.usable, reason: each.reason }),
  ),
})

export const command: Link = (way) => {
  const { run } = way
  if (run === undefined) return noRun(way)
  const facts = run.notStarted?.facts ?? null
  const evidence = { command: run.command, file: facts?.file ?? null, executable: facts?.isExecutable ?? null }
  const words = shortened(run.command ?? 'the command')
  if (run.notStarted === null) return { status: 'ok', title: words, evidence }
  // a refusal for another reason says nothing about the command
  const isFine = facts?.cwdExists === false && facts.fileExists && facts.isExecutable
  if (isFine) return { status: 'ok', title: words, evidence }
  const { message, hint } = run.notStarted
  return { status: 'fail', title: shortened(message, 300), evidence, ...(hint !== null && { hint }) }
}

export const workingDirectory: Link = (way) => {
  const { run, evidence } = way
  if (run === undefined) return noRun(way)
  const { cwd } = run.surroundings
  const exists = run.notStarted?.facts?.cwdExists ?? true
  // where a packaged app starts is not where the project lies
  const writable = run.surroundings.label === 'own' ? (evidence.project?.cwdWritable ?? null) : null
  const facts = { cwd, exists, writable }
  if (!exists) return { status: 'fail', title: `${cwd} is not there`, evidence: facts }
  return { status: 'ok', title: `${cwd}${writable === false ? ' (not writable)' : ''}`, evidence: facts }
}

export const environment: Link = (way) => {
  const { evidence, run, isWell } = way
  if (evidence.subject === 'package') return noRun(way)
  const { values, names } = evidence.environment
  const given = run?.surroundings.values ?? {}
  const own = { ...values, ...given }
  const facts = {
    variables: names.length,
    values: { ...own },
    pathEntries: evidence.environment.path.length,
    confinement: [...evidence.machine.confinement],
  }
  const ok: Seen = { status: 'ok', title: quietWords(own), evidence: facts }
  if (/--inspect/.test(own.NODE_OPTIONS ?? '')) {
    return {
      ...ok,
      status: 'warn',
      title: `NODE_OPTIONS is ${shortened(own.NODE_OPTIONS ?? '', 80)}: everything that Node runs opens a debugger`,
      hint: 'Unset NODE_OPTIONS.',
    }
  }
  if (isOn(values.ELECTRON_RUN_AS_NODE) && evidence.machine.electron === null) {
    return {
      ...ok,
      status: 'warn',
      title: 'ELECTRON_RUN_AS_NODE is set here: Electron apps started from here run as Node, without a window',
      hint: 'Unset ELECTRON_RUN_AS_NODE before an Electron app is started.',
    }
  }
  const { address } = evidence
  const proxy = address === null ? null : proxyFor(address.host, address.port, own)
  if (proxy !== null && address !== null) {
    return {
      ...ok,
      // what is wrong is wrong for another reason, or is the verdict
      status: isWell ? 'warn' : 'ok',
      title: `${proxy.variable} sends Node clients to ${proxy.host}:${proxy.port}, for ${address.host}, too`,
      hint: 'Set NO_PROXY=localhost,127.0.0.1,::1',
    }
  }
  return ok
}

const isOn = (value: string | undefined): boolean => value !== undefined && value !== '' && value !== '0'

const quietWords = (values: Readonly<Record<string, string>>): string => {
  const worthSaying = ['NODE_OPTIONS', 'NO_PROXY'].flatMap((name) => (values[name] ? [`${name}=${values[name]}`] : []))
  return worthSaying.length === 0 ? 'nothing in it disturbs' : `nothing in it disturbs (${shortened(worthSaying.join(' '), 80)})`
}

export const started: Link = (way) => {
  const { run, evidence } = way
  if (run === undefined) {
    const state = evidence.service?.supervised?.state
    return state === undefined
      ? noRun(way)
      : { status: 'fail', title: `nothing runs: the service is in state ${state}`, evidence: { state } }
  }
  if (run.notStarted !== null) return skipped('not-reached', 'not reached: it was not started')
  const exit = endedUnasked(run)
  const facts = {
    pid: run.pid,
    exit: exit === null ? null : { atMs: exit.atMs, code: exit.code, signal: exit.signal, reason: exit.reason, oomKills: exit.oomKills },
    left: run.left.afterExit.map(processWords),
    survivors: run.left.survivors.map(processWords),
  }
  if (exit !== null && !(everListened(run) || run.requests.length > 0)) {
    return { status: 'fail', title: `pid ${run.pid} ${howEnded(exit)} ${after(exit.atMs)}`, evidence: facts, durationMs: exit.atMs }
  }
  const listenedAt = run.listening.find(({ listeners }) => listeners.length > 0)?.atMs
  const bootMs = listenedAt !== undefined && run.origin === 'trial' ? listenedAt : undefined
  const title = `pid ${run.pid} ${exit === null ? 'runs' : 'ran'}${bootMs === undefined ? '' : `, and listened ${after(bootMs)}`}`
  const rest = { evidence: facts, ...(bootMs !== undefined && { durationMs: bootMs }) }
  const survivors = run.left.survivors.length
  if (survivors === 0) return { status: 'ok', title, ...rest }
  return {
    status: 'warn',
    title: `${title}; ${survivors === 1 ? 'a process of it is' : `${survivors} processes of it are`} still there after its stop`,
    hint: `Have it end what it starts. Left: ${run.left.survivors.map(({ pid }) => pid).join(', ')}.`,
    ...rest,
  }
}

const processWords = ({ pid, command: words, name }: RunEvidence['left']['survivors'][number]): string => `${pid} ${words || name}`

export const output: Link = (way) => {
  const { run, isWell } = way
  if (run === undefined) return noRun(way)
  if (run.notStarted !== null) return skipped('not-reached', 'not reached: it was not started')
  const lines = linesOf(run)
  const hasEnded = endedUnasked(run) !== null
  const words = hasEnded ? (named(run)?.line ?? finalWords(lines)) : undefined
  const facts = { lines: lines.length + run.linesOmitted, line: words ?? null, last: lines.slice(-5).map((line) => shortened(line, 300)) }
  if (words !== undefined) return { status: 'fail', title: shortened(words.trim(), 300), evidence: facts }
  const last = withoutAsides(lines).at(-1)?.trim()
  if (lines.length === 0) return { status: 'ok', title: hasEnded ? 'it said nothing before it ended' : 'it says nothing', evidence: facts }
  const title = `${count(facts.lines, 'line')}${isWell || last === undefined ? '' : `, the last: ${shortened(last)}`}`
  return { status: 'ok', title, evidence: facts }
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`
