import { type LookupAddress, lookup } from 'node:dns'
import { access } from 'node:fs'
import { homedir, networkInterfaces, release } from 'node:os'
import { join } from 'node:path'
import { errnoOf } from '../../errors.ts'
import type { Tools } from '../../process/tool.ts'
import { systemPath } from '../../process/windows.ts'
import type { MachineFacts } from '../evidence.ts'
import { parseExcludedPorts } from './excluded-ports.ts'
import { headInTime } from './proc-files.ts'
import { quarantineOf } from './quarantine.ts'
import { within } from './within.ts'

export interface MachineWorld {
  readonly platform: NodeJS.Platform
  readonly arch: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** With a limit of their own: a tool of Windows takes longer than a file. */
  readonly tools: Tools
  /** What was, or is to be, started; null: nothing. */
  readonly file: string | null
  /** Folder that holds /proc, /run and so on. Default `/`. */
  readonly root?: string
  readonly home?: string
  readonly resolve?: (name: string) => Promise<readonly LookupAddress[]>
}

const fileMs = 300
const lookupMs = 500
/** The first processor's rows; there may be hundreds. */
const cpuinfoLimit = 16 * 1024

/** What the machine is like. Never rejects: what cannot be read in time is not known. */
export const machineFacts = async (world: MachineWorld): Promise<MachineFacts> => {
  const { platform, arch, tools, file, home = ownHome() } = world
  const [unprivilegedPortStart, features, localhost, confinement, reservedPorts, quarantine] = await Promise.all([
    within(fileMs, portStart(world), null),
    within(fileMs, cpuFeatures(world), null),
    within(lookupMs, localhostOf(world.resolve ?? resolveAll), null),
    within(fileMs, confinementOf(world), []),
    reserved(world).catch(() => []),
    platform === 'darwin' && file !== null ? quarantineOf({ file, home, tools, now: Date.now() }).catch(() => null) : null,
  ])
  return {
    ...{ platform, arch, release: release(), node: process.versions.node, electron: process.versions.electron ?? null, home },
    uid: process.getuid?.() ?? null,
    ...{ unprivilegedPortStart, cpuFeatures: features, addresses: addresses(), localhost, confinement, reservedPorts, quarantine },
  }
}

const text = async ({ root = '/' }: MachineWorld, path: string, limit = 4096): Promise<string> =>
  (await headInTime(join(root, path), limit))?.toString('latin1') ?? ''

const portStart = async (world: MachineWorld): Promise<number | null> => {
  if (world.platform !== 'linux') return null
  const port = /^\d+/.exec(await text(world, 'proc/sys/net/ipv4/ip_unprivileged_port_start'))?.[0]
  return port === undefined ? null : Number(port)
}

/** Those that binaries are built for, and die of where they are missing. */
const wantedFeatures = ['avx', 'avx2', 'bmi2', 'sse4_2']

const cpuFeatures = async (world: MachineWorld): Promise<string[] | null> => {
  if (world.platform !== 'linux' || world.arch !== 'x64') return null
  const flags = /^flags\s*: (.*)$/m.exec(await text(world, 'proc/cpuinfo', cpuinfoLimit))?.[1]?.split(' ')
  return flags === undefined ? null : wantedFeatures.filter((feature) => flags.includes(feature))
}

const resolveAll = (name: string): Promise<readonly LookupAddress[]> =>
  new Promise((resolve, reject) => lookup(name, { all: true }, (error, found) => (error === null ? resolve(found) : reject(error))))

/** That the system knows no such name is an answer, too: none. */
const localhostOf = (resolve: (name: string) => Promise<readonly LookupAddress[]>): Promise<readonly string[] | null> =>
  resolve('localhost').then(
    (found) => [...new Set(found.map(({ address }) => address))],
    (error: unknown) => (errnoOf(error) === 'ENOTFOUND' ? [] : null),
  )

const confinementOf = async (world: MachineWorld): Promise<string[]> => {
  const { env, platform } = world
  if (platform !== 'linux') return []
  const isFile = (path: string): Promise<boolean> =>
    new Promise((resolve) => access(join(world.root ?? '/', path), (error) => resolve(error === null)))
  const isSet = (name: string): boolean => (env[name] ?? '') !== ''
  const [flatpak, docker, podman, kernel] = await Promise.all([
    isFile('.flatpak-info'),
    isFile('.dockerenv'),
    isFile('run/.containerenv'),
    text(world, 'proc/version'),
  ])
  const kinds: readonly (readonly [string, boolean])[] = [
    ['AppImage', isSet('APPIMAGE') || isSet('APPDIR')],
    ['Snap', isSet('SNAP')],
    ['Flatpak', isSet('FLATPAK_ID') || flatpak],
    ['WSL', isSet('WSL_DISTRO_NAME') || /microsoft/i.test(kernel)],
    ['container', docker || podman],
  ]
  return kinds.flatMap(([kind, isSo]) => (isSo ? [kind] : []))
}

/** Windows only: ports that Hyper-V and others keep, and whoever listens on one of them is refused. */
const reserved = async ({ platform, env, tools }: MachineWorld): Promise<[number, number][]> => {
  if (platform !== 'win32') return []
  const said = await tools.run(systemPath(env as NodeJS.ProcessEnv, 'netsh.exe'), [
    'int',
    'ipv4',
    'show',
    'excludedportrange',
    'protocol=tcp',
  ])
  return said?.code === 0 ? parseExcludedPorts(said.text) : []
}

/** Empty where the system does not tell: some sandboxes refuse it. */
const addresses = (): string[] => {
  try {
    const all = Object.values(networkInterfaces()).flatMap((interfaces) => interfaces ?? [])
    return [...new Set(all.map(({ address }) => address))]
  } catch {
    return []
  }
}

const ownHome = (): string => {
  try {
    return homedir()
  } catch {
    return ''
  }
}
