/**
 * Decides what a batch file or a PowerShell script starts, where a package manager wrote it and nobody touched it since:
 * only then does it come to the same to start that instead. Anything else is not recognised. Pure: never looks whether
 * the target is there, never throws, whatever the text.
 */

export interface CmdShim {
  readonly format: 'cmd-shim'
  readonly language: 'batch file' | 'PowerShell script'
  /** Who writes this shape, in words. */
  readonly maker: string
  /** Absolute, or relative to the folder of the shim. */
  readonly target: string
  /** Whether Node gets the target, with `args` before it; otherwise the target is started itself. */
  readonly throughNode: boolean
  readonly args: readonly string[]
}

/**
 * What varies in a shape. Nothing here lets a second command in, or a value of the environment: a `%` or `$` belongs to
 * the shape, never to a path. A name that occurs twice has to read the same twice.
 */
const holes: Readonly<Record<string, string>> = {
  flags: String.raw`(?<flags> ?[\w./:=,@+-]+(?: +[\w./:=,@+-]+)*|)`,
  target: String.raw`(?<target>(?![\\/])[^"%<>|:*?\x00-\x1f]+)`,
  absolute: String.raw`(?<target>[A-Za-z]:\\[^"%<>|:*?\x00-\x1f]+)`,
  node: String.raw`[A-Za-z]:\\(?:[^"%<>|:*?\x00-\x1f]+\\)?node\.exe`,
  paths: String.raw`(?<paths>(?:%~dp0|[^"%<>|&^\x00-\x1f])*)`,
  psTarget: '(?<target>(?![\\\\/])[^"“”„$`<>|:*?\\x00-\\x1f]+)',
  psAbsolute: '(?<target>[A-Za-z]:[\\\\/][^"“”„$`<>|:*?\\x00-\\x1f]+)',
  psNode: '[A-Za-z]:[\\\\/](?:[^"“”„$`<>|:*?\\x00-\\x1f]+[\\\\/])?node\\.exe',
  psPaths: '(?<paths>(?:\\$basedir|[^"“”„$`\\x00-\\x1f])*)',
  psPosixPaths: '(?:\\$basedir|[^"“”„$`\\x00-\\x1f])*',
  comment: String.raw`#[^\r\n]*`,
}

