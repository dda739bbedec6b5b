import type { DoctorOptions, DoctorReport } from './doctor.ts'

export { type CauseCode, causeCodes } from './causes/codes.ts'
export type { GatewayOptions } from './config/gateway.ts'
export type {
  Config,
  LivenessOptions,
  ProbeOptions,
  ReadinessOptions,
  RestartOptions,
  ServiceOptions,
  StopOptions,
} from './config/options.ts'
export { defineConfig } from './config/options.ts'
export { type ConnectOptions, connectControl } from './control/connect.ts'
export { resolveClaude } from './detect/claude.ts'
export type { Candidate, CandidateSource, ExecutableKind, Found, FoundExecutable, NotFound } from './detect/found.ts'
export { resolveNode } from './detect/node.ts'
export type { DoctorOptions, DoctorReport } from './doctor.ts'
export { type ErrorCode, isSupervisorError, SupervisorError } from './errors.ts'
export { createGateway, type Gateway } from './gateway/gateway.ts'
export type { Probe, ProbeResult, ProbeTarget } from './health/probe.ts'
export type { LogLine } from './logs/tail.ts'
export { type CreateOptions, createSupervisor } from './supervisor/compose.ts'
export type { Drain, LastExit, ServiceController, ServiceStatus, StopReport, Supervisor } from './supervisor/controller.ts'
export type { EventName, SupervisorEvents } from './supervisor/events.ts'
export type { State, StateName } from './supervisor/model.ts'

/**
 * Says why a window cannot reach its backend: `verdict.code` is a cause, `HEALTHY` or `UNKNOWN`. A trial runs the user's
 * code; everything else only looks. Loaded when it is called.
 * @throws SupervisorError `ERR_INVALID_OPTIONS`; `ERR_NOT_RUNNING` where a name was given that does not run.
 */
export const runDoctor = async (options: DoctorOptions = {}): Promise<DoctorReport> => (await import('./doctor.ts')).runDoctor(options)
