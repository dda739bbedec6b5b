/** A view of the disk in which no Node is one: for machines that have one where every program lies. */
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Scene } from '../helpers/supervised.ts'

const nodesHere = [
  ...new Set(
    [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/bin', '/usr/local/bin'].flatMap((folder) =>
      ['node', 'nodejs', 'npm', 'npx'].map((name) => join(folder, name)),
    ),
  ),
].filter((path) => existsSync(path))

const unshare = ['/usr/bin/unshare', ...(process.getuid?.() === 0 ? [] : ['--map-root-user']), '--mount']

/** It takes the right to mount. */
export const canHideNodes = ((): boolean => {
  try {
    execFileSync(unshare[0]!, [...unshare.slice(1), 'mount', '--bind', '/dev/null', process.execPath], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

/** Starts an executable where every Node of this machine is none: in a view of the disk of its own. */
export const hidingNodes = (scene: Scene, executable: string): string => {
  const path = scene.file(
    'hiding-nodes',
    [
      '#!/bin/sh',
      `exec ${unshare.join(' ')} /bin/sh -c '`,
      ...nodesHere.map((node) => `/bin/mount --bind /dev/null "${node}" || exit 70`),
      `exec "$0" "$@"' '${executable}' "$@"`,
    ].join('\n'),
  )
  chmodSync(path, 0o755)
  return path
}
