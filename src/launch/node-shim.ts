/**
 * Gives a Node that nobody can call by its name a name: a file `node` in a private folder of its own, for the end of a
 * PATH that has none. An SDK that starts `node` then finds the Node that was found for it, be it Electron's.
 */
import { constants } from 'node:fs'
import { access, chmod, copyFile, type FileHandle, link, lstat, open, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, delimiter, dirname, isAbsolute, join } from 'node:path'
import type { FoundExecutable } from '../detect/found.ts'
import { errnoOf, messageOf } from '../errors.ts'
import { shortHash } from '../record/key.ts'
import { ensurePrivateFolder } from '../record/private-folder.ts'

type Overlay = FoundExecutable['env']

/** Inside single quotes a POSIX shell reads nothing but the next one. */
const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** What a shell takes for the name of a variable. */
const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/

/**
 * A script that becomes the command, with its own arguments after those given: no process stays between.
 * `env` is laid over the environment it is started with; null removes a variable.
 * @throws TypeError when a variable has a name that no shell can set.
 */
export const shimScript = (run: FoundExecutable['run'], env: Overlay): string => {
  const overlay = Object.entries(env).map(([name, value]) => {
    if (!variableName.test(name)) throw new TypeError(`A shell cannot set a variable named ${JSON.stringify(name)}.`)
    return value === null ? `unset ${name}` : `export ${name}=${quote(value)}`
  })
  return ['#!/bin/sh', ...overlay, `exec ${run.map(quote).join(' ')} "$@"`, ''].join('\n')
}

/** No folder that could stand on a PATH, and why. */
export interface NoShim {
  /** A whole sentence. */
  readonly problem: string
}

const mode = 0o755

/** Each Node has a folder of its own under the given one: a child that runs goes on with the file it was given. */
const preparedFolder = (folder: string, content: string): string => {
  const own = join(folder, `node-${shortHash(content)}`)
  ensurePrivateFolder(folder)
  ensurePrivateFolder(own)
  return own
}

/** Made beside it and renamed: nobody starts half a file, and a link in its place is replaced, not followed. */
const put = async (path: string, make: (beside: string) => Promise<void>): Promise<void> => {
  // by chance only; whoever makes it fails where something lies already
  const beside = `${path}.${process.pid}-${Math.random().toString(36).slice(2)}`
  try {
    await make(beside)
    await rename(beside, path)
  } catch (error) {
    await rm(beside, { force: true })
    throw error
  }
}

/** Whether the very text lies there, ours and for us to start. */
const isInPlace = async (path: string, text: string): Promise<boolean> => {
  let file: FileHandle | undefined
  try {
    // non-blocking: a pipe somebody has put there must not hold us
    file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
    const stats = await file.stat()
    const isOurs = stats.isFile() && stats.uid === process.getuid?.() && (stats.mode & 0o777) === mode
    return isOurs && stats.size === Buffer.byteLength(text) && (await file.readFile('utf8')) === text
  } catch (error) {
    if (lookAlikes.has(errnoOf(error) ?? '')) return false
    throw error
  } finally {
    await file?.close()
  }
}

/** Nothing, a link, a socket, or a file that not even its owner may read. */
const lookAlikes = new Set(['ENOENT', 'ELOOP', 'EMLINK', 'ENXIO', 'EACCES'])

const provideScript = async ({ run, env }: FoundExecutable, folder: string): Promise<string> => {
  const text = shimScript(run, env)
  const own = preparedFolder(folder, text)
  const path = join(own, 'node')
  if (!(await isInPlace(path, text))) {
    await put(path, async (beside) => {
      await writeFile(beside, text, { flag: 'wx' })
      // apart, since a umask takes bits from the mode of a new file
      await chmod(beside, mode)
    })
  }
  await access(path, constants.X_OK).catch(() => {
    throw new Error('nothing may be started there (is its disk mounted noexec?)')
  })
  return own
}

/** A batch file is started by a shell only, so the name must be that of the executable itself. */
const provideLink = async ({ path: called, realPath: node }: FoundExecutable, folder: string): Promise<string> => {
  if (basename(called).toLowerCase() === 'node.exe') return dirname(called)
  const { size, mtimeMs, ino } = await stat(node)
  const own = preparedFolder(folder, [node, size, mtimeMs, ino].join('\n'))
  const path = join(own, 'node.exe')
  const before = await lstat(path).catch(() => undefined)
  if (before?.isFile() && before.size === size) return own
  await put(path, async (beside) => {
    // another volume, or one without links
    await link(node, beside).catch(() => copyFile(node, beside, constants.COPYFILE_EXCL))
  })
  return own
}

const whyNot = ({ path, run, env }: FoundExecutable, folder: string, platform: NodeJS.Platform): string | undefined => {
  if (!isAbsolute(run[0])) return `${run[0]} is not an absolute path, and a \`node\` that is looked up on PATH would find itself.`
  if (folder.includes(delimiter)) return `The folder ${folder} cannot stand on a PATH: its name has the ${delimiter} that ends an entry.`
  const isPlain = run.length === 1 && Object.values(env).every((value) => value === null)
  if (platform === 'win32' && !isPlain)
    return `${path} is a Node only with arguments or variables, and on Windows no file named node can add these without a shell; install Node.`
  return undefined
}

/**
 * A folder for the end of a PATH that has no `node`, with the one that was found in it; what is wrong, where there can
 * be none. Made once under `folder` (made private), which is shared by all Nodes; left alone as long as nothing in it
 * changes, and replaced whole, so that others may ask for it at the same time. Never rejects.
 */
export const provideNode = async (found: FoundExecutable, folder: string, platform: NodeJS.Platform): Promise<string | NoShim> => {
  const problem = whyNot(found, folder, platform)
  if (problem !== undefined) return { problem }
  try {
    return await (platform === 'win32' ? provideLink(found, folder) : provideScript(found, folder))
  } catch (error) {
    return { problem: `No \`node\` that runs ${found.path} could be put into ${folder}: ${messageOf(error)}` }
  }
}
