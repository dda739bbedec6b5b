import { execFileSync } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startBackend } from '../helpers/claude-backend.ts'
import { ask } from '../helpers/claude-http.ts'
import { createWorld } from '../helpers/claude-world.ts'

describe('the projects of the backend', () => {
  test('are those that Claude remembers, with the names of its folders', async () => {
    await using world = await createWorld()
    await using backend = await startBackend(world)
    await world.file('.claude.json', JSON.stringify({ projects: { '/home/me/my app_1.0': {}, '/srv/größe': {}, relative: {} } }))
    const { status, text } = await ask(`${backend.url}/api/projects`)
    expect(status).toBe(200)
    expect(JSON.parse(text)).toEqual({
      projects: [
        { path: '/home/me/my app_1.0', encodedName: '-home-me-my-app-1-0' },
        { path: '/srv/größe', encodedName: '-srv-gr--e' },
      ],
    })
  })

  test('are none while the file is missing, torn, or nothing that can be read', async () => {
    await using world = await createWorld()
    await using backend = await startBackend(world)
    const projects = async () => {
      const { status, text } = await ask(`${backend.url}/api/projects`)
      return { status, ...JSON.parse(text) }
    }
    const none = { status: 200, projects: [] }
    expect(await projects()).toEqual(none)
    for (const text of ['', '{"projects":{"/a":', 'null', '[]', '{"projects":null}', '{"projects":["/a"]}']) {
      await world.file('.claude.json', text)
      expect(await projects(), text).toEqual(none)
    }
  })

  test.skipIf(process.platform === 'win32')('are none where a directory or a pipe has the name of the file', async () => {
    for (const make of [(path: string) => mkdir(path), (path: string) => execFileSync('mkfifo', [path])]) {
      await using world = await createWorld()
      await using backend = await startBackend(world)
      await make(join(world.home, '.claude.json'))
      expect(JSON.parse((await ask(`${backend.url}/api/projects`)).text)).toEqual({ projects: [] })
    }
  })
})
