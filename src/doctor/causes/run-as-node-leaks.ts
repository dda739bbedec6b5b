/** ELECTRON_RUN_AS_NODE reaches an Electron app that is to open a window: it starts as a Node, and ends. Pure. */
import type { Finding } from '../cause.ts'
import type { Evidence } from '../evidence.ts'
import { baseName } from '../signs/paths.ts'
import { endedUnasked, howEnded, patientRun } from '../signs/reading.ts'
import { posixOnly } from '../signs/shell.ts'
import { toldCause } from '../signs/told-cause.ts'

const isApp = (command: string): boolean =>
  /^(?:electron|code|cursor|windsurf)$/i.test(baseName(command)) || /\.app\/Contents\/MacOS\/|\.AppImage$/.test(command)

const leaked = (evidence: Evidence): Finding | undefined => {
  const run = patientRun(evidence)
  const { service } = evidence
  const exit = run && endedUnasked(run)
  const command = service?.script === null ? service.command : null
  const value = run?.surroundings.values.ELECTRON_RUN_AS_NODE
  if (!exit || command === null || !value || !isApp(command)) return undefined
  const inherited = evidence.environment.values.ELECTRON_RUN_AS_NODE !== undefined
  return {
    confidence: 'likely',
    explanation: `${command} is an Electron app and was started with ELECTRON_RUN_AS_NODE=${value}: it ran as a Node without a window, and ${howEnded(exit)}.`,
    hint: 'Remove the variable for it: `env: { ELECTRON_RUN_AS_NODE: undefined }`; editors and apps that are built on Electron hand it to what they start.',
    fix: inherited ? posixOnly(evidence, 'unset ELECTRON_RUN_AS_NODE') : undefined,
    supports: [`ELECTRON_RUN_AS_NODE=${value} was in its environment.`, `It ${howEnded(exit)}.`],
  }
}

export const runAsNodeLeaks = toldCause({
  code: 'RUN_AS_NODE_LEAKS',
  title: 'ELECTRON_RUN_AS_NODE reaches an app with a window',
  remedy: () => ({ hint: 'Remove ELECTRON_RUN_AS_NODE from the environment of what opens a window.' }),
  otherwise: leaked,
})
