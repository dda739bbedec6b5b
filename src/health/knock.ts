import type { Probe } from './probe.ts'
import { tcpProbe } from './tcp.ts'

/**
 * Knocks before it asks: until the port has opened once, a connection is all that is tried. A booting child shares the
 * machine with us; asking in full every few milliseconds would slow it down. `whileClosed` may prepare the question.
 */
export const knocking = (probe: Probe, whileClosed: () => void): Probe => {
  let opened = false
  return async (target, signal) => {
    if (!opened) {
      const knock = await tcpProbe(target, signal)
      if (!knock.ok) {
        whileClosed()
        return knock
      }
      opened = true
    }
    return probe(target, signal)
  }
}
