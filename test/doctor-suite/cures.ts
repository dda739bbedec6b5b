/** What users do with a verdict: run its command, take its words for it, mend their code where it says. */
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { cliPath } from '../helpers/cli.ts'
import { isAlive, until } from '../helpers/processes.ts'
import type { Scene } from '../helpers/supervised.ts'
import { ask, type Cure, type Invocation, makeWell, type Verdict, wordIn } from './row.ts'

const inScene = (word: string, { dir }: Scene): boolean => word.startsWith(`${dir}/`) && existsSync(word)

/** The code is mended. Only where the verdict says what is wrong with it. */
export const mend =
  (about: RegExp): Cure =>
  (verdict, invocation, scene) => {
    if (!about.test(verdict.hint)) throw new Error(`The hint does not say ${about}: ${verdict.hint}`)
    for (const word of invocation.args) if (inScene(word, scene)) makeWell(word)
    return invocation
  }

/** Says something else in place of words of the call. */
export const saying =
  (change: (args: readonly string[], verdict: Verdict, scene: Scene) => readonly string[]): Cure =>
  (verdict, invocation, scene) => ({ ...invocation, args: change(invocation.args, verdict, scene) })

/** More options, before all else. */
export const adding = (more: (verdict: Verdict, scene: Scene) => readonly string[]): Cure =>
  saying((args, verdict, scene) => [...ask, ...more(verdict, scene), ...args.slice(ask.length)])

/** Without an option and its value. */
export const without = (args: readonly string[], option: string): string[] => {
  const at = args.indexOf(option)
  return at === -1 ? [...args] : [...args.slice(0, at), ...args.slice(at + 2)]
}

/** What the shim leaves: the words that `doctor` was called with. */
const askedFile = (scene: Scene): string => join(scene.dir, 'asked')

/** The command, as it is installed; of `doctor` it only takes down what was asked. */
const installed = (scene: Scene): string => {
  const shim = scene.file(
    'installed/jarvis-supervise',
    `#!/bin/sh\nif [ "$1" = doctor ]; then shift; printf '%s\\0' "$@" > '${askedFile(scene)}'; else exec '${process.execPath}' '${cliPath}' "$@"; fi\n`,
  )
  chmodSync(shim, 0o755)
  return join(scene.dir, 'installed')
}

/** Runs the command of the verdict in a shell, as a user who copies it, and asks again from that shell. */
export const runFix: Cure = (verdict, invocation, scene) => {
  const { fix } = verdict
  if (fix === null) throw new Error(`There is nothing to run: ${verdict.hint}`)
  const before = { ...scene.env, ...invocation.env }
  const output = execFileSync('/bin/sh', ['-c', `${fix.command}\nenv -0`], {
    cwd: invocation.cwd ?? scene.dir,
    env: { ...before, PATH: `${installed(scene)}:${before.PATH}` },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const env = Object.fromEntries(
    output
      .slice(output.lastIndexOf('\n', output.indexOf('TEST_SCENE=')) + 1)
      .split('\0')
      .flatMap((row) => (/^\w+=/.test(row) ? [[row.slice(0, row.indexOf('=')), row.slice(row.indexOf('=') + 1)]] : [])),
  ) as Record<string, string>
  const asked = askedFile(scene)
  if (!existsSync(asked)) return { ...invocation, env: { ...env, PATH: before.PATH ?? '' } }
  const words = readFileSync(asked, 'utf8').split('\0').slice(0, -1)
  rmSync(asked)
  return { ...invocation, args: [...ask, ...words] }
}

/** Ends the process that the verdict names. */
export const endNamed = async ({ hint, explanation }: Verdict): Promise<void> => {
  const pid = Number(wordIn(`${hint} ${explanation}`, /\bpid (\d+)/i))
  process.kill(pid, 'SIGKILL')
  await until(`process ${pid} is gone`, () => !isAlive(pid))
}

export const ending: Cure = async (verdict, invocation): Promise<Invocation> => {
  await endNamed(verdict)
  return invocation
}
