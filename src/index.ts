export { type CauseCode, causeCodes } from './causes/codes.ts'
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
export { type ErrorCode, isSupervisorError, SupervisorError } from './errors.ts'
export type { Probe, ProbeResult, ProbeTarget } from './health/probe.ts'
export type { LogLine } from './logs/tail.ts'
export { type CreateOptions, createSupervisor } from './supervisor/compose.ts'
export type { LastExit, ServiceController, ServiceStatus, StopReport, Supervisor } from './supervisor/controller.ts'
export type { EventName, SupervisorEvents } from './supervisor/events.ts'
export type { State, StateName } from './supervisor/model.ts'
