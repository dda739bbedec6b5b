/** The PATH for a child whose supervisor was started by a desktop, which knows nothing of its user's shell. */
import { existsSync } from 'node:fs'
import { askLoginShell, knownLoginShell, shouldAskShell } from './ask-login-shell.ts'
import { isBarePath, repairPath, standardFolders } from './repair-path.ts'
import { type Surroundings, variable } from './surroundings.ts'

/** Where the system looks without any. */
const systemPath = '/usr/bin:/bin'

/** A start waits no longer for somebody's rc files. */
const startDeadlineMs = 3000

/**
 * undefined: the one that there is will do. The shell is asked inside Electron only: whoever starts a plain Node with
 * such a PATH (a service manager, a container) has chosen it.
 */
export const childPath = async (surroundings: Surroundings): Promise<string | undefined> => {
  const { platform, home, electron } = surroundings
  const path = variable(surroundings, 'PATH') ?? systemPath
  if (platform === 'win32' || !isBarePath(path, platform)) return undefined
  if (electron !== undefined && shouldAskShell(surroundings)) await askLoginShell(surroundings, { deadlineMs: startDeadlineMs })
  const knownFolders = standardFolders(platform, home).filter((folder) => existsSync(folder))
  return repairPath({ path, shellFolders: knownLoginShell(surroundings)?.folders, knownFolders, platform })
}
