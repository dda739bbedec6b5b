/** What must not be told: the values that the service was given in confidence, here, by its options, or when it was started. */
import { readFile } from 'node:fs/promises'
import { readEnvFile } from '../config/env-file.ts'
import type { ServiceSpec } from '../config/service.ts'
import { secretsIn } from './conceal.ts'
import { within } from './look/within.ts'

type Env = Readonly<Record<string, string | undefined>>

/** @param pids Processes of the service: their environments may have more. */
export const secretsOf = async (spec: ServiceSpec | null, pids: readonly number[]): Promise<string[]> => {
  const started = await Promise.all(pids.map(environmentOf))
  const envs: readonly Env[] = [process.env, fileVariables(spec?.envFile), spec?.env ?? {}, ...started]
  return [...new Set([...envs.flatMap(secretsIn), ...behindFlags(spec?.args ?? [])])]
}

/** `--token X`, `--api-key=X`: as a variable of that name would hold it. */
const behindFlags = (args: readonly string[]): string[] =>
  args.flatMap((arg, at) => {
    const [, name = '', value] = /^--?([\w-]+)(?:=(.*))?$/s.exec(arg) ?? []
    return name === '' ? [] : secretsIn({ [name]: value ?? args[at + 1] })
  })

/** One that cannot be read holds nothing; a start would say so. */
const fileVariables = (file: string | undefined): Env => {
  try {
    return readEnvFile(file)
  } catch {
    return {}
  }
}

const waitMs = 200

/** Linux only; of somebody else's process, or of one that hangs in the kernel, nothing. */
const environmentOf = async (pid: number): Promise<Env> => {
  const read = readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')
  const text = await within(waitMs, read, '')
  const entries = text.split('\0').map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)] as const)
  return Object.fromEntries(entries.filter(([name]) => name !== ''))
}
