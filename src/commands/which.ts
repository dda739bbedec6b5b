import { dirname, resolve } from 'node:path'
import { findConfig } from '../config/load.ts'
import { realWorkingDirectory } from '../config/working-directory.ts'
import { resolveClaude } from '../detect/claude.ts'
import type { Found } from '../detect/found.ts'
import { resolveNode } from '../detect/node.ts'
import { isSupervisorError } from '../errors.ts'
import type { Paint } from '../supervisor/sentences.ts'
import { type ParsedArguments, usageError } from './arguments.ts'
import { exitCodeFor } from './exit-code.ts'
import { renderError } from './render.ts'
import { outputOf, painter } from './terminal.ts'
import { renderFound } from './which-render.ts'

const things = ['node', 'claude'] as const
type Thing = (typeof things)[number]

/** Says what would be run, after running its `--version`. Exit 8 when anything asked for is not found. */
export const which = async (args: ParsedArguments): Promise<number> => {
  const [asked, unexpected] = args.positionals
  if (unexpected !== undefined || args.rest !== undefined)
    throw usageError(`Unexpected argument ${JSON.stringify(unexpected ?? '--')}.`, 'Write: which [node|claude]')
  if (asked !== undefined && !things.includes(asked as Thing))
    throw usageError(`Expected node or claude, got ${JSON.stringify(asked)}.`, 'Write: which [node|claude]')
  const wanted = asked === undefined ? things : [asked as Thing]
  const paint = painter(1, process.env, args.values['no-color'] === true)
  const answers = await Promise.all(wanted.map(async (thing) => [thing, await find(thing, args, paint)] as const))
  if (args.values.json === true) {
    const [only] = answers
    const data = asked === undefined ? Object.fromEntries(answers) : only?.[1]
    outputOf('stdout').write(`${JSON.stringify(data, null, 2)}\n`)
  } else {
    for (const [thing, found] of answers) outputOf('stdout').write(`${renderFound(thing, found, paint)}\n`)
  }
  return answers.every(([, found]) => found.path !== null) ? 0 : exitCodeFor('ERR_EXECUTABLE_NOT_FOUND')
}

const find = async (thing: Thing, { values }: ParsedArguments, paint: Paint): Promise<Found> => {
  const all = values.all === true
  const nodePath = values['node-path'] as string | undefined
  try {
    if (thing === 'node') return await resolveNode({ path: nodePath, all })
    return await resolveClaude({
      path: values['claude-path'] as string | undefined,
      nodePath,
      all,
      bundledFrom: bundledFrom(values.config as string | undefined),
      // a config that merely lies there says where `start` would look; nobody has vouched for what lies beside it
      runBundled: values.config !== undefined,
    })
  } catch (error) {
    // a bad option is an answer like any other here: the other thing may be well
    if (!isSupervisorError(error, 'ERR_EXECUTABLE_NOT_FOUND')) throw error
    outputOf('stderr').write(`${renderError(error, paint)}\n`)
    return { path: null, candidates: [] }
  }
}

/** "Bundled" is what lies beside the config, which is not loaded for this. */
const bundledFrom = (config: string | undefined): string[] => {
  const here = realWorkingDirectory()
  const file = config !== undefined ? resolve(config) : here === '' ? undefined : findConfig(here)
  return file === undefined ? [] : [dirname(file)]
}
