/** What electron-builder makes of the example. */
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { fusesOf } from '../../src/detect/read-fuses.ts'
import { filesIn, textIn } from './archive.ts'

describe('the package of the example', () => {
  const { example } = inject('packages')
  const resources = join(example, 'resources')
  const archive = join(resources, 'app.asar')

  it('has the main process in the archive, with the library and what that depends on', () => {
    const files = filesIn(archive)
    const roots = new Set(files.map((path) => path.replace(/^node_modules\/([^/]+)\/.*/, '$1')))
    expect([...roots].sort()).toEqual(['jarvis-supervise', 'jiti', 'main.mjs', 'package.json', 'undici'])
    expect(files).toContain('node_modules/jarvis-supervise/dist/electron.mjs')
    expect(files.filter((path) => /supervise\/.*(?:\.d\.m?ts|\/faults\/.*|\/cli\.js)$/.test(path))).toEqual([])
    expect(JSON.parse(textIn(archive, 'package.json'))).toMatchObject({ name: 'my-jarvis-desktop', main: 'main.mjs', type: 'module' })
  })

  it('has the backend and Claude outside of it, where Node looks from inside', () => {
    const modules = join(resources, 'node_modules')
    for (const path of ['my-jarvis-backend/package.json', 'my-jarvis-backend/dist/cli/node.js', '@anthropic-ai/claude-code/cli.js'])
      expect(existsSync(join(modules, path)), path).toBe(true)
    expect(existsSync(join(modules, 'my-jarvis-backend/src'))).toBe(false)
    expect(existsSync(`${archive}.unpacked`)).toBe(false)
    const search = join(modules, `@anthropic-ai/claude-code/vendor/ripgrep/${process.arch}-linux/rg`)
    expect(statSync(search).mode & 0o111).not.toBe(0)
  })

  it('has the fuses that its configuration asks for', async () => {
    expect(await fusesOf(join(example, 'my-jarvis'), 'linux')).toMatchObject({
      runAsNode: true,
      nodeOptions: true,
      nodeCliInspect: false,
      cookieEncryption: true,
      embeddedAsarIntegrityValidation: true,
      onlyLoadAppFromAsar: true,
    })
  })
})
