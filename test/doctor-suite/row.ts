/** What the suites of the doctor are made of: something that is wrong, how it is asked about, and what a user does then. */
import { type ChildProcess, spawn } from 'node:child_process'
import { copyFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { CauseCode } from '../../src/causes/codes.ts'
import { freePort, isListenedOn } from '../helpers/ports.ts'
import { isAlive, until } from '../helpers/processes.ts'
import type { Scene } from '../helpers/supervised.ts'

export type Confidence = 'certain' | 'likely' | 'possible'

export interface Verdict {
  readonly code: string
  readonly title: string
  readonly explanation: string
  readonly hint: string
  readonly confidence: Confidence
  readonly supports: readonly string[]
  readonly contradicts: readonly string[]
  readonly fix: { readonly command: string } | null
}

/** A call of the command; in the scene's folder and environment, where nothing else is said. */
export interface Invocation {
  readonly args: readonly string[]
  readonly env?: Record<string, string>
  readonly cwd?: string
  /** Called with the pid of the command before it has done anything. */
  readonly started?: (pid: number) => void
}

type Arranged = Invocation | Promise<Invocation>
export type Cure = (verdict: Verdict, invocation: Invocation, scene: Scene) => Arranged

export interface Row {
  /** Which variant of it. */
  readonly name: string
  readonly code: CauseCode
  /** Other verdicts that are true as well. */
  readonly orElse?: readonly CauseCode[]
  /** The highest that is allowed. Default certain. */
  readonly confidence?: Confidence
  readonly arrange: (scene: Scene) => Arranged
  /** What a user does who follows the verdict; throws where the verdict does not say what to do. */
  readonly cure?: Cure
}

export const ask = ['doctor', '--json'] as const

/** A faulty backend, as a project of its own that has nothing else. */
export const program = (scene: Scene, file: string): string => {
  const path = join(scene.dir, file)
  copyFileSync(resolve('src/doctor/faults', file), path)
  return path
}

/** Reads as an ES module, as CommonJS and as TypeScript. */
const wellSource = `import('node:http').then(({ createServer }) =>
  createServer((_request, response) => response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}')).listen(process.env.PORT, process.env.HOST),
)
`

/** A backend in which nothing is wrong. */
export const well = (scene: Scene, file = 'server.mjs'): string => scene.file(file, wellSource)

/** A backend in which nothing is wrong takes the place of another. */
export const makeWell = (path: string): void => writeFileSync(path, wellSource)

export const script =
  (file: string, ...options: string[]) =>
  (scene: Scene): Invocation => ({ args: [...ask, ...options, program(scene, file)] })

/** A command that is given the program as its last argument. */
export const command =
  (words: readonly string[], file: string) =>
  (scene: Scene): Invocation => ({ args: [...ask, '--', ...words, program(scene, file)] })

/** For `sh -c`: the rest of the command, after something was done. */
export const afterwards = 'exec "$0" "$@"'

export const newPort = async (scene: Scene): Promise<number> => scene.watchPort(await freePort())

/** The word that a pattern captures; what a user would look for in vain is an error. */
export const wordIn = (text: string, pattern: RegExp): string => {
  const word = pattern.exec(text)?.[1]
  if (word === undefined) throw new Error(`${pattern} is not in ${JSON.stringify(text)}.`)
  return word
}

/** Starts something that no supervisor knows; ended at the end. */
export const start = (
  scene: Scene,
  words: readonly string[],
  { env, stdio = 'ignore' }: { env?: Record<string, string>; stdio?: 'ignore' | ['ignore', 'pipe', 'ignore'] } = {},
): ChildProcess => {
  const [name = process.execPath, ...args] = words
  const child = spawn(name, args, { cwd: scene.dir, env: { ...scene.env, ...env }, stdio })
  scene.atEnd(async () => {
    child.kill('SIGKILL')
    await until(`${name} is gone`, () => !isAlive(child.pid ?? 0))
  })
  return child
}

/** The same of a backend; resolves when the port is listened on. */
export const serve = async (
  scene: Scene,
  file: string,
  port: number,
  options: { host?: string; env?: Record<string, string>; stdio?: 'ignore' | ['ignore', 'pipe', 'ignore'] } = {},
): Promise<ChildProcess> => {
  const { host = '127.0.0.1', env, stdio } = options
  const child = start(scene, [process.execPath, file], {
    env: { PORT: String(port), HOST: host, ...env },
    ...(stdio !== undefined && { stdio }),
  })
  await until(`${file} listens on ${port}`, () => isListenedOn(port))
  return child
}

/** Another app on the port. */
export const stranger = (scene: Scene, port: number, host?: string): Promise<ChildProcess> =>
  serve(scene, program(scene, 'foreign-server-answers.mjs'), port, host === undefined ? {} : { host })

export const configured = (scene: Scene, config: object): void => void scene.file('jarvis.config.json', JSON.stringify(config))
