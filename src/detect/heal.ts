/** Finds the native file that belongs where npm's placeholder lies: its package is often installed, only never linked. */
import { realpathSync } from 'node:fs'
import { nativeName, platformPackages, scopesAbove } from './bundled.ts'
import { judge, type Sound } from './judge.ts'
import { pathsOf } from './paths.ts'
import { see } from './see.ts'
import type { Surroundings } from './surroundings.ts'

export interface Healed {
  readonly path: string
  readonly sound: Sound
}

export const heal = (placeholder: string, surroundings: Surroundings): Healed | undefined => {
  const { dirname, join } = pathsOf(surroundings.platform)
  for (const scope of scopesAbove(dirname(realpathSync.native(placeholder)), surroundings)) {
    for (const name of platformPackages('claude-code', surroundings)) {
      const path = join(scope, name, nativeName(surroundings))
      const sound = judge(path, see(path, surroundings), surroundings)
      if (sound.usable && sound.kind === 'native') return { path, sound }
    }
  }
  return undefined
}
