// A long-lived program that uses the library, as an app's main process would. Obeys its parent over the channel.
import { paths } from './processes.mjs'
import { now } from './time.mjs'

const { createSupervisor } = await import(paths.library)
const told = ['state', 'ready', 'exit', 'unresponsive', 'responsive', 'gateway', 'standby', 'failed']
let supervisor

const calls = {
  create: (options) => {
    supervisor = createSupervisor(options)
    for (const type of told) supervisor.on(type, (facts) => process.send({ event: { ...facts, type, at: now() } }))
  },
  /** Resolves with the moment of the call. */
  start: async () => {
    const at = now()
    await supervisor.start()
    return at
  },
  stop: () => supervisor.stop(),
  inside: async ({ module, params }) => (await import(module)).inside(params, createSupervisor),
}

process.on('message', async ({ id, name, argument }) => {
  try {
    process.send({ id, value: await calls[name](argument) })
  } catch (error) {
    process.send({ id, error: error.stack })
  }
})
process.on('disconnect', () => process.exit())
