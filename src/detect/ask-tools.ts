/** Asks the package and version managers that are installed where a program lies; side by side, none for longer than 2 s. */
import type { Program } from './known-places.ts'
import { onPath, pathsOf } from './paths.ts'
import { runBriefly } from './run-briefly.ts'
import { isExecutableFile } from './see.ts'
import type { Surroundings } from './surroundings.ts'
import { type ToolQuestion, toolQuestions } from './tools.ts'

const deadlineMs = 2000

/** @param path Where the tools lie, and what they may need in turn: npm is a script that looks for its Node. */
export const askTools = async (program: Program, path: string, surroundings: Surroundings): Promise<string[]> => {
  const within: Surroundings = { ...surroundings, env: { ...surroundings.env, PATH: path } }
  const ask = async ({ tool, args, places }: ToolQuestion): Promise<string[]> => {
    const found = onPath(tool, within).find((file) => isExecutableFile(file) && !needsShell(file, within))
    if (found === undefined) return []
    const question = [tool, ...args].join(' ')
    const said = await runBriefly({ run: [found, ...args], env: quiet, deadlineMs, question }, within)
    return said.ok ? places(said.output) : []
  }
  return (await Promise.all(toolQuestions(program, surroundings).map(ask))).flat()
}

/** They are asked for a path, not for news; and none of them goes to the network for it. */
const quiet = {
  ELECTRON_RUN_AS_NODE: null,
  NO_UPDATE_NOTIFIER: '1',
  HOMEBREW_NO_AUTO_UPDATE: '1',
  HOMEBREW_NO_ANALYTICS: '1',
  COREPACK_ENABLE_DOWNLOAD_PROMPT: '0',
  COREPACK_ENABLE_NETWORK: '0',
  npm_config_update_notifier: 'false',
}

/** On Windows most of them are batch files, which are not run; where those put their commands is among the known places. */
const needsShell = (file: string, { platform }: Surroundings): boolean =>
  platform === 'win32' && ['.cmd', '.bat'].includes(pathsOf(platform).extname(file).toLowerCase())
