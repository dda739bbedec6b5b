/** Node refuses an option that it was given, mostly by an inherited NODE_OPTIONS. Pure. */
import { posixOnly } from '../signs/shell.ts'
import { toldCause } from '../signs/told-cause.ts'

export const badNodeOption = toldCause({
  code: 'BAD_NODE_OPTION',
  title: 'Node refuses an option',
  remedy: ({ run, line }, evidence) => {
    const option = /(--?[\w-]+(?:=\S*)?) is not allowed in NODE_OPTIONS|bad option: (\S+)|: (\S+) requires an argument$/
      .exec(line ?? '')
      ?.slice(1)
      .find(Boolean)
    const value = run.surroundings.values.NODE_OPTIONS
    const byVariable = /NODE_OPTIONS/.test(line ?? '') || (value !== undefined && option !== undefined && value.includes(option))
    const what = option ?? 'the option'
    const isInherited = evidence.environment.values.NODE_OPTIONS?.includes(what) ?? false
    if (!byVariable) return { hint: `Remove ${what} from \`node.execArgv\`, or from the command line.` }
    return {
      hint: `Remove ${what} from NODE_OPTIONS, where it is set: a shell profile, launchctl, or \`env\` of the service.`,
      fix: isInherited ? posixOnly(evidence, 'unset NODE_OPTIONS') : undefined,
      supports: value === undefined ? [] : [`NODE_OPTIONS is ${value}`],
    }
  },
})
