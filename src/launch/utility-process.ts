import { PassThrough, type Readable } from 'node:stream'
import { SupervisorError } from '../errors.ts'
import { signalIfSame } from '../process/signal.ts'
import type { ProcessTable } from '../process/table.ts'
import type { ElectronProcesses, ProcessGone, UtilityChild } from './electron-processes.ts'
import type { Child, Exit, Launcher } from './launcher.ts'
import { drain, type OutputListener, subscribe } from './node-child.ts'
import { utilityExit } from './utility-exit.ts'

/** The app's own word about an end comes by another way than the child's, and sometimes after it. */
const goneMs = 50

interface World {
  readonly platform: NodeJS.Platform
  readonly table: Pick<ProcessTable, 'identify'>
}

/** A script in a child of Electron's: without stdin, with `process.parentPort` for messages. Waits until the app is ready. */
export const utilityProcessLauncher = ({ app, utilityProcess }: ElectronProcesses, world: World): Launcher => {
  let launches = 0
  return {
    kind: 'utilityProcess',
    launch: async ({ script, execArgv, args, cwd, env }) => {
      if (script === undefined) throw new TypeError('utilityProcess runs scripts; for a command use spawn')
      if (execArgv.length > 0) throw new TypeError(`utilityProcess does not take ${execArgv.join(' ')}; use fork`)
      await app.whenReady()
      launches += 1
      const serviceName = `jarvis-supervise ${process.pid}.${launches}`
      const obituary = expectObituary(app, serviceName)
      try {
        const child = utilityProcess.fork(script, [...args], { env: { ...env }, cwd, stdio: ['ignore', 'pipe', 'pipe'], serviceName })
        return await started(child, obituary, world)
      } catch (error) {
        obituary.forget()
        throw error
      }
    },
  }
}

/** What the app says about the end of one of its processes. */
interface Obituary {
  readonly told: Promise<ProcessGone>
  forget(): void
}

const expectObituary = (app: ElectronProcesses['app'], name: string): Obituary => {
  let forget = (): void => {}
  const told = new Promise<ProcessGone>((resolve) => {
    const listener = (_event: unknown, details: ProcessGone): void => {
      if (details.name === name) resolve(details)
    }
    app.on('child-process-gone', listener)
    forget = () => void app.removeListener('child-process-gone', listener)
  })
  return { told, forget }
}

/** Call it in the same tick as the launch: from then on the output is drained. */
const started = (process: UtilityChild, obituary: Obituary, { platform, table }: World): Promise<Child> => {
  const listeners = new Set<OutputListener>()
  const read = (stream: 'stdout' | 'stderr'): Promise<void> =>
    drain(stream, relayed(process[stream] as Readable | null, process), listeners)
  const drained = Promise.all([read('stdout'), read('stderr')]).then(() => {})
  let sent: NodeJS.Signals | undefined
  const exited = new Promise<Exit>((resolve) =>
    process.on('exit', (code) => {
      const patience = new Promise<undefined>((done) => setTimeout(() => done(undefined), goneMs))
      void Promise.race([obituary.told, patience]).then((gone) => {
        obituary.forget()
        resolve(utilityExit({ code, platform, sent, gone }))
      })
    }),
  )
  process.on('error', (type, location) => {
    // V8 says no more than this before it ends the process, and Electron keeps it from stderr
    for (const listener of listeners) void listener('stderr', Buffer.from(`FATAL ERROR: ${type} ${location}\n`))
  })
  return new Promise((resolve, reject) => {
    process.on('spawn', () => {
      const { pid } = process
      if (pid === undefined) return
      // only POSIX has signals to send
      const identity = platform === 'win32' ? undefined : table.identify(pid)
      const signal = (name: NodeJS.Signals): boolean => {
        sent = name
        if (identity !== undefined) return signalIfSame(table, identity, name) === 'sent'
        // undefined once it has ended: this is still the one that was started
        return process.pid === pid && process.kill()
      }
      resolve({
        pid,
        group: 'shared',
        exited,
        drained,
        onOutput: (listener) => subscribe(listeners, listener),
        onMessage: (listener) => {
          process.on('message', listener)
          return () => void process.removeListener('message', listener)
        },
        send: (message) => {
          // in its last moment Electron may take it amiss
          if (process.pid !== pid) return false
          process.postMessage(message)
          return true
        },
        signal,
      })
    })
    // after a start this is no news
    void exited.then(({ code, signal }) => reject(noProcess(signal ?? `code ${code}`)))
  })
}

/** Electron takes every listener off these streams when the child has ended, though its last words may still be on their way. */
const relayed = (stream: Readable | null, process: UtilityChild): Readable | null => {
  if (stream === null) return null
  const relay = new PassThrough()
  const join = (): void => {
    if (stream.readableEnded || stream.destroyed) relay.end()
    else stream.pipe(relay)
  }
  join()
  // after Electron has done so
  process.on('exit', () =>
    queueMicrotask(() => {
      stream.unpipe(relay)
      join()
    }),
  )
  return relay
}

const noProcess = (how: string): SupervisorError =>
  new SupervisorError('ERR_LAUNCH_FAILED', `Electron's utilityProcess ended before it was there (${how}).`, {
    hint: "Try launch: 'fork'; if that starts, Electron's own log (--enable-logging) says why.",
  })
