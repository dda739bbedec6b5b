/** Decides whether a process was started from a terminal, and so has the PATH that its user has. Pure. */
import type { Surroundings } from './surroundings.ts'

/**
 * What a desktop starts has no terminal. GNOME hands SHLVL to its apps and no TERM, launchd neither; a shell in a
 * terminal has both, also where all three streams are redirected.
 */
export const isFromTerminal = ({ env, isTerminal = false }: Pick<Surroundings, 'env' | 'isTerminal'>): boolean =>
  isTerminal || (Boolean(env.SHLVL) && Boolean(env.TERM) && env.TERM !== 'dumb')
