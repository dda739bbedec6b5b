import type { OptionTable } from './arguments.ts'

export const statusTable: OptionTable = {}

export const stopTable: OptionTable = {
  all: { help: 'every service that runs' },
  force: { help: 'kill at once, without grace' },
}

export const restartTable: OptionTable = {}

export const logsTable: OptionTable = {
  follow: { help: 'go on with what comes, until the supervisor ends' },
  tail: { value: 'N', help: 'only the last N lines' },
  since: { value: 'T', help: 'only what came since: 30s, 10m, 2h, 1d ago, or an ISO time' },
}

export const portsTable: OptionTable = {
  reclaim: { help: 'end what dead supervisors of ours have left, nothing else' },
}
