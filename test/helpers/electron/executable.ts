/**
 * Writes executables of the stand-in: with the ways to this Node and to the runtime in them, they need nothing of their
 * surroundings, wherever they lie and whatever they are called.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

const runtime = resolve(import.meta.dirname, 'runtime')
// in two pieces, as in the script: whoever flips fuses looks for the whole
const sentinel = ['dL7pKGdnNz796', 'PbbjQWNKmHXBZaB9tsX'] as const

/** In the order of the wire, as Electron is delivered. */
const defaults = {
  runAsNode: true,
  cookieEncryption: false,
  nodeOptions: true,
  nodeCliInspect: true,
  embeddedAsarIntegrityValidation: false,
  onlyLoadAppFromAsar: false,
  loadBrowserProcessSpecificV8Snapshot: false,
  grantFileProtocolExtraPrivileges: true,
  wasmTrapHandlers: true,
}

export type Fuses = Partial<Record<keyof typeof defaults, boolean>>

const wireOf = (fuses: Fuses): string => {
  const wire = Object.values({ ...defaults, ...fuses }).map((isOn) => (isOn ? '1' : '0'))
  return `${sentinel.join('')}\x01${String.fromCharCode(wire.length)}${wire.join('')}`
}

/** Only what the shell itself can: there may be no other program in its surroundings. */
export const scriptOf = (fuses: Fuses, node: string, folder: string): string => `#!/bin/sh
# Starts a Node that behaves like Electron; with ELECTRON_RUN_AS_NODE it is a Node, where the fuse in the last line allows it.
STAND_IN_EXECUTABLE=$0
export STAND_IN_EXECUTABLE
standInNode=${node}
standInRuntime=${folder}
standInFuse=on
if [ -n "$ELECTRON_RUN_AS_NODE" ]; then
  while IFS= read -r standInLine; do
    case $standInLine in *${sentinel[0]}"${sentinel[1]}"??0*) standInFuse=off ;; esac
  done <"$0"
  [ "$standInFuse" = off ] || exec "$standInNode" --require "$standInRuntime/node.cjs" "$@"
fi
exec "$standInNode" "$standInRuntime/main.cjs" "$@"
# ${wireOf(fuses)}
`

const quoted = (path: string): string => `'${path.replaceAll("'", "'\\''")}'`

/** Gives the path back. */
export const writeExecutable = (path: string, { fuses = {}, node = process.execPath }: { fuses?: Fuses; node?: string } = {}): string => {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, scriptOf(fuses, quoted(node), quoted(runtime)), 'latin1')
  chmodSync(path, 0o755)
  return path
}

/** A folder as ELECTRON_OVERRIDE_DIST_PATH and the packager's `electronDist` want it; gives the executable in it. */
export const writeDistribution = (folder: string, options?: { fuses?: Fuses; node?: string }): string => {
  mkdirSync(join(folder, 'resources'), { recursive: true })
  writeFileSync(join(folder, 'version'), '45.4.1')
  writeFileSync(join(folder, 'LICENSE'), '')
  return writeExecutable(join(folder, 'electron'), options)
}
