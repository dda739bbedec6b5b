/**
 * Decides what a candidate is and whether it can be started here, from what was seen of it. Pure: never looks, never
 * prefers one candidate to another.
 */
import type { CauseCode } from '../causes/codes.ts'
import type { ExecutableKind } from './found.ts'
import { architectures, builtForAnother } from './machine.ts'
import { outsideAsar, pathsOf } from './paths.ts'
import type { SeenFile, Sight } from './see.ts'
import type { Shebang } from './shebang.ts'
import type { Surroundings } from './surroundings.ts'
import type { Unusable } from './verdict.ts'
import { isDesktopApp } from './windows-side.ts'

/** A candidate that can be started, or that a Node can run (`script`). */
export interface Sound {
  readonly usable: true
  readonly kind: 'native' | 'script' | 'wrapper' | 'shim'
  readonly realPath: string
  /** What a script's first line wants before its path. */
  readonly args: readonly string[]
  readonly reason: string
}

const trouble = (cause: CauseCode, reason: string, hint: string, kind: ExecutableKind = 'unusable'): Unusable => ({
  usable: false,
  kind,
  absent: false,
  reason,
  cause,
  hint,
})

const notExecutable = trouble('NOT_EXECUTABLE', 'is not executable', 'Make it executable (chmod +x), or install it again.')

/** These start whatever name they are called by; behind the link they are just themselves. */
const shims = new Set(['volta-shim', 'mise', 'snap'])

const interpreters = new Set(['node', 'nodejs'])
const scriptName = /\.[cm]?js$/i
const batchName = /\.(?:cmd|bat|ps1)$/i
const powerShellName = /\.ps1$/i

const judgeNative = (path: string, file: SeenFile, surroundings: Surroundings): Sound | Unusable => {
  const { content, realPath, executable } = file
  const another = builtForAnother(content, surroundings)
  if (another !== null) {
    const here = `${surroundings.platform} on ${surroundings.arch}`
    return trouble('WRONG_ARCHITECTURE', `is built for ${another}, and this is ${here}`, `Install the build for ${here}.`)
  }
  if (!executable) return notExecutable
  if (file.missingInterpreter !== null) {
    const reason = `needs the loader ${file.missingInterpreter}, which is not here`
    return trouble('INTERPRETER_MISSING', reason, 'Install the build for the C library of this system (glibc or musl).')
  }
  const { basename } = pathsOf(surroundings.platform)
  const name = basename(realPath).replace(/\.exe$/i, '')
  if (file.isLink && shims.has(name) && basename(path) !== basename(realPath)) {
    return { usable: true, kind: 'shim', realPath: path, args: [], reason: `is a shim of ${name}, started under its own name` }
  }
  return { usable: true, kind: 'native', realPath, args: [], reason: `is a native executable for ${architectures(content)!.join(' and ')}` }
}

const judgeShebang = (path: string, file: SeenFile, { program, args }: Shebang, { platform }: Surroundings): Sound | Unusable => {
  const { realPath, executable, missingInterpreter } = file
  const isModule = scriptName.test(path) || scriptName.test(realPath)
  // A module is read by its interpreter, which does not mind the mode.
  if (!executable && !isModule) return notExecutable
  if (interpreters.has(program)) return { usable: true, kind: 'script', realPath, args, reason: 'is a script for Node' }
  if (platform === 'win32') {
    const hint = 'Name the .exe or the .cmd that was installed beside it.'
    return trouble('NOT_EXECUTABLE', `is a script for ${program}, which Windows does not start`, hint)
  }
  if (!executable) return notExecutable
  if (missingInterpreter !== null) {
    const crlf = missingInterpreter.endsWith('\r')
      ? 'Its lines end as on Windows; convert it.'
      : 'Install that program, or correct the first line.'
    return trouble('INTERPRETER_MISSING', `asks for the interpreter ${JSON.stringify(missingInterpreter)}, which is not here`, crlf)
  }
  return { usable: true, kind: 'wrapper', realPath, args: [], reason: `is a wrapper that ${program} runs` }
}

const placeholder = trouble(
  'CLAUDE_UNUSABLE',
  'is the placeholder of npm: the native file was never put in its place',
  'Run `node install.cjs` in the folder of @anthropic-ai/claude-code, or install it again without --ignore-scripts and --omit=optional.',
  'stub',
)

/** Node starts neither: without a shell it refuses them, and with one every argument is open to interpretation. */
const onlyByShell = (path: string): Unusable => {
  const what = powerShellName.test(path)
    ? 'is a PowerShell script, which only PowerShell can run'
    : 'is a batch file, which only a shell can run'
  return trouble('WINDOWS_CMD_WITHOUT_SHELL', what, 'Name the .exe or the .js that it starts.', 'cmd')
}

const desktopApp = trouble(
  'CLAUDE_UNUSABLE',
  'belongs to the Claude desktop app, which opens a window',
  'Install Claude Code, or move its folder before WindowsApps on PATH.',
)

const judgeFile = (path: string, file: SeenFile, surroundings: Surroundings): Sound | Unusable => {
  const { content, realPath } = file
  if (content.format === 'shebang') return judgeShebang(path, file, content, surroundings)
  if (content.format === 'placeholder') return placeholder
  if (content.format === 'empty') return trouble('NOT_EXECUTABLE', 'is empty', 'Install it again.')
  if (content.format === 'cmd-shim' || (content.format === 'text' && batchName.test(path))) return onlyByShell(path)
  if (content.format === 'text' && (scriptName.test(path) || scriptName.test(realPath))) {
    return { usable: true, kind: 'script', realPath, args: [], reason: 'is a script for Node' }
  }
  if (content.format === 'text')
    return trouble('NOT_EXECUTABLE', 'is a text without a #! line', 'Add a first line that names its interpreter.')
  if (content.format === 'binary') return trouble('NOT_EXECUTABLE', 'is neither an executable nor a script', 'Install it again.')
  return judgeNative(path, file, surroundings)
}

const noSuchFile = 'Correct the path, or leave it out so that it is searched for.'

export const judge = (path: string, sight: Sight, surroundings: Surroundings): Sound | Unusable => {
  if (sight.state !== 'missing' && isDesktopApp(path, surroundings)) return desktopApp
  switch (sight.state) {
    case 'file':
      return judgeFile(path, sight, surroundings)
    case 'missing': {
      const reason = sight.code === null ? 'does not exist' : `cannot be looked at (${sight.code})`
      return { ...trouble('COMMAND_NOT_FOUND', reason, noSuchFile), absent: true }
    }
    case 'dangling':
      return trouble('COMMAND_NOT_FOUND', `is a link to ${sight.target}, which does not exist`, 'Install it again, or remove the link.')
    case 'no-file':
      return trouble('NOT_EXECUTABLE', `is ${sight.what}`, 'Name the executable itself.')
    case 'unreadable':
      return trouble('NOT_EXECUTABLE', `cannot be read (${sight.code})`, 'Check its mode and that of the folders above it.')
    case 'in-asar': {
      const hint = `Unpack it (asarUnpack) and name ${outsideAsar(path)}.`
      return trouble('PATH_INSIDE_ASAR', 'lies inside an Electron archive, from which nothing can be started', hint)
    }
  }
}
