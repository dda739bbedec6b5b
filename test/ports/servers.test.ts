import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { portOwnersFor } from '../../src/ports/port-owners.ts'
import { serversOf } from '../../src/ports/servers.ts'
import { processTableFor } from '../../src/process/process-table.ts'
import { createTemp } from '../helpers/temp.ts'

const table = processTableFor(process.platform)
const world = { table, owners: portOwnersFor(process.platform, table) }
const serving = `require('http').createServer().listen(process.argv[1], () => console.log(process.pid, process.ppid)).on('error', console.error)`

describe.runIf(process.platform === 'linux')('those who serve', () => {
  it('are found below a shell, by their port or their path, and never a bystander', async () => {
    using temp = createTemp()
    const path = `${temp.dir}/s`
    // a shell that waits for both
    const shell = spawn('sh', ['-c', '"$0" -e "$1" 0 & "$0" -e "$1" "$2" & wait', process.execPath, serving, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    })
    try {
      let said = ''
      while (said.split('\n').length < 3) said += ((await once(shell.stdout, 'data')) as [Buffer])[0].toString()
      const pids = said
        .trim()
        .split('\n')
        .map((line) => Number(line.split(' ')[0]))
      const listening = (await world.owners?.listeners()) ?? []
      const held = await Promise.all(listening.map(async (listener) => (await world.owners?.heldBy(pids, [listener]))?.[0]?.port ?? []))
      const [port] = held.flat()
      const [byPort, byPath] = [await serversOf(shell.pid!, port!, world), await serversOf(shell.pid!, path, world)]
      expect([byPort.length, byPath.length]).toEqual([1, 1])
      expect([...byPort, ...byPath].sort()).toEqual([...pids].sort())
      expect(await serversOf(process.pid, 1, world)).toEqual([])
      expect(await serversOf(shell.pid!, port!, { ...world, owners: null })).toEqual([])
    } finally {
      process.kill(-shell.pid!, 'SIGKILL')
      await once(shell, 'exit')
    }
  })
})
