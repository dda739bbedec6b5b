import { realpathSync } from 'node:fs'
import { realWorkingDirectory } from '../config/working-directory.ts'
import { currentStateDir } from '../record/current-state-dir.ts'
import type { RunRecord } from '../record/record.ts'
import { listRecords } from '../record/store.ts'
import type { ServiceController } from '../supervisor/controller.ts'
import { chooseService, type FoundService } from './choose-service.ts'
import { controlClient, shakeHands } from './client.ts'

export type { FoundService } from './choose-service.ts'

export interface ConnectOptions {
  /** Default: `JARVIS_STATE_DIR`, else the platform's place. Not made. */
  stateDir?: string | undefined
  /** Name or key of the service. Default: the only one that runs, else the one of `cwd`. */
  name?: string | undefined
  /** Whose checkout is meant, where names do not say it. Default: the working directory. */
  cwd?: string | undefined
}

/**
 * What one can ask of a service that is supervised by another process.
 * @throws SupervisorError `ERR_NOT_RUNNING`; `ERR_INVALID_OPTIONS` where several services could be meant; `ERR_STATE_DIR`.
 */
export const connectControl = async (options: ConnectOptions = {}): Promise<ServiceController> => {
  const { record } = await chooseRunning(options)
  return controlClient(record.socket, record.service)
}

/** The service that is meant; it has just answered. Throws like `connectControl`. */
export const chooseRunning = async ({ stateDir: asked, name, cwd }: ConnectOptions = {}): Promise<FoundService> => {
  const stateDir = currentStateDir(asked)
  return chooseService(await findServices(stateDir), { name, cwd: cwd === undefined ? realWorkingDirectory() : realPathOf(cwd), stateDir })
}

/** All services that have a record in a state folder, and whether they are really there. */
export const findServices = async (stateDir: string): Promise<FoundService[]> =>
  Promise.all(listRecords(stateDir).map(({ record }) => meet(record)))

/** A record is only a claim: it is the service's if who answers gives its key. */
const meet = async (record: RunRecord): Promise<FoundService> => {
  // one that cannot be asked must not hide the others
  const answer = await shakeHands(record.socket).catch(() => 'silent' as const)
  if (typeof answer === 'object')
    return answer.key === record.key ? { record, hello: answer, answers: 'yes' } : { record, hello: null, answers: 'no' }
  return { record, hello: null, answers: answer === 'nobody' ? 'no' : 'silent' }
}

const realPathOf = (path: string): string => {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
