/** Collects why a command might not have started. Looks as the system would have looked, and executes nothing. */
import { existsSync, statSync } from 'node:fs'
import type { StartFacts } from '../causes/not-started.ts'
import { expandPlaces } from './expand-places.ts'
import { knownPlaces } from './known-places.ts'
import { builtForAnother } from './machine.ts'
import { fileNames, isBareName, isInsideAsar, outsideAsar, pathsOf } from './paths.ts'
import { isExecutableFile, type SeenFile, see } from './see.ts'
import { currentSurroundings, type Surroundings, variable } from './surroundings.ts'

export interface StartContext {
  /** Node's code of the failed start. */
  readonly errorCode?: string | undefined
  readonly surroundings?: Partial<Surroundings> | undefined
}

const isFolder = (path: string): boolean => {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

/** What a system without PATH in the environment goes through. */
const defaultPath = '/usr/bin:/bin'

/** The folders that were searched, empty and relative entries included: to the system they are the working directory. */
const searched = (cwd: string, surroundings: Surroundings): string[] => {
  const { delimiter, resolve } = pathsOf(surroundings.platform)
  const path = surroundings.env.PATH ?? variable(surroundings, 'PATH') ?? defaultPath
  return path.split(delimiter).map((entry) => resolve(cwd, entry))
}

/** What would be started: of the files of that name on PATH the first that is executable, else the first. */
const locate = (command: string, cwd: string, folders: readonly string[], surroundings: Surroundings): string | null => {
  const { join, resolve } = pathsOf(surroundings.platform)
  if (!isBareName(command)) return resolve(cwd, command)
  const names = fileNames(command, surroundings)
  const files = folders.flatMap((folder) => names.map((name) => join(folder, name))).filter((file) => existsSync(file))
  return files.find(isExecutableFile) ?? files[0] ?? null
}

const factsOfFile = (file: string, surroundings: Surroundings) => {
  const sight = see(file, surroundings)
  const seen: SeenFile | undefined = sight.state === 'file' ? sight : undefined
  return {
    fileExists: sight.state !== 'missing' && sight.state !== 'dangling',
    notAFile: sight.state === 'no-file' ? sight.what : null,
    isExecutable: seen?.executable ?? false,
    missingInterpreter: seen?.missingInterpreter ?? null,
    builtFor: seen === undefined ? null : builtForAnother(seen.content, surroundings),
    isBatch: /\.(?:cmd|bat)$/i.test(file),
    isPlaceholder: seen?.content.format === 'placeholder',
  }
}

const nothing = {
  fileExists: false,
  notAFile: null,
  isExecutable: false,
  missingInterpreter: null,
  builtFor: null,
  isBatch: false,
  isPlaceholder: false,
}

/** Where programs usually lie that a short PATH misses. */
const elsewhere = (command: string, surroundings: Surroundings): string | null => {
  if (!isBareName(command)) return null
  for (const place of expandPlaces(knownPlaces(command, surroundings))) if (isExecutableFile(place)) return place
  return null
}

/** @param env The environment that the child was to have: its PATH is the one that was searched. */
export const collectStartFacts = (command: string, cwd: string, env: Surroundings['env'], context: StartContext = {}): StartFacts => {
  const surroundings = currentSurroundings({ ...context.surroundings, env })
  const folders = searched(cwd, surroundings)
  const file = locate(command, cwd, folders, surroundings)
  const archived = [command, cwd].find(isInsideAsar)
  return {
    command,
    cwd,
    cwdExists: isFolder(cwd),
    platform: surroundings.platform,
    file,
    pathEntries: folders.length,
    elsewhere: file === null ? elsewhere(command, surroundings) : null,
    inArchive: archived === undefined ? null : { path: archived, unpacked: outsideAsar(archived) },
    ...(file === null ? nothing : factsOfFile(file, surroundings)),
    errorCode: context.errorCode ?? null,
  }
}
