import { again } from '../signs/again.ts'
import { bindCause } from '../signs/bind-error.ts'
import { target } from '../signs/listeners.ts'

export const portPrivileged = bindCause('PORT_PRIVILEGED', 'The port is for the superuser only', (_error, evidence) => {
  const { uid, unprivilegedPortStart } = evidence.machine
  const port = target(evidence)?.port
  const first = unprivilegedPortStart ?? 1024
  return {
    hint: `Ask for a port of ${Math.max(1024, first)} or more.`,
    fix: again(evidence, `--port ${port !== undefined && port + 8000 >= first ? port + 8000 : 8080}`),
    supports: [
      ...(port !== undefined && port < first ? [`Port ${port} is below ${first}, the first that anybody may listen on.`] : []),
      ...(uid === null || uid === 0 ? [] : [`It runs as user ${uid}, not as the superuser.`]),
    ],
  }
})
