/** Decides whether this machine can run what a native file was built for. Pure. */
import type { Content } from './content.ts'
import type { Surroundings } from './surroundings.ts'

/** What a machine runs besides its own: 32-bit programs, and what Rosetta and Windows translate. */
const guests: Readonly<Record<string, readonly string[]>> = {
  'linux x64': ['ia32'],
  'linux arm64': ['arm'],
  'darwin arm64': ['x64'],
  'win32 x64': ['ia32'],
  'win32 arm64': ['x64', 'ia32'],
}

const systems = { 'mach-o': 'macOS', pe: 'Windows', elf: 'Linux' }

const formatOf = (platform: NodeJS.Platform): 'mach-o' | 'pe' | 'elf' =>
  platform === 'darwin' ? 'mach-o' : platform === 'win32' ? 'pe' : 'elf'

/** The architectures of a native file; undefined for anything else. */
export const architectures = (content: Content): readonly string[] | undefined => {
  if (content.format === 'mach-o') return content.archs
  return content.format === 'elf' || content.format === 'pe' ? [content.arch] : undefined
}

/** What a native file was built for, if that is another machine: `macOS`, `Linux on arm64`. */
export const builtForAnother = (content: Content, { platform, arch }: Pick<Surroundings, 'platform' | 'arch'>): string | null => {
  if (content.format !== 'elf' && content.format !== 'mach-o' && content.format !== 'pe') return null
  if (content.format !== formatOf(platform)) return systems[content.format]
  const built = architectures(content)!
  const runs = [arch, ...(guests[`${platform} ${arch}`] ?? [])]
  return built.some((one) => runs.includes(one)) ? null : built.join(' and ')
}
