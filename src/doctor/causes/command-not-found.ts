/** A command other than Node or Claude is not there. Pure. */
import { cures } from '../../causes/cures.ts'
import { toldCause } from '../signs/told-cause.ts'

/** How systems and shells name what they have not found. */
const names = [
  /\bspawn ([^\s/\\]+) ENOENT/,
  /Executable not found in \$PATH: "([^"]+)"/,
  /'([^']+)' is not recognized/,
  /command not found: (\S+)$/,
  /\benv: ['‘]?([^'’:]+)['’]?: No such file/,
  /([^\s:]+): (?:command )?not found$/,
]

const namedIn = (line: string): string | undefined => names.map((pattern) => pattern.exec(line)?.[1]).find((name) => name !== undefined)

export const commandNotFound = toldCause({
  code: 'COMMAND_NOT_FOUND',
  title: 'A command is not found',
  remedy: (told) => {
    const { run, line } = told
    const elsewhere = run.notStarted?.facts?.elsewhere
    const start = told.by === 'refusal' ? '' : byPath
    if (run.notStarted !== null)
      return { hint: `${run.notStarted.hint ?? cures.COMMAND_NOT_FOUND}`, supports: elsewhere == null ? [] : [`It lies at ${elsewhere}.`] }
    const name = namedIn(line ?? '') ?? 'the command'
    const { label } = run.surroundings
    if (label === 'packaged') {
      const path = run.surroundings.path.join(':')
      return { hint: `Name ${name} by its whole path: a packaged app has only ${path} on its PATH.${start}` }
    }
    return { hint: `Install ${name}, or name it by its whole path.` }
  },
})

const byPath = ' `jarvis-supervise start` repairs PATH by itself, from the login shell and the usual folders.'
