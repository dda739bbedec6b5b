/**
 * Decides where a service of an app lives: what is shipped with the app is named relative to it, and is run from outside the
 * archive; what is written at run time is kept with the user. Pure.
 */
import { posix, win32 } from 'node:path'
import type { ServiceOptions } from '../config/options.ts'
import { isBareName, isInsideAsar, outsideAsar } from '../detect/paths.ts'
import type { CreateOptions } from '../supervisor/compose.ts'

/** What `app` says of itself. */
export interface AppPlaces {
  readonly platform: NodeJS.Platform
  readonly isPackaged: boolean
  /** In a packaged app usually its archive. */
  readonly appPath: string
  readonly userData: string
  readonly logs: string
  readonly name: string
}

export interface Housed {
  readonly service: ServiceOptions
  readonly stateDir: string | false
  /**
   * Whose service it is. Packaged it is the user's folder: the app itself may lie elsewhere at each start (AppImage, a moved
   * or translocated bundle), and an orphan of its last start must be known again.
   */
  readonly baseDir: string
}

export const housed = ({ stateDir, ...options }: CreateOptions, places: AppPlaces): Housed => {
  const { isPackaged, appPath, userData, name, platform } = places
  const { join, resolve } = platform === 'win32' ? win32 : posix
  const shipped = (path: string): string => resolve(appPath, path)
  const { script, command, cwd, envFile, logs = {} } = options
  return {
    service: {
      ...options,
      name: options.name ?? name,
      ...(typeof script === 'string' && !script.startsWith('file:') && { script: shipped(script) }),
      ...(command !== undefined && !isBareName(command) && { command: outside(shipped(command)) }),
      cwd: cwd !== undefined ? outside(shipped(cwd)) : isPackaged ? userData : appPath,
      ...(envFile !== undefined && { envFile: shipped(envFile) }),
      logs:
        logs === false
          ? false
          : { ...logs, dir: logs.dir === undefined ? places.logs : resolve(isPackaged ? userData : appPath, logs.dir) },
    },
    stateDir: stateDir ?? join(userData, 'jarvis-supervise'),
    baseDir: isPackaged ? userData : appPath,
  }
}

/** No system starts or enters anything in an archive. What is there twice, and what reads archives, is found out later. */
const outside = (path: string): string => (isInsideAsar(path) ? outsideAsar(path) : path)
