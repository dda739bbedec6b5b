import { again } from '../signs/again.ts'
import { bindCause } from '../signs/bind-error.ts'
import { target } from '../signs/listeners.ts'

export const addressNotAvailable = bindCause(
  'ADDRESS_NOT_AVAILABLE',
  'It listens on an address that this machine does not have',
  (error, evidence) => {
    const { addresses } = evidence.machine
    const named = addressIn(error.line)
    const asked = named ?? target(evidence)?.host
    const has = asked !== undefined && addresses.includes(asked)
    const isRefuted = named !== undefined && has
    return {
      confidence: isRefuted ? 'possible' : error.confidence,
      hint: `Listen on 127.0.0.1${asked === undefined || has ? '' : ` instead of ${asked}`}: take the address from the HOST variable, or name it by \`host\`.`,
      fix: again(evidence, '--host 127.0.0.1'),
      supports:
        asked === undefined || has || addresses.length === 0
          ? []
          : [`The addresses of this machine are ${addresses.join(', ')}; ${asked} is not among them.`],
      contradicts: isRefuted ? [`${named} is an address of this machine.`] : [],
    }
  },
)

/** `listen EADDRNOTAVAIL: address not available 10.99.99.99:3000` */
const addressIn = (line: string | null): string | undefined => /\s\[?([\da-f.:]*[\da-f.:]{2})\]?:\d+$/i.exec(line ?? '')?.[1]
