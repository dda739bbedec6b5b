import type { Cause } from '../cause.ts'
import { debuggerWait } from '../signs/deafness.ts'
import { deaf } from '../signs/listeners.ts'
import { debuggerPorts } from '../signs/reading.ts'

export const waitingForDebugger: Cause = {
  code: 'WAITING_FOR_DEBUGGER',
  title: 'The backend waits for a debugger',
  find: (evidence) => {
    const run = deaf(evidence)?.run
    const wait = run && debuggerWait(run)
    if (run === undefined || wait === undefined) return undefined
    const { line, saysSo, option } = wait
    const ports = debuggerPorts(run)
    return {
      confidence: saysSo || option !== undefined ? 'certain' : 'likely',
      explanation: `It waits for a debugger before its first line, and listens on nothing${ports.length === 0 ? '' : ` but the debugger's port ${ports.join(', ')}`}: ${line}`,
      hint:
        option?.from === 'environment'
          ? `Take ${option.words} out of NODE_OPTIONS: it is inherited by all that Node starts.`
          : `Start it without ${option?.words ?? '--inspect-brk'}, or attach a debugger and let it go on.`,
      fix: option?.from === 'environment' ? 'unset NODE_OPTIONS' : undefined,
      supports: [
        `It said: ${line}`,
        'It listens on no other port.',
        ...(option === undefined ? [] : [`It was started with ${option.words} (${option.from}).`]),
      ],
    }
  },
}
