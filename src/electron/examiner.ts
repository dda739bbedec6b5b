import type { ServiceOptions } from '../config/options.ts'
import type { GivenUp } from '../doctor/gather/given-up.ts'
import type { DoctorReport } from '../doctor/report.ts'
import type { DoctorOptions } from '../doctor/subject.ts'
import type { Supervisor } from '../supervisor/controller.ts'
import { failureError } from '../supervisor/failure.ts'
import type { Failure } from '../supervisor/model.ts'
import type { Housed } from './defaults.ts'
import type { Witness } from './witness.ts'

export interface Patient {
  readonly supervisor: Supervisor
  readonly home: Housed
  readonly witness: Witness
}

/** Asks the doctor, who is loaded when somebody asks. The backend is looked at, and never started for it. */
export const examine = async (patient: Patient, signal: AbortSignal): Promise<DoctorReport> => {
  const { runDoctor } = await import('../doctor.ts')
  return runDoctor({ ...subjectOf(patient), signal })
}

const subjectOf = ({ supervisor, home, witness }: Patient): DoctorOptions => {
  const { state, name, url } = supervisor
  const { baseDir, stateDir } = home
  const common: DoctorOptions = {
    ...{ service: serviceFor(home.service), baseDir, trial: false, app: witness.facts },
    ...(stateDir !== false && { stateDir }),
  }
  if (state.state === 'failed') return { ...common, givenUp: givenUp(state.failure, name) }
  const isRunning = stateDir !== false && state.state !== 'stopped'
  return isRunning ? { ...common, preferRunning: true, name } : { ...common, ...(url !== undefined && { url }) }
}

/** What is looked at is not launched: how it would be does not matter, and the doctor is no Electron. */
const serviceFor = ({ launch: _launch, ...service }: ServiceOptions): ServiceOptions => service

const givenUp = (failure: Failure, name: string): GivenUp => {
  const { code, reason, message, hint } = failureError(failure, name)
  // what follows the first is often only its consequence
  const exit = failure.first ?? failure.exit
  return { failed: { code, reason: reason ?? null, message, hint: hint ?? null }, exit }
}
