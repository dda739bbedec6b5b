import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as source from '../../src/index.ts'

const root = resolve(import.meta.dirname, '../..')
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string; dependencies: Record<string, string> }

/** The packed package in a project of its own, as an install would lay it out. */
let project: string
const installed = (...parts: string[]): string => join(project, 'node_modules', 'jarvis-supervise', ...parts)

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'packed-'))
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', project], { cwd: root, encoding: 'utf8' }),
  ) as [{ filename: string }]
  mkdirSync(installed(), { recursive: true })
  execFileSync('tar', ['-xzf', join(project, packed.filename), '-C', installed(), '--strip-components=1'])
  for (const name of Object.keys(manifest.dependencies)) symlinkSync(join(root, 'node_modules', name), join(project, 'node_modules', name))
  writeFileSync(
    join(project, 'server.mjs'),
    "import http from 'node:http'\nhttp.createServer((_, res) => res.end('ok')).listen(process.env.PORT, process.env.HOST)\n",
  )
})

afterAll(() => rmSync(project, { recursive: true, force: true }))

const run = (file: string, text: string): string => {
  writeFileSync(join(project, file), text)
  return execFileSync(process.execPath, [join(project, file)], { cwd: project, encoding: 'utf8' })
}

const useIt =
  "const s = createSupervisor({ script: './server.mjs' }); s.start().then(async ({ url }) => { console.log((await fetch(url)).status); await s.stop() })"

describe('the packed package', () => {
  it('supervises when it is imported', () => {
    expect(run('use.mjs', `import { createSupervisor } from 'jarvis-supervise'\n${useIt}`)).toBe('200\n')
  })

  it('supervises when it is required', () => {
    expect(run('use.cjs', `const { createSupervisor } = require('jarvis-supervise')\n${useIt}`)).toBe('200\n')
  })

  it('exports the same from both', () => {
    const print = 'console.log(Object.keys(all).filter((name) => name !== "default").sort().join())'
    const names = Object.keys(source).sort().join()
    expect(run('names.mjs', `import * as all from 'jarvis-supervise'\n${print}`).trim()).toBe(names)
    expect(run('names.cjs', `const all = require('jarvis-supervise')\n${print}`).trim()).toBe(names)
  })

  it('knows an error of its other copy', () => {
    const text =
      "import { isSupervisorError } from 'jarvis-supervise'\nimport { createRequire } from 'node:module'\nconst { createSupervisor } = createRequire(import.meta.url)('jarvis-supervise')\ntry { createSupervisor({}) } catch (error) { console.log(isSupervisorError(error, 'ERR_INVALID_OPTIONS')) }"
    expect(run('brand.mjs', text)).toBe('true\n')
  })

  it('resolves executables behind its subpath', () => {
    expect(run('detect.mjs', "import { resolveNode } from 'jarvis-supervise/detect'\nconsole.log((await resolveNode()).path)").trim()).toBe(
      process.execPath,
    )
  })

  it.each([
    ['imported', 'doctor.mjs', "import { runDoctor } from 'jarvis-supervise/doctor'"],
    ['required', 'doctor.cjs', "const { runDoctor } = require('jarvis-supervise/doctor')"],
    ['asked by the way', 'all.mjs', "import { runDoctor } from 'jarvis-supervise'"],
    ['asked by the way of an old program', 'all.cjs', "const { runDoctor } = require('jarvis-supervise')"],
  ])('examines when it is %s', (_how, file, line) => {
    const ask = "runDoctor({ service: { script: './missing.mjs' } }).then(({ verdict }) => console.log(verdict.code))"
    expect(run(file, `${line}\n${ask}`)).toBe('ENTRY_MISSING\n')
  })

  it('has the faulty backends that it runs on demand', () => {
    const list = execFileSync(process.execPath, [installed('dist', 'cli.js'), 'chaos', '--list', '--json'], { encoding: 'utf8' })
    const codes = (JSON.parse(list) as { code: string }[]).map(({ code }) => code)
    expect(codes.length).toBeGreaterThan(60)
    expect(readdirSync(installed('dist', 'faults')).length).toBeGreaterThanOrEqual(codes.length)
  })

  it('has a command that says its version', () => {
    expect(execFileSync(process.execPath, [installed('dist', 'cli.js'), '--version'], { encoding: 'utf8' }).trim()).toBe(manifest.version)
  })

  it('is published without a mistake in its manifest', async () => {
    const { messages, pkg } = await publint({ pkgDir: installed(), level: 'warning', pack: false })
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([])
  })
})
