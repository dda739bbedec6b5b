import { connect } from 'node:net'
import { errnoOf } from '../errors.ts'
import { dialling, isFull, isRefused, placeOf } from './place.ts'
import type { Probe } from './probe.ts'

/** The port, or the socket, accepts a connection. */
export const tcpProbe: Probe = (target, signal) =>
  new Promise((resolve) => {
    const socket = connect({ ...dialling(target), signal })
    socket.once('connect', () => {
      resolve({ ok: true })
      socket.destroy()
    })
    socket.once('error', (error) => {
      const code = errnoOf(error)
      const place = placeOf(target)
      if (isRefused(code)) resolve({ ok: false, stage: 'refused', reason: `connection to ${place} refused` })
      else resolve({ ok: false, stage: isFull(code) ? 'no-answer' : 'other', reason: `${place}: ${error.message}` })
    })
  })
