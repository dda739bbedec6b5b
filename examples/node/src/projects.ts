import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, posix, win32 } from 'node:path'

export interface Project {
  path: string
  /** The folder under `~/.claude/projects` in which Claude keeps the project's sessions. */
  encodedName: string
}

const limitBytes = 32 * 1024 * 1024

/** The projects that Claude Code remembers. Its file is written by others at any time: what cannot be read now counts as none. */
export async function readProjects(): Promise<Project[]> {
  const text = await readBounded(join(process.env.CLAUDE_CONFIG_DIR || homedir(), '.claude.json'))
  return pathsIn(text).map((path) => ({ path, encodedName: path.replace(/[^a-zA-Z0-9]/g, '-') }))
}

function pathsIn(text: string): string[] {
  try {
    const projects: unknown = JSON.parse(text)?.projects
    if (typeof projects !== 'object' || projects === null || Array.isArray(projects)) return []
    return Object.keys(projects).filter((path) => posix.isAbsolute(path) || win32.isAbsolute(path))
  } catch {
    return []
  }
}

async function readBounded(path: string): Promise<string> {
  // Without O_NONBLOCK a pipe of that name would be waited for.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch(() => undefined)
  if (!file) return ''
  try {
    const facts = await file.stat()
    return facts.isFile() && facts.size <= limitBytes ? await file.readFile('utf8') : ''
  } catch {
    return ''
  } finally {
    await file.close()
  }
}
