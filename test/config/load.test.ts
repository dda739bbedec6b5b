import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { findConfig, loadConfig } from '../../src/config/load.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

const folder = (files: Readonly<Record<string, string>>): string => {
  const dir = mkdtempSync(join(tmpdir(), 'jarvis-config-'))
  folders.push(dir)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text)
  return dir
}
const load = (name: string, text: string): ReturnType<typeof loadConfig> => loadConfig(join(folder({ [name]: text }), name))

describe('a config file', () => {
  it.each([
    ['jarvis.config.json', '{ "script": "server.js", "port": 3000 }'],
    ['jarvis.config.mjs', 'export default { script: "server.js", port: await Promise.resolve(3000) }'],
    ['jarvis.config.cjs', 'module.exports = { script: "server.js", port: 3000 }'],
    [
      'jarvis.config.cjs',
      'Object.defineProperty(exports, "__esModule", { value: true }); exports.default = { script: "server.js", port: 3000 }',
    ],
    ['jarvis.config.js', 'export default { script: "server.js", port: 3000 }'],
    ['jarvis.config.ts', 'const port: number = 3000\nexport default { script: "server.js", port } satisfies object'],
    ['jarvis.config.mts', 'enum Port { Api = 3000 }\nexport default { script: "server.js", port: Port.Api as number }'],
  ])('%s: %s', async (name, text) => {
    const dir = folder({ [name]: text, 'package.json': '{ "type": "module" }' })
    const loaded = await loadConfig(join(dir, name))
    expect(loaded).toEqual({ file: join(dir, name), dir, config: { script: 'server.js', port: 3000 } })
  })

  it('in TypeScript may import its neighbours', async () => {
    const dir = folder({
      'jarvis.config.ts': 'import { port } from "./port.ts"\nexport default { script: "server.js", port }',
      'port.ts': 'export const port: number = 4000',
    })
    expect((await loadConfig(join(dir, 'jarvis.config.ts'))).config).toEqual({ script: 'server.js', port: 4000 })
  })

  it.each([
    ['jarvis.config.json', '{ "script": ', 'could not be loaded'],
    ['jarvis.config.mjs', 'export default {', 'could not be loaded'],
    ['jarvis.config.ts', 'export default { script: ', 'could not be loaded'],
    ['jarvis.config.mjs', 'throw new Error("no home")', 'could not be loaded: no home'],
    ['jarvis.config.mjs', 'export const script = "server.js"', 'exports nothing, not an object'],
    ['jarvis.config.mjs', 'export default "server.js"', 'exports a string, not an object'],
    ['jarvis.config.json', 'null', 'not an object'],
    ['jarvis.config.json', '[]', 'not an object'],
  ])('%s: %s: %s', async (name, text, message) => {
    await expect(load(name, text)).rejects.toMatchObject({
      code: 'ERR_INVALID_OPTIONS',
      message: expect.stringContaining(message),
      hint: expect.stringMatching(/\.$/),
    })
  })

  it('that cannot be loaded keeps the error as its cause', async () => {
    await expect(load('jarvis.config.mjs', 'throw new TypeError("why")')).rejects.toMatchObject({ cause: { name: 'TypeError' } })
  })

  it('that is not there is named', async () => {
    const file = join(folder({}), 'jarvis.config.ts')
    await expect(loadConfig(file)).rejects.toMatchObject({
      code: 'ERR_INVALID_OPTIONS',
      message: expect.stringContaining(`${file} is not there`),
    })
  })

  it('is no folder', async () => {
    await expect(loadConfig(folder({}))).rejects.toMatchObject({ message: expect.stringContaining('is not a file') })
  })
})

describe('the config of a folder', () => {
  it.each(['ts', 'mts', 'js', 'mjs', 'cjs', 'json'])('may be jarvis.config.%s', (extension) => {
    const dir = folder({ [`jarvis.config.${extension}`]: '' })
    expect(findConfig(dir)).toBe(join(dir, `jarvis.config.${extension}`))
  })

  it('need not be there', () => {
    expect(findConfig(folder({ 'jarvis.config.yaml': '', 'vite.config.ts': '' }))).toBeUndefined()
  })

  it('may not be there twice', () => {
    const dir = folder({ 'jarvis.config.ts': '', 'jarvis.config.json': '' })
    expect(() => findConfig(dir)).toThrow(/jarvis\.config\.ts and .*jarvis\.config\.json are both there/)
  })

  it('is not run by being found', () => {
    const dir = folder({ 'jarvis.config.mjs': 'throw new Error("was run")' })
    expect(() => findConfig(dir)).not.toThrow()
  })
})

describe('a folder under the name of a config', () => {
  it('is said to be none', async () => {
    const dir = folder({})
    mkdirSync(join(dir, 'jarvis.config.json'))
    await expect(loadConfig(join(dir, 'jarvis.config.json'))).rejects.toMatchObject({ message: expect.stringContaining('is not a file') })
  })
})
