import type { Cause } from '../cause.ts'
import { saysTaken } from '../signs/bind-error.ts'
import { rejectionLine } from '../signs/deafness.ts'
import { deaf } from '../signs/listeners.ts'
import { everListened, whoIs } from '../signs/reading.ts'

export const unhandledRejectionSurvived: Cause = {
  code: 'UNHANDLED_REJECTION_SURVIVED',
  title: 'Its start has failed, and it lives on',
  find: (evidence) => {
    const found = deaf(evidence)
    if (found === undefined || everListened(found.run) || saysTaken(found.run, found.target.port) !== undefined) return undefined
    const line = rejectionLine(found.run)
    if (line === undefined) return undefined
    const [root] = found.run.looks.at(-1)?.processes ?? []
    return {
      confidence: 'likely',
      explanation: `A promise of its start was rejected, and nobody handled that: ${line}. The process lives on and listens on nothing.`,
      hint: 'Handle the rejection at its start and end with an error: main().catch((error) => { console.error(error); process.exit(1) }). An Electron utilityProcess only warns, and so does Node with --unhandled-rejections=warn.',
      supports: [`It said: ${line}`, `${root === undefined ? 'It' : whoIs(root)} lives and listens on no port.`],
    }
  },
}
