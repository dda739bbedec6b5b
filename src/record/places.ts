/** Decides where in the state folder what lies that belongs to a service. Pure. */
import { posix, win32 } from 'node:path'
import { shortHash } from './key.ts'

export interface Places {
  readonly record: string
  /** Held while a place is being taken or cleared. */
  readonly lock: string
  readonly socket: string
  /** Where the service itself listens, if it is to have a socket: the first of its processes. */
  readonly serviceSocket: string
  /** Holds the token of the front door, where one is asked for. */
  readonly token: string
  /** The newest log file; older ones end in `.1`, `.2`, … */
  readonly log: string
}

export interface PlacesInput {
  readonly stateDir: string
  readonly key: string
  readonly platform: NodeJS.Platform
  /** A folder with a short name, private to this user: for sockets whose path would be too long. */
  readonly shortDir: string
}

/** macOS takes 103 bytes and a NUL, Linux 107; Node 20 cuts what is longer without a word. */
export const longestSocketPath = 103

export interface ShortDirFacts {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: NodeJS.Platform
  readonly tmp: string
  readonly uid: number | undefined
}

/** Private to this user: its runtime folder or, where there is none, one in the folder for temporary files. */
export const shortDirOf = ({ env, platform, tmp, uid = 0 }: ShortDirFacts): string => {
  const runtime = platform === 'linux' ? env.XDG_RUNTIME_DIR : undefined
  const name = 'jarvis-supervise'
  return runtime?.startsWith('/') ? posix.join(runtime, name) : posix.join(tmp, `${name}-${uid}`)
}

const recordEnding = '.json'
export const logFolder = 'logs'

export const placesOf = ({ stateDir, key, platform, shortDir }: PlacesInput): Places => {
  const { join } = platform === 'win32' ? win32 : posix
  return {
    record: join(stateDir, `${key}${recordEnding}`),
    lock: join(stateDir, `${key}.lock`),
    socket: socketOf({ stateDir, key, platform, shortDir }),
    serviceSocket: serviceSocketOf({ stateDir, key, platform, shortDir }, 0),
    token: join(stateDir, `${key}.token`),
    log: join(stateDir, logFolder, `${key}.log`),
  }
}

/** Each process of a service has a socket of its own, by slot, from 0. */
export const serviceSocketOf = ({ key, ...input }: PlacesInput, slot: number): string =>
  socketOf({ ...input, key: slot === 0 ? `${key} service` : `${key} service ${slot}` })

/** More processes than a service ever has at a time. */
const mostSlots = 32

/** Whether it is a path where one of the service's processes may have listened. */
export const isServiceSocket = (input: PlacesInput, path: string): boolean =>
  Array.from({ length: mostSlots }, (_, slot) => serviceSocketOf(input, slot)).includes(path)

/** The key may be long: the socket is called by its hash. */
const socketOf = ({ stateDir, key, platform, shortDir }: PlacesInput): string => {
  if (platform === 'win32') return `\\\\.\\pipe\\jarvis-supervise-${shortHash(`${stateDir}\n${key}`)}`
  const path = posix.join(stateDir, `${shortHash(key)}.sock`)
  return Buffer.byteLength(path) <= longestSocketPath ? path : posix.join(shortDir, `${shortHash(`${stateDir}\n${key}`)}.sock`)
}

/** The key of a record's file; undefined for other files. */
export const keyOfRecord = (fileName: string): string | undefined =>
  fileName.endsWith(recordEnding) && !fileName.startsWith('.') ? fileName.slice(0, -recordEnding.length) : undefined
