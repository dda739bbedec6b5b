import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, lstatSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { makeScratch } from '../../../src/doctor/gather/scratch.ts'
import type { ProcessIdentity } from '../../../src/process/identity.ts'
import { processTableFor } from '../../../src/process/process-table.ts'
import { type RunRecord, serializeRecord } from '../../../src/record/record.ts'
import { createTemp } from '../../helpers/temp.ts'

const table = processTableFor(process.platform)

const tempDir = (): string => {
  const temp = createTemp()
  onTestFinished(() => temp[Symbol.dispose]())
  return temp.dir
}

/** A process, and who it was when it lived. */
const someProcess = async (): Promise<{ readonly child: ChildProcess; readonly identity: ProcessIdentity }> => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 60_000)'], { stdio: 'ignore' })
  await once(child, 'spawn')
  onTestFinished(() => void child.kill('SIGKILL'))
  const { pid, startTime, bootId } = table.identify(child.pid ?? 0)!
  return { child, identity: { pid, startTime, bootId } }
}

const gone = async (): Promise<ProcessIdentity> => {
  const { child, identity } = await someProcess()
  child.kill('SIGKILL')
  await once(child, 'exit')
  return identity
}

/** The folder of a trial, as it lies there while the trial goes on. */
const folderOf = (tmp: string, name: string, supervisor: ProcessIdentity, child: ProcessIdentity | null = null): string => {
  const dir = join(tmp, name)
  mkdirSync(join(dir, 'node'), { recursive: true, mode: 0o700 })
  const record: RunRecord = {
    ...{ version: 1, service: 'api', key: 'api-1', root: '/app', socket: join(dir, 's.sock'), log: null },
    supervisor: { ...supervisor, version: '0.0.0', startedAt: new Date().toISOString(), dedicated: false },
    run: {
      ...{ child, pgid: child?.pid ?? 0, instanceId: 'x.y', command: 'node server.js', host: null, port: null },
      ...{ launchedAt: new Date().toISOString(), launchedSinceBootMs: 1, stop: { signal: 'SIGTERM', graceMs: 1500 } },
    },
  }
  writeFileSync(join(dir, 'api-1.json'), serializeRecord(record))
  writeFileSync(join(dir, 'node', 'node'), '')
  return dir
}

describe('the scratch folder of a trial', () => {
  it('is for this user only, and goes with all that is in it', () => {
    const tmp = tempDir()
    const scratch = makeScratch(table, tmp)
    expect(lstatSync(scratch.dir).mode & 0o777).toBe(0o700)
    writeFileSync(join(scratch.dir, 'record.json'), '{}')
    scratch.remove()
    expect(readdirSync(tmp)).toEqual([])
  })

  it('leaves nothing of itself among what this process does when it ends', () => {
    const before = process.listeners('exit')
    makeScratch(table, tempDir()).remove()
    expect(process.listeners('exit')).toEqual(before)
  })

  it('says what to do where none can be made', () => {
    expect(() => makeScratch(table, join(tempDir(), 'missing'))).toThrow(
      expect.objectContaining({ code: 'ERR_STATE_DIR', hint: expect.stringContaining('TMPDIR') }),
    )
  })
})

describe('of the scratch folders of other doctors', () => {
  it('those of doctors that are gone are removed', async () => {
    const tmp = tempDir()
    const left = folderOf(tmp, 'jsd-gone', await gone(), await gone())
    makeScratch(table, tmp).remove()
    expect(existsSync(left)).toBe(false)
  })

  it('one whose pid another process has by now is removed', async () => {
    const tmp = tempDir()
    const { identity } = await someProcess()
    const left = folderOf(tmp, 'jsd-reused', { ...identity, startTime: '1' })
    makeScratch(table, tmp).remove()
    expect(existsSync(left)).toBe(false)
  })

  it.each<[string, (tmp: string) => Promise<string>]>([
    ['of a doctor that lives', async (tmp) => folderOf(tmp, 'jsd-lives', (await someProcess()).identity)],
    ['whose backend lives on', async (tmp) => folderOf(tmp, 'jsd-orphan', await gone(), (await someProcess()).identity)],
    ['with another name', async (tmp) => folderOf(tmp, 'other-gone', await gone())],
    [
      'without a record: it may just be beginning',
      async (tmp) => {
        mkdirSync(join(tmp, 'jsd-empty'))
        return join(tmp, 'jsd-empty')
      },
    ],
    [
      'that is a link',
      async (tmp) => {
        symlinkSync(folderOf(tempDir(), 'jsd-gone', await gone()), join(tmp, 'jsd-link'))
        return join(tmp, 'jsd-link', 'api-1.json')
      },
    ],
    [
      'that is a file',
      async (tmp) => {
        writeFileSync(join(tmp, 'jsd-file'), '')
        return join(tmp, 'jsd-file')
      },
    ],
  ])('one %s stays', async (_name, make) => {
    const tmp = tempDir()
    const path = await make(tmp)
    makeScratch(table, tmp).remove()
    expect(existsSync(path)).toBe(true)
  })

  it.runIf(process.getuid?.() === 0)('one of another user stays', async () => {
    const tmp = tempDir()
    const left = folderOf(tmp, 'jsd-theirs', await gone())
    chownSync(left, 65_534, 65_534)
    makeScratch(table, tmp).remove()
    expect(existsSync(left)).toBe(true)
  })
})
