import type { OptionTable } from './arguments.ts'
import { startTable } from './start-options.ts'

const { name, 'prefer-port': preferPort, host, transport, ready, launch, cwd, env } = startTable as Required<typeof startTable>

export const doctorTable: OptionTable = {
  url: { value: 'URL', help: 'where the window dials, with the path that it asks for' },
  port: { value: 'N', help: 'the port it must have; alone: the port to examine' },
  as: { value: 'HOW', help: 'packaged: compare with an app started from the desktop' },
  app: { value: 'DIR', help: 'examine a packaged Electron app, without starting it' },
  entry: { value: 'PATH', help: "with --app: the backend's script in it" },
  'no-trial': { help: 'look only, start nothing' },
  timeout: { value: 'MS', help: 'how long a trial may take to answer (default 10000)' },
  requests: { value: 'N', help: 'questions that a trial must answer (default 2)' },
  origin: { value: 'ORIGIN', help: 'origin of the page, to judge CORS' },
  fix: { help: 'carry out the safe repairs, and look again' },
  bundle: { value: 'FILE', help: 'write what was seen, without secrets' },
  replay: { value: 'FILE', help: 'judge again what another doctor has written' },
  verbose: { help: 'every check with its evidence' },
  ...{ name: name!, 'prefer-port': preferPort!, host: host!, transport: transport!, ready: ready!, launch: launch!, cwd: cwd!, env: env! },
}

export const chaosTable: OptionTable = {
  port: { value: 'N', help: 'where the window dials (default: the port of the config, else a free one)' },
  list: { help: 'the faults that there are' },
}
