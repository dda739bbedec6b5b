/** Decides what becomes of a service's options in a trial: it is started once, and nothing but its end ends it. Pure. */
import type { ProbeOptions, ServiceOptions } from '../../config/options.ts'
import type { ServiceSpec } from '../../config/service.ts'

/** What ends gracefully does so within it. */
const graceMs = 1500
/** Much longer than any trial: the doctor decides when it has waited enough. */
const foreverMs = 3_600_000

/** One process, and nobody in front of it: a door would hold the port of the one that runs, and hide what is to be seen. */
export const asOneProcess = ({ gateway: _gateway, standby: _standby, overlap: _overlap, ...options }: ServiceOptions): ServiceOptions =>
  options

export const trialService = (options: ServiceOptions): ServiceOptions => ({
  ...asOneProcess(options),
  readiness: readinessFor(options),
  liveness: false,
  restart: { when: 'never' },
  stop: { ...options.stop, graceMs: Math.min(options.stop?.graceMs ?? graceMs, graceMs) },
  logs: false,
})

const readinessFor = ({ readiness, port }: ServiceOptions): NonNullable<ServiceOptions['readiness']> => {
  if (readiness === false || (readiness === undefined && port === false)) return false
  if (readiness === undefined || readiness.kind === 'http' || readiness.kind === 'tcp') return { ...never, timeoutMs: foreverMs }
  return { ...readiness, timeoutMs: foreverMs }
}

/** The doctor asks the port itself, and wants to see all that becomes of it. */
const never: ProbeOptions = {
  kind: 'custom',
  probe: (_target, signal) =>
    new Promise((resolve) => signal.addEventListener('abort', () => resolve({ ok: false, reason: 'the doctor asks' }))),
}

/** Its own readiness is something else than a question to its port. */
export const saysItself = ({ readiness }: ServiceSpec): boolean =>
  readiness !== null && readiness.probe.kind !== 'http' && readiness.probe.kind !== 'tcp'

/** It gets its port whoever holds it: what becomes of that is to be seen. */
export const insisting = (service: ServiceSpec): ServiceSpec => {
  const { address } = service
  return address === null || address === 'socket' || typeof address.port !== 'number'
    ? service
    : { ...service, address: { ...address, port: { insist: address.port } } }
}
