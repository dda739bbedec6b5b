/** It waits for a reader of what it writes, and nobody reads. Pure. */
import type { Cause } from '../cause.ts'
import { place, whoIs } from '../signs/reading.ts'
import { hang } from '../signs/silence.ts'

export const outputPipeFull: Cause = {
  code: 'OUTPUT_PIPE_FULL',
  title: "Nobody reads the backend's output",
  find: (evidence) => {
    const found = hang(evidence)
    const server = found?.process ?? null
    if (found?.silence !== 'output-full' || server === null) return undefined
    const { request, confidence } = found
    const starter = server.ppid > 1 ? ` (pid ${server.ppid})` : ''
    return {
      confidence,
      explanation: `${whoIs(server)} sleeps in ${server.wchan}: it writes to a pipe or socket that is full because nobody reads it, and ${place(request)} does not answer.`,
      hint: `Read its stdout and stderr to the end, always, in the process that has started it${starter}, or send them to a file; \`jarvis-supervise start\` reads them. It may also be the stdin of something that it has started.`,
      supports: [`Pid ${server.pid} is in state S, in ${server.wchan}.`, `GET ${request.path}: ${request.outcome}.`],
    }
  },
}
