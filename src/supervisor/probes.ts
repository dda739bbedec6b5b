import type { ProbeOptions } from '../config/options.ts'
import { commandProbe } from '../health/command.ts'
import { httpProbe } from '../health/http.ts'
import type { Probe } from '../health/probe.ts'
import { ipcProbe, logProbe } from '../health/signals.ts'
import { tcpProbe } from '../health/tcp.ts'
import type { ProbeSources } from './deps.ts'

export const probeFor = (options: ProbeOptions, { lines, messages, end, spec }: ProbeSources): Probe => {
  switch (options.kind) {
    case 'http':
      return httpProbe(options)
    case 'tcp':
      return tcpProbe
    case 'log':
      return logProbe(options.pattern, lines, end)
    case 'ipc':
      return ipcProbe(options.message, messages, end)
    case 'command':
      return commandProbe({ command: options.command, args: options.args ?? [], cwd: spec.cwd, env: spec.env })
    case 'custom': {
      const { probe } = options
      // somebody else's function may throw instead of rejecting
      return async (target, signal) => probe(target, signal)
    }
  }
}

/** A child that does not listen yet is knocked at; once it opens, it is asked while it is found out who it is. */
export const knockFor = ({ kind }: ProbeOptions): Probe | undefined => (kind === 'http' ? tcpProbe : undefined)
