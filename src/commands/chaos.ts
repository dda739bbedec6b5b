import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { nearest } from '../config/shape.ts'
import { faults } from '../doctor/faults.ts'
import { tryBindOn } from '../ports/try-bind.ts'
import { integerArgument, type ParsedArguments, usageError } from './arguments.ts'
import { findNamedService } from './named-service.ts'
import { isJson, painterOf, printJson, printText, tell } from './printing.ts'

/** Runs the small faulty backend of a cause where the window dials, until Ctrl-C: to see what one's own app makes of it. */
export const chaos = async (args: ParsedArguments): Promise<number> => {
  const [code, unexpected] = args.positionals
  if (unexpected !== undefined || args.rest !== undefined)
    throw usageError(`Unexpected argument ${JSON.stringify(unexpected ?? '--')}.`, 'Write: chaos CODE [--port N]')
  if (args.values.list === true || code === undefined) return list(args)
  if (process.env.NODE_ENV === 'production')
    throw usageError('chaos is for development: NODE_ENV is production here.', 'Unset NODE_ENV, if this is a machine to try things on.')
  const fault = Object.hasOwn(faults, code) ? faults[code as keyof typeof faults] : undefined
  if (fault === undefined) throw unknownFault(code)
  const address = await addressOf(args)
  tell(painterOf(args, 2)('dim', `${code} on ${address.host}:${address.port}. What is seen: ${fault.seen} Ctrl-C ends it.`))
  const [command = process.execPath, ...before] = (fault.command ?? ['node']).map((word) => (word === 'node' ? process.execPath : word))
  const child = spawn(command, [...before, fileOf(fault.file)], {
    env: { ...process.env, ...fault.env, PORT: String(address.port), HOST: address.host },
    stdio: 'inherit',
  })
  // the terminal sends it to both; who asks only us means it as well
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (exitCode, signal) => {
      tell(painterOf(args, 2)('dim', `It ended (${signal ?? `code ${exitCode}`}).`))
      resolve(exitCode ?? 0)
    })
  })
}

const list = (args: ParsedArguments): number => {
  const codes = Object.entries(faults) as [string, { readonly seen: string }][]
  if (isJson(args)) printJson(codes.map(([code, { seen }]) => ({ code, seen })))
  else printText(codes.map(([code, { seen }]) => `${code}\n  ${painterOf(args, 1)('dim', seen)}`).join('\n'))
  return 0
}

/** They lie beside this file, as built and as written. */
const fileOf = (name: string): string => {
  const built = join(__dirname, 'faults', name)
  return existsSync(built) ? built : join(__dirname, '../doctor/faults', name)
}

const addressOf = async (args: ParsedArguments): Promise<{ readonly host: string; readonly port: number }> => {
  const asked = args.values.port as string | undefined
  const options = (await findNamedService({ ...args, positionals: [], rest: undefined }))?.options
  const host = options?.host ?? '127.0.0.1'
  if (asked !== undefined) return { host, port: integerArgument('port', asked, 1, 65_535) }
  if (typeof options?.port === 'number' && options.port > 0) return { host, port: options.port }
  if (typeof options?.port === 'object' && options.port.prefer > 0) return { host, port: options.port.prefer }
  const free = await tryBindOn(process.platform)(0, host)
  if (typeof free === 'string') throw usageError(`${host} cannot be listened on (${free}).`, 'Correct `host`.')
  return { host, port: free }
}

const unknownFault = (code: string): Error => {
  const near = nearest(code, Object.keys(faults))
  return usageError(
    `There is no faulty backend for ${JSON.stringify(code)}${near === undefined ? '' : `; did you mean ${near}?`}`,
    'jarvis-supervise chaos --list names them all.',
  )
}
