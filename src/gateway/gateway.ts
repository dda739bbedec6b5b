import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type GatewayOptions, gatewayContradictions, gatewayShape, specifyGateway } from '../config/gateway.ts'
import { invalidOptions } from '../config/service.ts'
import type { Problem } from '../config/shape.ts'
import { redactShown } from '../logs/redact.ts'
import { holderOf } from '../ports/holder.ts'
import { portOwnersFor } from '../ports/port-owners.ts'
import { serversOf } from '../ports/servers.ts'
import { processTableFor } from '../process/process-table.ts'
import { signOfLifeFor } from '../process/sign-of-life.ts'
import { shortDirOf } from '../record/places.ts'
import type { Supervisor } from '../supervisor/controller.ts'
import type { SupervisorEvents } from '../supervisor/events.ts'
import { type Counters, noCounts } from './counters.ts'
import { frontDoorOf } from './front-door.ts'

/** A port that stays, in front of a backend that comes and goes. */
export interface Gateway extends AsyncDisposable {
  /** Where clients reach the backend; undefined while it does not listen. */
  readonly url: string | undefined
  readonly counters: Readonly<Counters>
  /** Twice is once. Rejects with a `SupervisorError`: `ERR_PORT_TAKEN`. */
  listen(): Promise<SupervisorEvents['gateway']>
  /** Settled when nobody listens and every connection is closed; answers under way have 300 ms. Twice is once. */
  close(): Promise<void>
}

/** Each has a file of its own for its token. */
let made = 0

/**
 * A front door for a supervisor that was made without one: it neither starts nor stops it. HTTP, streams and WebSockets reach
 * the process that is ready; while there is none, requests wait.
 * @throws SupervisorError `ERR_INVALID_OPTIONS`, naming every option that is wrong.
 */
export const createGateway = ({ upstream, ...options }: GatewayOptions & { upstream: Supervisor }): Gateway => {
  const problems: Problem[] = []
  gatewayShape(options, '', problems)
  if (problems.length === 0) problems.push(...gatewayContradictions(options, ''))
  if (problems.length > 0) throw invalidOptions(problems)
  const { env, platform } = process
  const table = processTableFor(platform)
  const owners = portOwnersFor(platform, table)
  made += 1
  const folder = shortDirOf({ env, platform, tmp: tmpdir(), uid: process.getuid?.() })
  const door = frontDoorOf({
    spec: specifyGateway(options),
    upstream,
    tokenFile: join(folder, `gateway-${process.pid}-${made}.token`),
    holderOf: (port) => holderOf(port, { owners, table, instancePrefix: '' }),
    signs: { sign: signOfLifeFor(platform), servers: (pid, place) => serversOf(pid, place, { owners, table }) },
    redact: redactShown,
  })
  let counters: Readonly<Counters> = noCounts()
  return {
    get url() {
      return door.door?.url
    },
    get counters() {
      counters = door.door?.counters ?? counters
      return counters
    },
    listen: () => door.open(),
    close: () => door.close(),
    [Symbol.asyncDispose]: () => door.close(),
  }
}
