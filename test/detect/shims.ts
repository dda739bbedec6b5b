/** The batch files and PowerShell scripts that package managers leave beside what they install, as each of them spells them. */

const crlf = (lines: readonly string[]): string => lines.map((line) => `${line}\r\n`).join('')
const lf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')
const backslashes = (path: string): string => path.replaceAll('/', '\\')

const findFolder = [':find_dp0', 'SET dp0=%~dp0', 'EXIT /b']
const head = ['@ECHO off', 'GOTO start', ...findFolder, ':start', 'SETLOCAL', 'CALL :find_dp0']
const choose = (...more: string[]): string[] => [
  '',
  'IF EXIST "%dp0%\\node.exe" (',
  '  SET "_prog=%dp0%\\node.exe"',
  ') ELSE (',
  '  SET "_prog=node"',
  ...more,
  ')',
  '',
]
const noJs = 'SET PATHEXT=%PATHEXT:;.JS;=;%'
const noQuestion = 'endLocal & goto #_undefined_# 2>NUL || title %COMSPEC% & '

/** A target is given relative to the folder of the shim, with slashes. */
export type Template = (target: string, flags?: string) => string

const batch =
  (lines: (target: string, flags: string) => readonly string[], end = '\r\n'): Template =>
  (target, flags = '') =>
    crlf(lines(backslashes(target), flags)).replace(/\r\n$/, end)

export const npmScript = batch((target, flags) => [
  ...head,
  ...choose(`  ${noJs}`),
  `${noQuestion}"%_prog%" ${flags} "%dp0%\\${target}" %*`,
])
export const npmScript2026 = batch((target, flags) => [
  ...head,
  ...choose(),
  `${noQuestion}set PATHEXT=%PATHEXT:;.JS;=;% & "%_prog%" ${flags} "%dp0%\\${target}" %*`,
])
export const npmNative = batch((target) => [...head, `"%dp0%\\${target}"   %*`])

const middle = (exit: string, ...lines: string[]): string[] => [
  '@ECHO off',
  'SETLOCAL',
  'CALL :find_dp0',
  ...lines,
  'ENDLOCAL',
  exit,
  ...findFolder,
]
const middleScript = (exit: string): Template =>
  batch((target, flags) => middle(exit, ...choose(`  ${noJs}`), `"%_prog%" ${flags} "%dp0%\\${target}" %*`))

/** In the older ones a flag is led in by a blank of its own. */
const branches = (target: string, flags: string, ...before: string[]): string[] => [
  '@IF EXIST "%~dp0\\node.exe" (',
  `  "%~dp0\\node.exe" ${flags && ` ${flags}`} "%~dp0\\${target}" %*`,
  ') ELSE (',
  ...before,
  `  node ${flags && ` ${flags}`} "%~dp0\\${target}" %*`,
  ')',
]
export const oldScript = batch((target, flags) => branches(target, flags, '  @SETLOCAL', `  @${noJs}`), '')
export const oldNative = batch((target) => [`@"%~dp0\\${target}"   %*`])

const paths =
  'C:\\Users\\me\\AppData\\Local\\pnpm\\global\\5\\.pnpm\\x@1\\node_modules;C:\\Users\\me\\AppData\\Local\\pnpm\\global\\5\\.pnpm\\node_modules'
const nodePath = ['@IF NOT DEFINED NODE_PATH (', `  @SET "NODE_PATH=${paths}"`, ') ELSE (', `  @SET "NODE_PATH=${paths};%NODE_PATH%"`, ')']
export const pnpmScript = batch((target, flags) => ['@SETLOCAL', ...nodePath, ...branches(target, flags, `  @${noJs}`)])
export const pnpmNative = batch((target) => ['@SETLOCAL', ...nodePath, `@"%~dp0\\${target}"   %*`])

/** Of scoop, with an absolute target. */
export const scoopBatch = (target: string): string => crlf([`@rem ${target}`, `@"${target}"  %*`])

const psHead = (...more: string[]): string[] => [
  '#!/usr/bin/env pwsh',
  '$basedir=Split-Path $MyInvocation.MyCommand.Definition -Parent',
  '',
  '$exe=""',
  ...more,
  'if ($PSVersionTable.PSVersion -lt "6.0" -or $IsWindows) {',
  '  # words about',
  '  # two builds of Node',
  '  $exe=".exe"',
]
const piped = (command: string, indent = ''): string[] =>
  [
    '# words about input',
    'if ($MyInvocation.ExpectingInput) {',
    `  $input | & ${command} $args`,
    '} else {',
    `  & ${command} $args`,
    '}',
  ].map((line) => indent + line)
const psNode = (prog: string, target: string, flags: string): string[] => [
  ...piped(`"${prog}" ${flags} "$basedir/${target}"`, '  '),
  '  $ret=$LASTEXITCODE',
]
const psChoose = (target: string, flags: string): string[] => [
  '$ret=0',
  'if (Test-Path "$basedir/node$exe") {',
  ...psNode('$basedir/node$exe', target, flags),
  '} else {',
  ...psNode('node$exe', target, flags),
  '}',
]

export const psScript: Template = (target, flags = '') => lf([...psHead(), '}', ...psChoose(target, flags), 'exit $ret'])
export const psNative: Template = (target) => lf([...psHead(), '}', ...piped(`"$basedir/${target}"  `), 'exit $LASTEXITCODE'])
export const psPnpm: Template = (target, flags = '') =>
  lf([
    ...psHead('$pathsep=":"', '$env_node_path=$env:NODE_PATH', `$new_node_path="${paths}"`),
    '  $pathsep=";"',
    '} else {',
    '  $new_node_path="/mnt/c/one:/mnt/c/two"',
    '}',
    'if ([string]::IsNullOrEmpty($env_node_path)) {',
    '  $env:NODE_PATH=$new_node_path',
    '} else {',
    '  $env:NODE_PATH="$new_node_path$pathsep$env_node_path"',
    '}',
    '',
    ...psChoose(target, flags),
    '$env:NODE_PATH=$env_node_path',
    'exit $ret',
  ])

/** Those that hand a script to Node, by who writes them. */
export const scripts: Readonly<Record<string, Template>> = {
  'npm 7 to 11': npmScript,
  'npm since 2026': npmScript2026,
  'npm 6, late': middleScript('EXIT /b %errorlevel%'),
  'npm 6, middle': middleScript('EXIT /b'),
  'npm 6, early, and Yarn': oldScript,
  'pnpm 6 and later': pnpmScript,
  'npm, for PowerShell': psScript,
  'pnpm, for PowerShell': psPnpm,
}

/** Those that start a native file. */
export const natives: Readonly<Record<string, Template>> = {
  npm: npmNative,
  'npm 6, late': batch((target) => middle('EXIT /b %errorlevel%', `"%dp0%\\${target}"   %*`)),
  'npm 6, early, and Yarn': oldNative,
  pnpm: pnpmNative,
  'npm, for PowerShell': psNative,
}
