import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { killSupervisor } from '../helpers/abandoned.ts'
import { type Cli, runCli, startCli } from '../helpers/cli.ts'
import { until } from '../helpers/processes.ts'
import { createScene, fixture, type Scene } from '../helpers/supervised.ts'

/** Says by files when it has started and each time it was asked to end, and never ends; nor does what it has started. */
const stubborn = `
  import { spawn } from 'node:child_process'
  import { writeFileSync } from 'node:fs'
  if (process.argv[2] === undefined) {
    spawn(process.execPath, [process.argv[1], 'grandchild'], { stdio: 'ignore' })
    process.on('SIGTERM', () => writeFileSync('asked-to-end', ''))
  } else {
    process.on('SIGTERM', () => {})
    writeFileSync('started', '')
  }
  setInterval(() => {}, 60_000)
`

const isThere = (scene: Scene, name: string): boolean => readdirSync(scene.dir).includes(name)
const scratchFolders = (scene: Scene): string[] => readdirSync(scene.dir).filter((name) => name.startsWith('jsd-'))

/** A doctor in the middle of a trial, whose temporary files are in the scene. */
const startTrial = async (scene: Scene, ...service: readonly string[]): Promise<Cli> => {
  const doctor = startCli(scene, ['doctor', ...service], { env: { TMPDIR: scene.dir } })
  await doctor.saying(/Trying it/)
  return doctor
}

describe('a doctor that is ended in the middle of a trial', () => {
  it('takes a backend that will not end with it when it is interrupted twice', async () => {
    await using scene = createScene()
    const doctor = await startTrial(scene, '--', process.execPath, scene.file('stubborn.mjs', stubborn))
    await until('all of it has started', () => isThere(scene, 'started'))
    expect(scratchFolders(scene)).toHaveLength(1)
    doctor.child.kill('SIGINT')
    await until('it was asked to end', () => isThere(scene, 'asked-to-end'))
    doctor.child.kill('SIGINT')
    expect(await doctor.ended).toMatchObject({ code: 130 })
    await until('nothing of the trial runs', () => scene.pids().length === 0, 2000)
    expect(scratchFolders(scene)).toEqual([])
  })

  it('leaves no folder for longer than until the next one tries something, when it is killed', async () => {
    await using scene = createScene()
    const doctor = await startTrial(scene, fixture('never-listens'))
    const record = (): boolean =>
      scratchFolders(scene).some((name) => readdirSync(join(scene.dir, name)).some((file) => /\.json$/.test(file)))
    await until('the trial goes on', () => record() && scene.pids().length > 1)
    await killSupervisor(doctor.child)
    // a forked one ends without whoever has started it
    await until('nothing of the trial runs', () => scene.pids().length === 0)
    expect(scratchFolders(scene)).toHaveLength(1)
    await runCli(scene, ['doctor', fixture('exits-at-once')], { env: { TMPDIR: scene.dir } })
    expect(scratchFolders(scene)).toEqual([])
  })
})
