import { connect } from 'node:net'
import { errnoOf } from '../errors.ts'
import type { Probe } from './probe.ts'

/** The port accepts a connection. */
export const tcpProbe: Probe = ({ host, port }, signal) =>
  new Promise((resolve) => {
    const socket = connect({ host, port, signal })
    socket.once('connect', () => {
      resolve({ ok: true })
      socket.destroy()
    })
    socket.once('error', (error) => {
      const refused = errnoOf(error) === 'ECONNREFUSED'
      resolve({
        ok: false,
        stage: refused ? 'refused' : 'other',
        reason: refused ? `connection to ${host}:${port} refused` : `${host}:${port}: ${error.message}`,
      })
    })
  })
