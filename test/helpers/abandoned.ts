import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { ProcessIdentity } from '../../src/process/identity.ts'
import type { RecordedRun, RunRecord } from '../../src/record/record.ts'
import { type CliOptions, startCli } from './cli.ts'
import { isAlive, killPid, until } from './processes.ts'
import type { Scene } from './supervised.ts'

export const stateOf = (scene: Scene): string => join(scene.dir, 'state')

/** Names of what lies in the state folder but for logs. */
export const stateFiles = (scene: Scene): string[] =>
  existsSync(stateOf(scene)) ? readdirSync(stateOf(scene)).filter((name) => name !== 'logs') : []

/** The file of the only record there is. */
export const recordFile = (scene: Scene): string => {
  const [name, another] = stateFiles(scene).filter((file) => file.endsWith('.json'))
  expect(another, 'a second record').toBeUndefined()
  return join(stateOf(scene), name ?? 'no record')
}

export const recorded = (scene: Scene): RunRecord => JSON.parse(readFileSync(recordFile(scene), 'utf8')) as RunRecord

/** Writes the only record anew. */
export const forge = (scene: Scene, change: (record: RunRecord) => unknown): void => {
  const path = recordFile(scene)
  writeFileSync(path, JSON.stringify(change(JSON.parse(readFileSync(path, 'utf8')) as RunRecord)))
}

export type LaunchedRun = RecordedRun & { readonly child: ProcessIdentity }

/** Waits until a running supervisor has written down its child. */
export const runRecorded = async (scene: Scene): Promise<LaunchedRun> => {
  const run = (): RecordedRun | null => (stateFiles(scene).some((name) => name.endsWith('.json')) ? recorded(scene).run : null)
  await until('a run is recorded', () => run()?.child != null)
  return run() as LaunchedRun
}

export interface Abandoned {
  readonly pid: number
  readonly port: number
}

/** Starts a service, and kills its supervisor when it is ready. */
export const abandon = async (scene: Scene, args: readonly string[], options?: CliOptions): Promise<Abandoned> => {
  const cli = startCli(scene, ['start', ...args], options)
  const [, port] = await cli.saying(/ready at http:\/\/[\d.]+:(\d+)/)
  const { child } = await runRecorded(scene)
  await killSupervisor(cli.child)
  return { pid: child.pid, port: Number(port) }
}

export const killSupervisor = async (
  child: { readonly pid?: number | undefined; kill(signal: 'SIGKILL'): boolean } & NodeJS.EventEmitter,
): Promise<void> => {
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

/** What was left lives until the test is over, at the latest. */
export const endAtLast = (scene: Scene, pid: number): void => scene.atEnd(() => (isAlive(pid) ? killPid(pid) : undefined))
