/** Where a probe asks, for a connection and for people. Pure. */
import type { ProbeTarget } from './probe.ts'

/** For `connect()` of node:net. */
export const dialling = ({
  host,
  port,
  socketPath,
}: ProbeTarget): { readonly host: string; readonly port: number } | { readonly path: string } =>
  socketPath === undefined ? { host, port } : { path: socketPath }

export const placeOf = ({ host, port, socketPath }: ProbeTarget): string => socketPath ?? `${host}:${port}`

/** Nobody listens; of a socket, its file may not be there yet. */
export const isRefused = (code: string | undefined): boolean => code === 'ECONNREFUSED' || code === 'ENOENT'

/** Of a socket: more wait to be accepted than may. */
export const isFull = (code: string | undefined): boolean => code === 'EAGAIN'
