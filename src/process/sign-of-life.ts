import { readFileSync } from 'node:fs'
import { errnoOf } from '../errors.ts'
import { isExiting } from './proc-stat.ts'

/**
 * `ending`: a process has begun to end; the kernel closes what it had open, its connections too, only after that. `gone`: nobody
 * has its pid any more. undefined: nobody can tell, here or now (no descriptor is left to read it).
 */
export type SignOfLife = 'there' | 'ending' | 'gone' | undefined

export const signOfLifeFor = (platform: NodeJS.Platform): ((pid: number) => SignOfLife) =>
  platform === 'linux' ? signOnLinux : () => undefined

const signOnLinux = (pid: number): SignOfLife => {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch (error) {
    return ['ENOENT', 'ESRCH'].includes(errnoOf(error) ?? '') ? 'gone' : undefined
  }
  const exiting = isExiting(text)
  return exiting === undefined ? undefined : exiting ? 'ending' : 'there'
}
