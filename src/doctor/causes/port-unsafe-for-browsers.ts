import { unsafePorts } from '../../ports/unsafe.ts'
import type { Cause } from '../cause.ts'
import { withFreePort } from '../signs/again.ts'
import { target } from '../signs/listeners.ts'
import { place } from '../signs/reading.ts'

export const portUnsafeForBrowsers: Cause = {
  code: 'PORT_UNSAFE_FOR_BROWSERS',
  title: 'Browsers refuse to open this port',
  find: (evidence) => {
    const at = target(evidence)
    const port = at?.port ?? evidence.service?.port
    // 0 is no port but a wish for any
    if (typeof port !== 'number' || port === 0 || !unsafePorts.has(port)) return undefined
    return {
      confidence: 'certain',
      explanation: `Browsers, Electron's windows and Node's fetch do not open port ${port}, whatever listens there (ERR_UNSAFE_PORT): it belongs to another protocol. curl does.`,
      hint: `Take another port${evidence.service === null ? '' : `: \`port: 'auto'\` never picks such a one`}.`,
      fix: withFreePort(evidence),
      supports: [
        `Port ${port} stands in the list of blocked ports of the Fetch standard.`,
        ...(at === null ? [] : [`The window dials ${place(at)}.`]),
      ],
    }
  },
}
