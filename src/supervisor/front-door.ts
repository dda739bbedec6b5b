import type { SupervisorEvents } from './events.ts'

/** Where clients reach a service, whatever becomes of its processes. */
export interface FrontDoor {
  /** Listens; who comes before the service is ready waits. Twice is once. Rejects with a `SupervisorError`: `ERR_PORT_TAKEN`. */
  open(): Promise<SupervisorEvents['gateway']>
  /** Nobody listens any more when it is settled. Opened again, it has the same port. Twice is once. */
  close(): Promise<void>
}
