/** Of the stand-in only what starts processes, in this process: for tests of a launcher. */
import { EventEmitter } from 'node:events'
import { createRequire } from 'node:module'
import type { ElectronApp, ElectronProcesses, UtilityProcess } from '../../../src/electron/main-process.ts'

interface Runtime {
  createUtilityProcess(app: EventEmitter & Pick<ElectronApp, 'isReady'>): UtilityProcess
}

const runtime = createRequire(import.meta.url)('./runtime/api/utility-process.cjs') as Runtime

/** Ready from the start, unless a promise says when. */
export const electronDouble = (ready: Promise<unknown> = Promise.resolve()): ElectronProcesses => {
  let isReady = false
  const emitter = new EventEmitter()
  const app = Object.assign(emitter, { isReady: () => isReady, whenReady: () => ready })
  void ready.then(() => {
    isReady = true
  })
  return { app, utilityProcess: runtime.createUtilityProcess(app) }
}