/** The group that a hole fills, and that is compared where the hole comes again. */
const groupOf = (pattern: string): string | undefined => /^\(\?<(\w+)>/.exec(pattern)?.[1]

const compile = (lines: readonly string[]): RegExp => {
  const filled = new Set<string>()
  const hole = (name: string): string => {
    const pattern = holes[name]!
    const group = groupOf(pattern)
    if (group === undefined || !filled.has(group)) {
      if (group !== undefined) filled.add(group)
      return pattern
    }
    return `\\k<${group}>`
  }
  const patterns = lines.map((line) => line.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&').replace(/<(\w+)>/g, (_, name: string) => hole(name)))
  return new RegExp(`^${patterns.join('\\r?\\n')}(?:\\r?\\n)?$`)
}

interface Shape {
  readonly language: CmdShim['language']
  readonly maker: string
  readonly throughNode: boolean
  readonly lines: readonly string[]
}

const shape = (language: CmdShim['language'], maker: string, throughNode: boolean, lines: readonly string[]): Shape => ({
  language,
  maker,
  throughNode,
  lines,
})

/** Patterns that were needed before: most machines never see more than one of them. */
const compiled = new Map<Shape, RegExp>()

const patternOf = (shape: Shape): RegExp => {
  const pattern = compiled.get(shape) ?? compile(shape.lines)
  compiled.set(shape, pattern)
  return pattern
}

const beginsLike = (text: string, { lines: [first = ''] }: Shape): boolean => text.startsWith(first.split('<', 1)[0]!)

/** npm since 2019 asks a subroutine for the folder, which `%~dp0` misses where the command was called in quotes. */
const folder = [':find_dp0', 'SET dp0=%~dp0', 'EXIT /b']
const npmHead = ['@ECHO off', 'GOTO start', ...folder, ':start', 'SETLOCAL', 'CALL :find_dp0']
const npmEarlyHead = ['@ECHO off', 'SETLOCAL', 'CALL :find_dp0']
const withoutJs = 'SET PATHEXT=%PATHEXT:;.JS;=;%'
const chooseNode = (...more: string[]): string[] => [
  '',
  'IF EXIST "%dp0%\\node.exe" (',
  '  SET "_prog=%dp0%\\node.exe"',
  ') ELSE (',
  '  SET "_prog=node"',
  ...more,
  ')',
  '',
]
const runChosen = '"%_prog%" <flags> "%dp0%\\<target>" %*'
const runDirectly = '"%dp0%\\<target>"   %*'
/** Spares the user the question whether to end the batch job. */
const lastWords = 'endLocal & goto #_undefined_# 2>NUL || title %COMSPEC% & '

const npmShapes = (): Shape[] => {
  const npm = (throughNode: boolean, lines: readonly string[]): Shape => shape('batch file', 'npm', throughNode, lines)
  const early = ['EXIT /b %errorlevel%', 'EXIT /b'].flatMap((exit) => {
    const tail = ['ENDLOCAL', exit, ...folder]
    return [
      npm(true, [...npmEarlyHead, ...chooseNode(`  ${withoutJs}`), runChosen, ...tail]),
      npm(false, [...npmEarlyHead, runDirectly, ...tail]),
    ]
  })
  return [
    npm(false, [...npmHead, runDirectly]),
    npm(true, [...npmHead, ...chooseNode(`  ${withoutJs}`), lastWords + runChosen]),
    npm(true, [...npmHead, ...chooseNode(), `${lastWords}${withoutJs.replace('SET', 'set')} & ${runChosen}`]),
    ...early,
  ]
}

/** Before it had a subroutine; Yarn writes these to this day, and pnpm with lines of its own before them. */
const byFolder = '"%~dp0\\<target>"'
const runNode = (prog: string): string => `  ${prog} <flags> ${byFolder} %*`
const branches = (...before: string[]): string[] => [
  '@IF EXIST "%~dp0\\node.exe" (',
  runNode('"%~dp0\\node.exe"'),
  ') ELSE (',
  ...before,
  runNode('node'),
  ')',
]

const setNodePath = (both: string): string[] => [
  '@IF NOT DEFINED NODE_PATH (',
  '  @SET "NODE_PATH=<paths>"',
  ') ELSE (',
  `  @SET "NODE_PATH=${both}"`,
  ')',
]
/** Where a script behind pnpm's links finds its packages; a Node that gets the real path finds them without. */
const pnpmNodePaths = [[], setNodePath('<paths>;%NODE_PATH%'), setNodePath('%NODE_PATH%;<paths>')]
const earlyNodePaths = [[], ['@SET NODE_PATH=<paths>']]

const olderShapes = (): Shape[] =>
  earlyNodePaths.flatMap((nodePath) => {
    const maker = nodePath.length === 0 ? 'npm or Yarn' : 'pnpm'
    return [
      shape('batch file', maker, false, [...nodePath, `@${byFolder}   %*`]),
      shape('batch file', maker, true, [...nodePath, ...branches('  @SETLOCAL', `  @${withoutJs}`)]),
    ]
  })

const pnpmShapes = (): Shape[] =>
  pnpmNodePaths.flatMap((nodePath) => {
    const pnpm = (throughNode: boolean, ...lines: string[]): Shape =>
      shape('batch file', 'pnpm', throughNode, ['@SETLOCAL', ...nodePath, ...lines])
    return [
      pnpm(false, `@${byFolder}   %*`),
      pnpm(false, '@"<absolute>"   %*'),
      pnpm(true, ...branches(`  @${withoutJs}`)),
      pnpm(true, `@"<node>" <flags> ${byFolder} %*`),
    ]
  })

/** Only what scoop writes for a batch file; for an executable it copies one that starts it. */
const scoopShape = (): Shape => shape('batch file', 'scoop', false, ['@rem <absolute>', '@"<absolute>"  %*'])

const psHead = ['#!/usr/bin/env pwsh', '$basedir=Split-Path $MyInvocation.MyCommand.Definition -Parent', '', '$exe=""']
const onWindows = ['if ($PSVersionTable.PSVersion -lt "6.0" -or $IsWindows) {', '  <comment>', '  <comment>', '  $exe=".exe"']

interface PsPreamble {
  readonly before: readonly string[]
  readonly after: readonly string[]
}

const psNodePath = (both: string): PsPreamble => ({
  before: [
    '$pathsep=":"',
    '$env_node_path=$env:NODE_PATH',
    '$new_node_path="<psPaths>"',
    ...onWindows,
    '  $pathsep=";"',
    '} else {',
    '  $new_node_path="<psPosixPaths>"',
    '}',
    'if ([string]::IsNullOrEmpty($env_node_path)) {',
    '  $env:NODE_PATH=$new_node_path',
    '} else {',
    `  $env:NODE_PATH="${both}"`,
    '}',
    '',
  ],
  after: ['$env:NODE_PATH=$env_node_path'],
})

const psPreambles: readonly PsPreamble[] = [
  { before: [...onWindows, '}'], after: [] },
  psNodePath('$new_node_path$pathsep$env_node_path'),
  psNodePath('$env_node_path$pathsep$new_node_path'),
]

const piped = (indent: string, command: string): string[] =>
  ['<comment>', 'if ($MyInvocation.ExpectingInput) {', `  $input | & ${command} $args`, '} else {', `  & ${command} $args`, '}'].map(
    (line) => indent + line,
  )

const unpiped = (indent: string, command: string): string[] => [`${indent}& ${command} $args`]

const psTarget = '"$basedir/<psTarget>"'

const psShapes = (): Shape[] =>
  psPreambles.flatMap(({ before, after }) =>
    [piped, unpiped].flatMap((call) => {
      const maker = after.length === 0 ? 'npm or pnpm' : 'pnpm'
      const script = (throughNode: boolean, ...lines: string[]): Shape =>
        shape('PowerShell script', maker, throughNode, [...psHead, ...before, ...lines])
      const node = (prog: string): string[] => [...call('  ', `"${prog}" <flags> ${psTarget}`), '  $ret=$LASTEXITCODE']
      const choose = ['$ret=0', 'if (Test-Path "$basedir/node$exe") {', ...node('$basedir/node$exe'), '} else {', ...node('node$exe'), '}']
      return [
        script(false, ...call('', `${psTarget}  `), ...after, 'exit $LASTEXITCODE'),
        script(false, ...call('', '"<psAbsolute>"  '), ...after, 'exit $LASTEXITCODE'),
        script(true, ...call('', `"<psNode>" <flags> ${psTarget}`), ...after, 'exit $LASTEXITCODE'),
        script(true, ...choose, ...after, 'exit $ret'),
      ]
    }),
  )

let known: { readonly batch: readonly Shape[]; readonly powerShell: readonly Shape[] } | undefined

/** Made when the first such file turns up: on most machines none ever does. */
const shapesLike = (text: string): readonly Shape[] => {
  known ??= { batch: [...npmShapes(), ...pnpmShapes(), ...olderShapes(), scoopShape()], powerShell: psShapes() }
  return text.startsWith('@') ? known.batch : known.powerShell
}

/** @param text All of the file: what follows a known shape makes it another one. */
export const readCmdShim = (text: string): CmdShim | undefined => {
  if (!text.startsWith('@') && !text.startsWith('#!/usr/bin/env pwsh')) return undefined
  for (const shape of shapesLike(text)) {
    const found = beginsLike(text, shape) ? patternOf(shape).exec(text)?.groups : undefined
    if (found === undefined) continue
    const { language, maker, throughNode } = shape
    const args = (found.flags ?? '').split(' ').filter((word) => word !== '')
    return { format: 'cmd-shim', language, maker, target: found.target!, throughNode, args }
  }
  return undefined
}
