import { withFreePort } from '../signs/again.ts'
import { bindCause } from '../signs/bind-error.ts'
import { target } from '../signs/listeners.ts'

export const portReservedByWindows = bindCause('PORT_RESERVED_BY_WINDOWS', 'The system keeps this port for itself', (error, evidence) => {
  const { platform, reservedPorts } = evidence.machine
  const port = target(evidence)?.port
  const range = reservedPorts.find(([first, last]) => port !== undefined && first <= port && port <= last)
  const isWindows = platform === 'win32'
  return {
    // another program may hold such a port for itself alone; elsewhere no port is kept, though a policy may forbid it
    confidence: !isWindows ? 'possible' : range === undefined && error.confidence === 'certain' ? 'likely' : error.confidence,
    explanation: `${error.told}${range === undefined ? '' : ` Windows keeps ports ${range[0]} to ${range[1]} for Hyper-V and others, and nobody is seen on them.`}`,
    hint: `Ask for another port${isWindows ? '; `netsh interface ipv4 show excludedportrange protocol=tcp` shows which are kept, and `net stop winnat` frees those that were taken at random' : ': the system keeps this one'}.`,
    fix: withFreePort(evidence),
    supports: range === undefined ? [] : [`Windows excludes ports ${range[0]} to ${range[1]}.`],
    contradicts: isWindows ? [] : [`This is ${platform}, which excludes no ports by itself.`],
  }
})
