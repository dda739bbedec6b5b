import { readFileSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type MachineWorld, machineFacts } from '../../../src/doctor/look/machine.ts'
import { createTemp } from '../../helpers/temp.ts'
import { scriptedTools } from '../../process/scripted-tools.ts'

const silent = scriptedTools(() => undefined)
const base: MachineWorld = { platform: 'linux', arch: 'x64', env: {}, tools: silent, file: null }

/** A Linux whose files are as written. */
const factsWith = async (files: Readonly<Record<string, string>>, others: Partial<MachineWorld> = {}) => {
  using temp = createTemp()
  for (const [name, text] of Object.entries(files)) temp.file(name, text)
  return await machineFacts({ ...base, root: temp.dir, ...others })
}

const enoent = (code: string) => async () => {
  throw Object.assign(new Error(code), { code })
}

describe('a machine', () => {
  it('is this one', async () => {
    const { arch, platform } = process
    const facts = await machineFacts({ ...base, arch, platform, env: process.env })
    expect(facts).toMatchObject({
      platform,
      arch,
      node: process.versions.node,
      electron: null,
      uid: process.getuid?.(),
      quarantine: null,
      reservedPorts: [],
    })
    expect(facts.unprivilegedPortStart).toBe(Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8')))
    expect(facts.addresses).toContain('127.0.0.1')
    expect(facts.localhost).toContain('127.0.0.1')
    expect(facts.release).not.toBe('')
  })

  it('of which nothing can be read is told without it', async () => {
    expect(await factsWith({}, { resolve: enoent('EAI_AGAIN') })).toMatchObject({
      unprivilegedPortStart: null,
      cpuFeatures: null,
      localhost: null,
      confinement: [],
    })
  })

  it('whose resolver hangs is told in time', async () => {
    const began = performance.now()
    expect((await factsWith({}, { resolve: () => new Promise(() => {}) })).localhost).toBeNull()
    expect(performance.now() - began).toBeLessThan(5000)
  })

  it('that knows no localhost has none', async () => {
    expect((await factsWith({}, { resolve: enoent('ENOTFOUND') })).localhost).toEqual([])
  })

  it('tells which localhost comes first', async () => {
    const resolve = async () => [
      { address: '::1', family: 6 },
      { address: '127.0.0.1', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ]
    expect((await factsWith({}, { resolve })).localhost).toEqual(['::1', '127.0.0.1'])
  })

  it('tells what its first processor can do', async () => {
    const files = { 'proc/cpuinfo': 'processor\t: 0\nflags\t\t: fpu sse4_2 avx bmi1 movbe\n\nprocessor\t: 1\nflags\t\t: avx2\n' }
    expect((await factsWith(files)).cpuFeatures).toEqual(['avx', 'sse4_2'])
    expect((await factsWith(files, { arch: 'arm64' })).cpuFeatures).toBeNull()
  })
})

describe('a machine is confined', () => {
  it.each<[string, string[], Record<string, string>, Record<string, string>]>([
    ['by nothing', [], {}, { SNAP: '' }],
    ['as an AppImage', ['AppImage'], {}, { APPIMAGE: '/a.AppImage' }],
    ['as an unpacked AppImage', ['AppImage'], {}, { APPDIR: '/a' }],
    ['as a Snap', ['Snap'], {}, { SNAP: '/snap/a/1' }],
    ['as a Flatpak', ['Flatpak'], { '.flatpak-info': '' }, {}],
    ['as a Flatpak that says so', ['Flatpak'], {}, { FLATPAK_ID: 'org.a.A' }],
    ['in WSL', ['WSL'], { 'proc/version': 'Linux version 5.15.167.4-microsoft-standard-WSL2 (root@f9c826d3017f)' }, {}],
    ['in WSL that says so', ['WSL'], {}, { WSL_DISTRO_NAME: 'Debian' }],
    ['in a container of Docker', ['container'], { '.dockerenv': '' }, {}],
    ['in a container of Podman, in WSL', ['WSL', 'container'], { 'run/.containerenv': '' }, { WSL_DISTRO_NAME: 'Debian' }],
  ])('%s: %j', async (_, confinement, files, env) => {
    expect((await factsWith(files, { env })).confinement).toEqual(confinement)
  })
})

describe('Windows', () => {
  it('is asked for the ports that it keeps', async () => {
    const tools = scriptedTools(() => '\r\n  Startport    Endport\r\n----------    --------\r\n      5357        5357\r\n')
    const facts = await machineFacts({ ...base, platform: 'win32', env: { SystemRoot: 'D:\\WINNT' }, tools })
    expect(facts).toMatchObject({ reservedPorts: [[5357, 5357]], unprivilegedPortStart: null, cpuFeatures: null, confinement: [] })
    expect(tools.asked).toEqual(['D:\\WINNT\\System32\\netsh.exe int ipv4 show excludedportrange protocol=tcp'])
  })

  it('that does not say keeps none', async () => {
    expect((await machineFacts({ ...base, platform: 'win32' })).reservedPorts).toEqual([])
  })
})

describe('macOS', () => {
  const at = (file: string, said: string | undefined, home = '/nonexistent') => {
    const tools = scriptedTools(() => (said === undefined ? { code: 1, text: '', complaint: 'No such xattr' } : said))
    return machineFacts({ ...base, platform: 'darwin', tools, file, home })
  }
  const attribute = '0083;673f0a4e;Safari;0F2D\n'

  it('tells that a file came from elsewhere', async () => {
    expect((await at('/Applications/A.app/node', attribute)).quarantine).toEqual({
      quarantined: true,
      translocated: false,
      codesigningReport: false,
    })
    expect((await at('/Applications/A.app/node', undefined)).quarantine?.quarantined).toBe(false)
  })

  it('tells that a file runs from where it was not put', async () => {
    expect((await at('/private/var/folders/x/AppTranslocation/1/d/A.app/node', undefined)).quarantine?.translocated).toBe(true)
  })

  it('tells that a report of late blames the signature', async () => {
    using temp = createTemp()
    const reports = 'Library/Logs/DiagnosticReports'
    temp.file(`${reports}/claude-2026-11-20-094100.ips`, '{"termination":{"namespace":"CODESIGNING","indicator":"Invalid Page"}}')
    temp.file(`${reports}/node-2026-11-20-094100.ips`, '{"termination":{"namespace":"SIGNAL"}}')
    const old = temp.file(`${reports}/git-2026-11-20-094100.ips`, '{"termination":{"namespace":"CODESIGNING"}}')
    utimesSync(old, 0, 0)
    const blamed = async (name: string) => (await at(join('/bin', name), undefined, temp.dir)).quarantine?.codesigningReport
    expect([await blamed('claude'), await blamed('node'), await blamed('git'), await blamed('sh')]).toEqual([true, false, false, false])
  })

  it('asks nothing where no file is to be started', async () => {
    const tools = scriptedTools(() => attribute)
    expect((await machineFacts({ ...base, platform: 'darwin', tools })).quarantine).toBeNull()
    expect(tools.asked).toEqual([])
  })
})
