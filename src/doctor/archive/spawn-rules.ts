/** Rules about what is to be started from the package: Claude, tools, scripts, and Electron itself as a Node. Pure. */
import type { ArchiveFinding } from '../evidence.ts'
import { asarUnpack, baseOf, byGlob, pathsOf, type Rule, verb } from './rule.ts'
import type { SeenArchive, SeenFile } from './seen.ts'
import { listed } from './shown.ts'
import { isMeantFor, namesMachine, packageOf } from './variants.ts'

const tools = /^(?:claude|rg)(?:\.exe)?$/i
const formatOf: Readonly<Partial<Record<NodeJS.Platform, string>>> = { darwin: 'mach-o', win32: 'pe', linux: 'elf' }

/** Whether it is for this app's machine, as far as its path and its format say; another one never starts it. */
const isForUs = ({ target, platform }: SeenArchive, { inner, content, role }: SeenFile): boolean => {
  if (target === null ? namesMachine(inner) : !isMeantFor(inner, target)) return false
  return role === null || platform === null || content.format === (formatOf[platform] ?? 'elf')
}

/** What is sure to be spawned, and nothing else: packages are full of scripts that nobody starts. */
const isToBeSpawned = (file: SeenFile): boolean => {
  if (file.role === 'program') return true
  if (file.content.format !== 'shebang') return false
  if (tools.test(baseOf(file.inner))) return true
  return file.executable === true && packageOf(file.inner) === null
}

const insideArchive = (seen: SeenArchive): ArchiveFinding[] => {
  const packed = seen.files.filter((file) => file.place === 'packed' && isToBeSpawned(file) && isForUs(seen, file))
  return byGlob(packed).map(([glob, files]) => ({
    code: 'PATH_INSIDE_ASAR',
    severity: 'fail',
    fact: `${listed(files.map(({ path }) => path))} ${verb(files.length, 'is a program that lies', 'are programs that lie')} in the archive, where no system can start ${verb(files.length, 'it', 'them')}.`,
    hint: `Package with ${asarUnpack(glob)}, and spawn from app.asar.unpacked instead of app.asar.`,
    paths: pathsOf(files),
  }))
}

const modulesInside = (seen: SeenArchive): ArchiveFinding[] => {
  const packed = seen.files.filter((file) => file.place === 'packed' && file.role === 'module' && isForUs(seen, file))
  return byGlob(packed).map(([glob, files]) => ({
    code: 'PATH_INSIDE_ASAR',
    severity: 'warn',
    fact: `The native ${verb(files.length, 'module', 'modules')} ${listed(files.map(({ path }) => path))} ${verb(files.length, 'lies', 'lie')} in the archive: Electron copies each to a temporary folder, without the libraries beside it, and no plain Node can load it.`,
    hint: `Package with ${asarUnpack(glob)}.`,
    paths: pathsOf(files),
  }))
}

const notExecutable = (seen: SeenArchive): ArchiveFinding[] => {
  const files = seen.files.filter(
    (file) =>
      file.place !== 'packed' &&
      file.role === 'program' &&
      file.executable === false &&
      file.content.format !== 'pe' &&
      isForUs(seen, file),
  )
  if (files.length === 0) return []
  const [first] = files
  return [
    {
      code: 'NOT_EXECUTABLE',
      severity: 'fail',
      fact: `${listed(files.map(({ path }) => path))} ${verb(files.length, 'is a program', 'are programs')} without the executable bit.`,
      hint: `chmod +x before packaging (${baseOf(first!.path)}), and move the package with what keeps modes: tar, or zip -y; not a plain copy from Windows or a CI artifact.`,
      paths: pathsOf(files),
    },
  ]
}

const fuseOff: Rule = ({ fuses, files }) => {
  if (fuses?.runAsNode !== false) return []
  return [
    {
      code: 'RUN_AS_NODE_FUSE_OFF',
      severity: 'warn',
      fact: 'The fuse runAsNode is off: fork and spawn(process.execPath) start a second app instead of a Node.',
      hint: 'Start the backend with utilityProcess (launch: "utilityProcess"), or flip the fuse back on when packaging.',
      paths: pathsOf(files.filter(({ place }) => place === 'main')),
    },
  ]
}

const claudePackages = /^@anthropic-ai\/claude-(?:code|agent-sdk)-/

/** The native file that a placeholder stands for lies in a package of its own, where npm has brought it. */
const hasNativeClaude = (seen: SeenArchive): boolean =>
  seen.files.some((file) => file.role === 'program' && claudePackages.test(packageOf(file.inner)?.name ?? '') && isForUs(seen, file))

const placeholder = (seen: SeenArchive): ArchiveFinding[] => {
  const files = seen.files.filter(({ content }) => content.format === 'placeholder')
  if (files.length === 0) return []
  const sibling = hasNativeClaude(seen)
  return [
    {
      code: 'CLAUDE_UNUSABLE',
      severity: sibling ? 'warn' : 'fail',
      fact: `${listed(files.map(({ path }) => path))} ${verb(files.length, 'is', 'are')} npm's placeholder, not Claude: the script that puts the native file there never ran${sibling ? '; the native file lies in a package beside it' : ''}.`,
      hint: 'Install without --ignore-scripts and with optional dependencies before packaging, or run node install.cjs in that package.',
      paths: pathsOf(files),
    },
  ]
}

export const spawnRules: readonly Rule[] = [fuseOff, placeholder, insideArchive, modulesInside, notExecutable]
