import { spawnSync } from 'node:child_process'
import type { LookWorld } from '../../../src/doctor/look/world.ts'
import { linuxPortOwners } from '../../../src/ports/linux.ts'
import { linuxProcessTable } from '../../../src/process/linux.ts'

const table = linuxProcessTable()

/** This machine as it is. */
export const here: LookWorld = { platform: 'linux', table, owners: linuxPortOwners(table) }

/** Itself, and no shim that leads to it. Empty where there is none: tests that need it are skipped. */
export const python = spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).stdout?.trim() ?? ''
/** Not in every container, and not for everybody. */
export const hasNamespaces = spawnSync('unshare', ['-n', 'true']).status === 0

export const waits = "console.log('up'); setInterval(() => {}, 1e6)"
/** Says where: `{"port":…}`. */
export const listens = (host: string): string =>
  `const server = require('net').createServer().listen(0, '${host}', () => console.log(JSON.stringify({ port: server.address().port })))`

export const portIn = (said: string): number => (JSON.parse(said) as { port: number }).port

/** The inode of the socket that listens on a port of this machine. */
export const socketOn = async (port: number): Promise<string> => {
  const listener = (await here.owners!.listeners()).find((one) => one.port === port)
  if (listener === undefined) throw new Error(`Nobody listens on ${port}.`)
  return listener.socket
}
