/**
 * Decides what package and version managers can be asked about where a program lies, and what their answers mean.
 * Pure: asks nobody.
 */
import type { Program } from './known-places.ts'
import { fileNames, pathsOf } from './paths.ts'
import type { Surroundings } from './surroundings.ts'

export interface ToolQuestion {
  readonly tool: string
  readonly args: readonly string[]
  /** Paths at which the program may lie, from what the tool printed. */
  readonly places: (answer: string) => string[]
}

/** The last line that is a path: some tools print notices first. */
const pathIn = (answer: string, { platform }: Surroundings): string | undefined =>
  answer
    .split('\n')
    .map((line) => line.trim())
    .findLast((line) => pathsOf(platform).isAbsolute(line))

export const toolQuestions = (program: Program, surroundings: Surroundings): ToolQuestion[] => {
  const { join } = pathsOf(surroundings.platform)
  const inFolder = (answer: string, ...below: string[]): string[] => {
    const folder = pathIn(answer, surroundings)
    return folder === undefined ? [] : fileNames(program, surroundings).map((name) => join(folder, ...below, name))
  }
  const folder = (tool: string, args: string[], ...below: string[]): ToolQuestion => ({
    tool,
    args,
    places: (answer) => inFolder(answer, ...below),
  })
  const file = (tool: string): ToolQuestion => ({
    tool,
    args: ['which', program],
    places: (answer) => [pathIn(answer, surroundings) ?? []].flat(),
  })
  const managers = [file('volta'), file('mise'), file('asdf'), folder('brew', ['--prefix'], 'bin')]
  // where npm puts commands on Windows, there is no `bin`
  const npm = folder('npm', ['prefix', '-g'], ...(surroundings.platform === 'win32' ? [] : ['bin']))
  if (program === 'node') return [...managers, npm]
  return [npm, folder('pnpm', ['bin', '-g']), folder('yarn', ['global', 'bin']), folder('bun', ['pm', 'bin', '-g']), ...managers]
}
