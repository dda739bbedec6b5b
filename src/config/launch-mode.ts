/** Decides how a service is launched, and why not otherwise. Pure. */
import type { ServiceOptions } from './options.ts'

/** How a process is started. */
export type LaunchKind = 'fork' | 'spawn' | 'utilityProcess'

export interface LaunchMode {
  readonly kind: LaunchKind
  /** Why `auto` in Electron's main process is not utilityProcess; null where nobody would ask. */
  readonly because: string | null
}

/** Where in the options something stands that a utility process has not, and what that is. */
export interface Lack {
  readonly path: string
  readonly what: string
}

/** What Electron's utilityProcess cannot give to a service with these options. */
export const lackedByUtilityProcess = (options: ServiceOptions): readonly Lack[] => {
  const { command, script, node = {}, readiness, liveness, dieWithParent } = options
  const lacks: readonly (Lack | false)[] = [
    command !== undefined && { path: 'command', what: 'runs scripts only' },
    script !== undefined && /\.[cm]?tsx?$/i.test(String(script)) && { path: 'script', what: 'loads no TypeScript' },
    node.path !== undefined && { path: 'node.path', what: "runs on Electron's own Node" },
    (node.execArgv ?? []).length > 0 && { path: 'node.execArgv', what: 'takes next to none of the arguments of Node' },
    node.compileCache === true && { path: 'node.compileCache', what: 'has no compile cache' },
    dieWithParent === false && { path: 'dieWithParent', what: 'ends with the app' },
    isIpc(readiness) && { path: 'readiness.kind', what: 'has no process.send, only process.parentPort' },
    isIpc(liveness) && { path: 'liveness.kind', what: 'has no process.send, only process.parentPort' },
    options.stop?.message !== undefined && { path: 'stop.message', what: 'gets messages by process.parentPort, not by process.on' },
  ]
  return lacks.filter((lack) => lack !== false)
}

/** A backend that was written for `parentPort` says so by its launch; by itself nobody can tell. */
const onlyByDefault = new Set(['readiness.kind', 'liveness.kind', 'stop.message'])

/** What contradicts an explicit `launch: 'utilityProcess'`. */
export const contradictsUtilityProcess = (options: ServiceOptions): readonly Lack[] =>
  lackedByUtilityProcess(options).filter(({ path }) => !onlyByDefault.has(path))

const isIpc = (probe: ServiceOptions['readiness'] | ServiceOptions['liveness']): boolean =>
  typeof probe === 'object' && probe.kind === 'ipc'

export const launchMode = (options: ServiceOptions, isElectronMain: boolean): LaunchMode => {
  const { launch = 'auto' } = options
  if (launch !== 'auto') return { kind: launch, because: null }
  if (options.script === undefined) return { kind: 'spawn', because: null }
  if (!isElectronMain) return { kind: 'fork', because: null }
  const [lack] = lackedByUtilityProcess(options)
  if (lack === undefined) return { kind: 'utilityProcess', because: null }
  return { kind: 'fork', because: `a utilityProcess ${lack.what} (${lack.path})` }
}
