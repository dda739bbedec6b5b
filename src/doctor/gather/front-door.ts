import { isLoopback } from '../../config/gateway.ts'
import { controlClient } from '../../control/client.ts'
import type { RunRecord } from '../../record/record.ts'
import type { Dialled } from '../subject.ts'

/**
 * Whether an address is the front door of a service that runs, as its supervisor says. Who listens there is the supervisor, and
 * what answers is the backend: that is to be examined, where it is.
 */
export const isDoorOf = async ({ socket, service }: Pick<RunRecord, 'socket' | 'service'>, { host, port }: Dialled): Promise<boolean> => {
  const status = await controlClient(socket, service)
    .status()
    .catch(() => null)
  if (status?.gateway?.port !== port) return false
  const name = host.replace(/^\[|\]$/g, '')
  return isLoopback(name) || new URL(status.gateway.url).hostname.replace(/^\[|\]$/g, '') === name
}
