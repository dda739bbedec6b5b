import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'

/** The variables in a file of `NAME=value` lines; none without a file. Throws the system's error where it cannot be read. */
export const readEnvFile = (file: string | undefined): Record<string, string | undefined> =>
  file === undefined ? {} : (parseEnv(readFileSync(file, 'utf8')) as Record<string, string>)
