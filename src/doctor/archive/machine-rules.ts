/** Rules about what native code was built for: the processor, the system, the Node. Pure. */
import { architectures, builtForAnother } from '../../detect/machine.ts'
import type { ArchiveFinding } from '../evidence.ts'
import { baseOf, pathsOf, type Rule, verb } from './rule.ts'
import type { SeenArchive, SeenFile } from './seen.ts'
import { listed } from './shown.ts'
import { familyOf, isMeantFor, isOneOfMany, meantFor, namesArch, namesPlatform, packageOf, type Target } from './variants.ts'

/** `no`: it cannot run. `translated`: Rosetta or its like must be there, and may not be. */
type Fit = 'yes' | 'translated' | 'no'

const fitOf = ({ content, role }: SeenFile, { platform, archs }: Target): Fit => {
  const built = architectures(content) ?? []
  if (!archs.some((arch) => builtForAnother(content, { platform, arch }) === null)) return 'no'
  if (built.some((arch) => archs.includes(arch))) return 'yes'
  // What is loaded into a process is never translated. Windows and Linux run 32-bit programs, and installers bring some.
  if (role === 'module') return 'no'
  return platform === 'darwin' ? 'translated' : 'yes'
}

const systems: Readonly<Record<string, string>> = { 'mach-o': 'macOS', pe: 'Windows', elf: 'Linux' }
const platformWords: Readonly<Partial<Record<NodeJS.Platform, string>>> = { darwin: 'macOS', win32: 'Windows', linux: 'Linux' }

const builtFor = (file: SeenFile): string => `${systems[file.content.format] ?? ''} on ${(architectures(file.content) ?? []).join(' and ')}`
const targetWords = ({ platform, archs }: Target): string => `${platformWords[platform] ?? platform} on ${archs.join(' and ')}`

const isNative = ({ role }: SeenFile): boolean => role === 'program' || role === 'module'

/** Of a role and a family: another file of both does what one cannot. */
const familyKey = ({ role, inner }: SeenFile): string => `${role} ${familyOf(inner).key}`

/**
 * Whether nobody is harmed, though it does not run here: it is one of many variants, of which others do.
 * `served`: the families of which a file fits.
 */
const isSpare = (file: SeenFile, served: ReadonlySet<string>, target: Target): boolean => {
  const isServed = served.has(familyKey(file))
  if (isMeantFor(file.inner, target)) return isOneOfMany(file.inner) && isServed
  const meant = meantFor(file.inner)
  // npm brings one of these packages, for the machine it runs on: where none fits, it ran on another
  const isExpected = familyOf(file.inner).isPackage || (namesPlatform(meant, target) && !namesArch(meant, target))
  return !isExpected || isServed
}

const groupOf = ({ inner }: SeenFile): string => packageOf(inner)?.folder ?? inner

const grouped = <T>(items: readonly T[], keyOf: (item: T) => string): T[][] => {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return [...groups.values()]
}

const cureOf = ({ inner, place }: SeenFile, { platform, archs }: Target): string => {
  const within = packageOf(inner)
  if (place === 'main') return `Take the package that was built for ${platform} ${archs.join(' and ')}.`
  const machine = `npm install --os=${platform} --cpu=${archs[0]}`
  return within === null
    ? `Package the file that was built for ${platform} ${archs.join(' and ')}.`
    : `Install ${within.name} for the machine that is packaged for (${machine}), or package on such a machine.`
}

const wrongMachine = ({ target, files }: SeenArchive): ArchiveFinding[] => {
  if (target === null) return []
  const natives = files.filter(isNative)
  const served = new Set(natives.filter((file) => fitOf(file, target) !== 'no').map(familyKey))
  const wrong = natives.filter((file) => fitOf(file, target) !== 'yes' && !isSpare(file, served, target))
  return grouped(wrong, (file) => `${fitOf(file, target)} ${groupOf(file)}`).map((group) => {
    const [first] = group as [SeenFile, ...SeenFile[]]
    const translated = fitOf(first, target) === 'translated'
    return {
      code: 'WRONG_ARCHITECTURE',
      severity: translated ? 'warn' : 'fail',
      fact: `${listed(group.map(({ path }) => path))} ${verb(group.length, 'was', 'were')} built for ${builtFor(first)}; the app is for ${targetWords(target)}${translated ? ', where it needs Rosetta' : ''}.`,
      hint: cureOf(first, target),
      paths: pathsOf(group),
    }
  })
}

const bundledNode = /^node(?:\.exe)?$/i

const wrongAbi = ({ electron, files, target }: SeenArchive): ArchiveFinding[] => {
  const { abi, version } = electron
  if (abi === null) return []
  // With a Node of its own, what lies outside of the archive may be meant for that one.
  const hasNode = files.some(({ role, inner }) => role === 'program' && bundledNode.test(baseOf(inner)))
  const wrong = files.filter(
    (file) =>
      file.role === 'module' &&
      typeof file.abi === 'number' &&
      file.abi !== abi &&
      !isOneOfMany(file.inner) &&
      !(hasNode && file.place !== 'packed') &&
      (target === null || fitOf(file, target) === 'yes'),
  )
  return grouped(wrong, (file) => `${file.abi} ${groupOf(file)}`).map((group) => {
    const [first] = group as [SeenFile, ...SeenFile[]]
    const name = packageOf(first.inner)?.name
    const only = name === undefined ? '' : ` --only ${name.replace(/^@[^/]+\//, '')}`
    return {
      code: 'NATIVE_ABI_MISMATCH',
      severity: 'fail',
      fact: `${listed(group.map(({ path }) => path))} ${verb(group.length, 'was', 'were')} built for NODE_MODULE_VERSION ${first.abi}; Electron ${version} loads ${abi}.`,
      hint: `npx @electron/rebuild --version ${version}${only} before packaging, or run the backend with the Node that it was built for.`,
      paths: pathsOf(group),
    }
  })
}

export const machineRules: readonly Rule[] = [wrongMachine, wrongAbi]
