import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

export const isTypeScript = (file: string): boolean => /\.[cm]?tsx?$/i.test(file)

/** Node runs TypeScript itself from 22.18 and 23.6 on, as long as types need only be removed. */
export const stripsTypes = (nodeVersion: string): boolean => {
  const [major = 0, minor = 0] = nodeVersion.replace(/^v/, '').split('.').map(Number)
  return major > 23 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18)
}

/** Node arguments that load tsx, if it is installed where the script would find it. */
export const tsxArguments = (script: string): string[] | undefined => {
  try {
    return ['--import', pathToFileURL(createRequire(script).resolve('tsx')).href]
  } catch {
    // not installed: the caller says so if nothing else can run it
    return undefined
  }
}
