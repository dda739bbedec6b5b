/** The backend misses variables of its environment. Names are told, values never. Pure. */
import type { RunEvidence } from '../evidence.ts'
import { linesOf } from '../signs/reading.ts'
import { toldCause } from '../signs/told-cause.ts'
import { variablesIn } from '../signs/variables.ts'

/** Of the shell's own; no backend lives by them. */
const shells =
  /^(?:_|PWD|OLDPWD|SHLVL|PS\d|TERM\w*|COLOR\w*|LS_COLORS|LESS\w*|HIST\w*|SSH_\w+|XDG_\w+|DBUS_\w+|WINDOWID|DISPLAY|npm_\w+|INIT_CWD|MAIL|PROMPT\w*)$/
const mostNames = 12

const missingIn = (run: RunEvidence, said: readonly string[]): string[] => {
  const { missing } = run.surroundings
  const spoken = linesOf(run).join('\n')
  const first = missing.filter((name) => !said.includes(name) && new RegExp(`\\b${name.replace(/\W/g, '')}\\b`).test(spoken))
  return [...new Set([...said, ...first, ...missing.filter((name) => !shells.test(name))])]
}

export const environmentIncomplete = toldCause({
  code: 'ENVIRONMENT_INCOMPLETE',
  title: 'Variables of the environment are missing',
  remedy: ({ run, line, by }) => {
    const said = variablesIn(line)
    const isPackaged = run.surroundings.label === 'packaged'
    const names = isPackaged && (by === 'experiment' || said.length === 0) ? missingIn(run, said) : said
    const home = isPackaged && run.surroundings.home === null ? ['HOME is not set.'] : []
    const listed =
      names.length > mostNames ? `${names.slice(0, mostNames).join(', ')} and ${names.length - mostNames} more` : names.join(', ')
    const what = names.length === 0 ? 'the variables that it needs' : listed
    const where = isPackaged
      ? 'An app that is started from the desktop has none of your shell: give them by `env` or `envFile` of the service, which `jarvis-supervise start` hands on.'
      : 'By `env` or `envFile` of the service, or --env NAME=VALUE; where the backend hands an `env` on, spread process.env into it.'
    return { hint: `Set ${what}. ${where}`, supports: [...(names.length === 0 ? [] : [`Missing: ${listed}.`]), ...home] }
  },
})
