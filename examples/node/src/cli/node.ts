import { readOptions, UsageError, usage } from '../options'
import { type Backend, startBackend } from '../server'

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), process.env)
  if (options === 'help') {
    console.log(usage)
    return
  }
  const backend = await startBackend(options)
  // before it says so: whoever waits for that may end it at once
  endOnSignal(backend)
  console.log(`My Jarvis listens on ${backend.at}`)
}

function endOnSignal(backend: Backend): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    // `once`: a second signal has its default effect and ends a backend that is slow to leave.
    process.once(signal, () => void backend.close().finally(() => process.exit(0)))
  }
}

// One request that goes wrong must not take the others with it.
process.on('unhandledRejection', (reason) => console.error('My Jarvis: a request failed unexpectedly:', reason))

main().catch((error: Error) => {
  console.error(`My Jarvis: ${error.message}`)
  process.exitCode = error instanceof UsageError ? 2 : 1
})
