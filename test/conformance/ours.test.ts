import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createScene } from '../helpers/supervised.ts'
import type { Row } from './row.ts'

interface Peer {
  readonly results: readonly Row[]
  readonly crashes: number
}

/** The gateway as it is built, in front of a supervisor that runs the kit's backend as its child. */
describe('the conformance kit', () => {
  it.each(process.platform === 'win32' ? ['jarvis-supervise'] : ['jarvis-supervise', 'jarvis-supervise-socket'])(
    'finds nothing wrong with %s',
    { timeout: 120_000 },
    async (name) => {
      await using scene = createScene()
      const report = join(scene.dir, 'report.json')
      const args = [resolve('conformance/peers.mjs'), name, '--json', report]
      const child = spawn(process.execPath, args, { cwd: scene.dir, env: scene.env, stdio: ['ignore', 'ignore', 'pipe'] })
      let said = ''
      child.stderr.on('data', (text) => {
        said += text
      })
      await once(child, 'exit')
      const [peer] = JSON.parse(readFileSync(report, 'utf8')) as [Peer]
      const wrong = peer.results.filter(({ result }) => result === 'fail').map(({ row, expected, seen }) => `${row}: ${expected}; ${seen}`)
      expect(wrong, said).toEqual([])
      expect(peer.crashes).toBe(0)
      const skipped = peer.results.filter(({ result }) => result === 'skip').map(({ row }) => row)
      expect(skipped).toEqual(
        expect.arrayContaining(['streams/slow-head', 'streams/quiet', ...(name.endsWith('socket') ? ['streams/rst-close-delimited'] : [])]),
      )
      expect(skipped.length).toBeLessThan(4)
    },
  )
})
