/** The door `jarvis-supervise/doctor`: why the window cannot reach the backend. */

export { runDoctor } from './doctor/doctor.ts'
export type { AppFacts, Evidence } from './doctor/evidence.ts'
export type { Check, DoctorReport } from './doctor/report.ts'
export type { DoctorOptions } from './doctor/subject.ts'
